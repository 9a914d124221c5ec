"""What a search under way shows of its runs, and what people ask of it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bbopt.runs import NO_BUDGET

__all__ = ["Control", "Request", "RequestKind", "RunUnderWay"]


@dataclass(frozen=True, slots=True)
class RunUnderWay:
    """A run under way, for people: its name, its slot, and since when (seconds since the epoch).

    `latest` is what it has told so far of the metric, "" for nothing.
    """

    name: str
    slot: int
    started_at: float
    settings: str
    instance: str = ""
    seed: int = -1
    latest: str = ""
    budget: int = NO_BUDGET


class RequestKind(enum.Enum):
    """What is asked for."""

    STOP = "stop"
    """To end runs; without any, the search."""
    FORGET = "forget"
    """To go on without the runs that were forgotten meanwhile."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of a search.

    `by` is who.  A run that is ended has `grace_s` between the request to end and its death.
    """

    kind: RequestKind
    runs: tuple[str, ...] = ()
    by: str = ""
    grace_s: float = 0.5

    def entry(self) -> dict[str, Any]:
        """The same as plain values, which JSON can hold."""
        return asdict(self) | {"kind": self.kind.value}

    @classmethod
    def from_entry(cls, entry: Any) -> Request | None:
        """The request with these values; None for what is none."""
        try:
            runs = tuple(str(run) for run in entry["runs"])
            return cls(RequestKind(entry["kind"]), runs, str(entry["by"]), float(entry["grace_s"]))
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def reason(self) -> str:
        """Why a search ends that it asks to stop."""
        return f"stopped by {self.by or 'somebody'} (bbopt stop)."


class Control(Protocol):
    """The search with one seed and those who watch it.

    The search alone calls `show` and `take`, which raise nothing; the rest is for anybody who may write in
    the store, in any process.  Nothing of it is kept: what was asked of a search that is gone is dropped by
    the next one.
    """

    def show(self, runs: Sequence[RunUnderWay]) -> None:
        """Say what is under way now."""

    def take(self) -> list[Request]:
        """What has been asked since the last call, in order; what can't be read is dropped."""

    @property
    def under_way(self) -> tuple[RunUnderWay, ...]:
        """What the search has shown last, dead or alive."""

    def ask(self, request: Request) -> str:
        """Leave a request; StateError when that is not possible.  The text identifies it."""

    def is_taken(self, identifier: str) -> bool:
        """Whether the search has taken a request."""

    def withdraw(self, identifier: str) -> None:
        """Take back a request that nobody has taken."""
