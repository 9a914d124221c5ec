"""One point of a space, immutable, with its values as text on demand."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace

__all__ = ["Configuration"]


class Configuration:
    """One value for every parameter of a space, inactive ones included.

    Equality and hash look at active parameters only: two configurations that differ in inactive ones
    call the target in the same way.  Built by `Space`, not directly.
    """

    def __init__(self, space: CompiledSpace, row: NDArray[np.float64], key: bytes) -> None:
        self.space = space
        self.row = row
        self.row.flags.writeable = False
        self._key = key

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Configuration):
            return NotImplemented
        return self._key == other._key and self.space.names == other.space.names

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"<Configuration {self.call_text()}>"

    @property
    def key(self) -> bytes:
        """What makes it this configuration, as bytes; equal to its entry of `Space.keys`."""
        return self._key

    def __reduce__(self) -> tuple[type[Configuration], tuple[CompiledSpace, NDArray[np.float64], bytes]]:
        return type(self), (self.space, self.row, self._key)

    @cached_property
    def _texts(self) -> dict[str, str]:
        numbers = self.row.tolist()
        return {p.name: p.text(x) for p, x in zip(self.space.parameters, numbers, strict=True)}

    @property
    def values(self) -> dict[str, str]:
        """Every parameter's value as text, inactive ones included, sorted by name."""
        return dict(self._texts)

    @cached_property
    def active(self) -> tuple[str, ...]:
        """The names of the active parameters, sorted."""
        mask = self.space.active(self.row[None, :])[0]
        return tuple(name for name, active in zip(self.space.names, mask.tolist(), strict=True) if active)

    @property
    def active_values(self) -> dict[str, str]:
        """The values of the active parameters as text: what the target is called with, in this order."""
        return {name: self._texts[name] for name in self.active}

    @cached_property
    def is_forbidden(self) -> bool:
        """True when a forbidden clause matches, looking at inactive parameters too."""
        return bool(self.space.is_forbidden(self.row[None, :])[0])

    @property
    def is_default(self) -> bool:
        """True when it calls the target as the default does."""
        return self._key == self.space.default_key

    def smac2_row(self) -> NDArray[np.float64]:
        """SMAC v2's numeric form: unit values, but the 1-based position for a categorical."""
        row: NDArray[np.float64] = self.space.encode(self.row[None, :])[0]
        is_categorical = self.space.category_sizes > 0
        row[is_categorical] = self.row[is_categorical] + 1.0
        return row

    def call_text(self) -> str:
        """The active parameters as in a printed call: `-alpha '0.9' -heur 'slow'`."""
        return " ".join(f"-{name} '{value}'" for name, value in self.active_values.items())

    def state_text(self) -> str:
        """All parameters as in state and trajectory files: `alpha='0.9', beta='50'`."""
        return ", ".join(f"{name}='{value}'" for name, value in self._texts.items())
