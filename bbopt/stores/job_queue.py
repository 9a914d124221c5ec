"""What a queue of jobs does: searches and people put jobs there, workers take them, one worker each.

A job belongs to a study.  Who takes part, asking or working, is a *member* with heartbeats.  A worker has a
job by a claim, and whatever it writes later carries that: a worker that was thought dead changes nothing
any more.  A member that has died is noticed by the others: what it was working at is put back, what it had
asked for is taken away.  A job that has killed as many workers as MAX_KILLED fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, NamedTuple, Protocol

from bbopt.runs import JobStatus

__all__ = [
    "MAX_KILLED",
    "MOST_QUEUED",
    "ClaimedJob",
    "EndedJob",
    "JobKind",
    "JobQueue",
    "JobResult",
    "NewGroup",
    "NewJob",
    "QueueState",
    "Wish",
]

MAX_KILLED = 3
"""So many workers may die of a job."""

MOST_QUEUED = 1000
"""Members look how a queue stands too often to count a long one."""


class JobKind(str, Enum):
    """What a job's content means."""

    SEARCH_RUN = "search-run"
    """An order for a supervisor, and the request behind it; a search judges what comes out."""
    EXPERIMENT = "experiment"
    """A Python function that gets the job's state."""
    SETTINGS = "settings"
    """A run of a scenario that the database has, with the job's settings."""
    COMMAND = "command"
    """A command of its own, understood as a scenario of the database says."""


class Wish(IntEnum):
    """What is wanted of a job that a worker has."""

    NOTHING = 0
    END = 1
    END_AT_ONCE = 2
    """Without a time of grace."""
    LOST = 3
    """It is not this worker's any more: its run is to be ended, and nobody waits for the result."""


@dataclass(frozen=True, slots=True, eq=False)
class NewGroup:
    """Jobs that others come after: these are not begun before all of the group are done.

    Only jobs that are there can be in one, so that nothing comes after itself.
    """

    name: str
    jobs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be added; `settings` are what people know it by, `digest` is the same for equal jobs.

    `scenario` is the number of one that is kept, where it needs one.
    """

    kind: JobKind
    content: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    priority: float = 1.0
    digest: str | None = None
    scenario: int | None = None
    after: NewGroup | None = None


class ClaimedJob(NamedTuple):
    """A job that is a worker's now; `n_killed` workers have died of it before.

    `result` is what was put down last of one that goes on.  `after_group` is the number of the group of jobs
    that it comes after.
    """

    id: int
    kind: JobKind
    content: Mapping[str, Any]
    settings: Mapping[str, Any]
    n_killed: int
    result: Mapping[str, Any] | None = None
    scenario: int | None = None
    after_group: int | None = None


class EndedJob(NamedTuple):
    """What came out of a job; `result` is what its kind says, `reason` why it failed.

    One that is START again goes back into the queue, with another `priority` if given.
    """

    id: int
    status: JobStatus
    result: Mapping[str, Any]
    reason: str = ""
    priority: float | None = None


class JobResult(NamedTuple):
    """What came out of a job that a search has asked for; None where it was given up, for the reason."""

    id: int
    result: Mapping[str, Any] | None
    reason: str = ""


class QueueState(NamedTuple):
    """How a study's queue stands: members at work, and jobs that wait or are under way.

    What a worker that is gone was at waits, too.
    `n_queued` is MOST_QUEUED where more wait.  `has_later` says that there are jobs of a later phase, which
    can't be begun yet.
    """

    n_slots: int
    n_askers: int
    n_queued: int
    n_running: int
    has_later: bool = False


class JobQueue(Protocol):
    """The jobs of one study, as one process uses them, in one thread.

    Raises StateError; UnavailableError where it is worth trying again.
    """

    @property
    def shown(self) -> str:
        """Where it is, for people."""

    @property
    def lease_s(self) -> float:
        """For how long from now nobody else begins what this member has, with time to spare for ending it."""

    def attend(self, n_slots: int = 0) -> AbstractContextManager[None]:
        """Be a member: a worker with so many slots, or with 0 one who asks; leaving it ends that.

        Jobs that a worker still has then are put back, those that an asker has asked for taken away.
        """

    def state(
        self, kinds: Sequence[JobKind] = tuple(JobKind), but: Collection[int] = frozenset()
    ) -> QueueState:
        """How it stands; of those that wait, jobs of these kinds count, `but` those with these numbers."""

    # For who asks

    def add(self, jobs: Sequence[NewJob], *, are_own: bool = False) -> list[int]:
        """Add the jobs, and give their numbers; `are_own` for those that go with this member.

        StateError where one of a group that they come after is gone.
        """

    def add_missing(self, jobs: Sequence[NewJob]) -> list[int | None]:
        """Add those without an equal one (by their digests) in the study, also among them.

        Their numbers; None for those that are not added.
        """

    def put_back(self, jobs: Mapping[int, tuple[NewJob, EndedJob]]) -> list[int]:
        """Jobs that a study has lost, by their numbers, with what came out of them.

        The numbers of those that are there now; where another job has its number, one is left out.
        """

    def equal_jobs(self, digests: Sequence[str]) -> set[str]:
        """The digests that jobs have which are there, whatever became of them."""

    def take_results(self) -> list[JobResult]:
        """What has come out of the member's own jobs, which these are not any more then."""

    def own_jobs(self) -> dict[int, str | None]:
        """Which own jobs are there, with digests: those of a member that seems dead are taken away."""

    def take_latest(self) -> dict[int, Sequence[Any]]:
        """How far own jobs under way have come, as workers have shown it since the last time."""

    def withdraw(self, jobs: Iterable[int], wish: Wish) -> list[int]:
        """Take own jobs back: those that nobody has yet are gone, and given; of the others it is wished."""

    def forget(self, jobs: Iterable[int]) -> None:
        """Own jobs are gone whoever has them."""

    # For who works

    def exchange(
        self,
        ended: Sequence[EndedJob],
        n: int,
        kinds: Sequence[JobKind],
        but: Collection[int] = frozenset(),
    ) -> list[ClaimedJob]:
        """Put down what has ended, and claim at most `n` jobs of the kinds, the most urgent ones, in one go.

        None with a number in `but` is claimed: these are left for others.
        What has ended meanwhile under other hands is dropped.  Results of people's jobs survive the loss of
        power when this returns.
        """

    def give_back(self, jobs: Iterable[int]) -> None:
        """Put jobs back that were not done."""

    def look(self) -> dict[int, Wish]:
        """What is wanted of the jobs that this worker has."""

    def save(self, results: Mapping[int, Mapping[str, Any]]) -> None:
        """Put down what has come out of jobs so far, which go on."""

    def show(self, latest: Mapping[int, Sequence[Any]]) -> None:
        """Show how far jobs have come."""

    # What jobs have in common

    def keep_scenario(self, content: Mapping[str, Any]) -> int:
        """Keep what runs of a scenario need, once, and give its number."""

    def scenario(self, number: int) -> Mapping[str, Any]:
        """What was kept."""
