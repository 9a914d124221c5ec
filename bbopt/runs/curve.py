"""The course of a metric in a run."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

__all__ = ["NO_CURVE", "Curve"]


class Curve:
    """Steps and the values there, in their order; immutable, and small in memory."""

    __slots__ = ("_steps", "_values")

    def __init__(self, steps: Iterable[int] = (), values: Iterable[float] = ()) -> None:
        """ValueError where there are not as many of both."""
        try:
            self._steps, self._values = array("q", steps), array("d", values)
        except (OverflowError, TypeError) as error:
            raise ValueError(f"no points of a curve: {error}") from None
        if len(self._steps) != len(self._values):
            raise ValueError(f"{len(self._steps)} steps, but {len(self._values)} values")

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self._steps, self._values, strict=True)

    def __len__(self) -> int:
        return len(self._steps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curve) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Curve({list(self._steps)}, {list(self._values)})"


NO_CURVE = Curve()
"""That of a run whose metric was not printed several times."""
