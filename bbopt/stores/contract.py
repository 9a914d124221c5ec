"""What every store of runs does: it keeps each finished run of every seed, and tells who is making which.

A *record* is what one seed has kept: runs of one scenario, in their order.  One process at a time adds to it;
any number may read or follow it meanwhile.  Each object is for one thread.  What is recorded survives;
followers and claims are advice: what they can't do costs a run at worst, so they raise nothing and say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bbopt.runs import RunRequest
from bbopt.space import Configuration, Space
from bbopt.stores.claimed_runs import ClaimedRuns
from bbopt.stores.control import Control
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import ForeignRun, RecordedRun, RecordedRuns
from bbopt.stores.status import StoreStatus

__all__ = ["Claims", "Follower", "News", "Peer", "Recorder", "RunStore"]


class News(NamedTuple):
    """What a user should be told, and how much it matters, as a level of `logging`."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Peer:
    """Another seed in the store.

    `source` names its record for people, `n_runs` counts the runs it gave us, `refused` says why its record
    is not used.
    """

    seed: int
    source: str
    n_runs: int
    refused: str | None


class Recorder(AbstractContextManager["Recorder"], Protocol):
    """The one who adds to a record; leaving it gives the seed free, and a second time does nothing."""

    @property
    def source(self) -> str:
        """Where the record is kept, for people."""

    @property
    def repaired(self) -> str | None:
        """What was found damaged on opening, and what became of it: a sentence; None when nothing was."""

    @property
    def last_number(self) -> int:
        """The highest number in the names of its runs, forgotten ones too, when it was opened."""

    def record(self, *runs: RecordedRun) -> None:
        """Keep the runs; when this returns, the death of this process can't lose them.

        Raises StateError when that can't be done; then none was kept and the call may be repeated.
        LostFileError when another process took the seed over, or the record is not there any more: then it
        can't.
        """

    def stand_by(self, configuration: Configuration, cost: float) -> None:
        """Say which configuration with runs on record is the incumbent, and its estimated cost; for people.

        It raises nothing.  A store that is always beside the trajectory may leave it to that.
        """

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        """The runs that were on record when it was opened; handed out once, then ()."""


class Follower(Protocol):
    """Reads along what the other seeds record."""

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The other seeds that were ever seen, in the seeds' order; looks at nothing anew."""

    @property
    def is_behind(self) -> bool:
        """Whether the last `poll` left runs for the next one that were there already."""

    def poll(self) -> list[ForeignRun]:
        """The runs that peers have recorded since the last call, each once, each seed's in their order.

        Of very many it gives what takes a moment to read, and the others at the next calls: `is_behind`.
        Runs that a peer took over from another seed are left to that seed's record; records of other
        scenarios (`RecordIdentity.refusal_of`) are left alone.
        """

    def take_news(self) -> list[News]:
        """Peers found, records refused, runs that can't be read; each once."""


class Claims(Protocol):
    """Which runs one seed is making, told to the others, and theirs.

    A claim ends when it is released, or its owner dies or is stopped (SIGSTOP).
    """

    @property
    def others(self) -> ClaimedRuns:
        """What other live seeds were making at the last `refresh` or `claim`."""

    def claim(self, request: RunRequest) -> bool:
        """Announce that this seed makes the run; False when another live seed does already."""

    def release(self, request: RunRequest) -> None:
        """Say that this seed does not make the run (any more)."""

    def release_all(self) -> None:
        """Say that this seed makes no run (any more)."""

    def refresh(self) -> None:
        """Look at what the others claim now; to be called with each look at their runs."""

    def take_news(self) -> list[News]:
        """Why claims don't work, once."""


class RunStore(Protocol):
    """A place for records; stores are equal when they are the same place, however it was named."""

    def open(self, seed: int, identity: RecordIdentity, space: Space) -> Recorder:
        """Begin, or go on with, the record of a seed.

        Raises StateError when another process has it, or when it is of another scenario.
        """

    def runs(self, seed: int, space: Space) -> RecordedRuns | None:
        """The record of a seed, whoever is adding to it; None when there is none.

        Its configurations are of the space, or of the record's own where it says to be of other parameters.
        Raises StateError when it can't be read, or when a configuration in it is none of that space.
        """

    def seeds(self) -> tuple[int, ...]:
        """The seeds that have a record, in order.  StateError when the store can't be read."""

    def records(self) -> Iterator[tuple[int, RecordedRuns]]:
        """The records of all seeds, in the seeds' order, each with the parameters that it names itself.

        One that can't be read has no runs, and `problems`.  Raises StateError when the store can't be read.
        """

    def follow(self, seed: int | None, identity: RecordIdentity | None, space: Space) -> Follower:
        """Follow all seeds but this one; without an identity, those of any scenario."""

    def claims(self, seed: int, space: Space) -> Claims:
        """The claims of a seed."""

    def status(self) -> StoreStatus:
        """What all seeds have reached; StateError when the store can't be read."""

    def is_open(self, seed: int) -> bool | None:
        """Whether a process is adding to the record of a seed; None where that can't be told."""

    def control(self, seed: int) -> Control:
        """What the search with the seed shows of its runs, and is asked."""

    def forget(self, seed: int, names: Sequence[str], by: str) -> None:
        """Leave these runs of a record out of whatever is read of it from now on; `by` is who says so.

        They stay where they are.  A search that is adding to the record is to be told.  Raises StateError
        when it can't be kept.
        """

    def set_aside(self, seed: int) -> str | None:
        """Make room for a fresh search with the seed; where the earlier one is kept, None when there is none.

        A store that knows the output folder moves all files of the seed there with the record, while no other
        process can begin.  Raises StateError when one is adding to the record, or it can't be moved.
        """
