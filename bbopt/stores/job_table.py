"""Jobs as people look at them and change them, beside whoever asks for them and works at them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from bbopt.batch_job import BatchJob
from bbopt.runs import JobStatus
from bbopt.stores.job_queue import JobKind, Wish

__all__ = ["JobChoice", "JobCounts", "JobRow", "JobTable", "Member", "SettingIs", "ViewColumn"]


@dataclass(frozen=True, slots=True)
class SettingIs:
    """That a setting of a job has a value; numbers are compared as numbers, all else as it is written."""

    name: str
    text: str

    def holds(self, settings: Mapping[str, Any]) -> bool:
        """Whether it has."""
        if self.name not in settings:
            return False
        value = settings[self.name]
        return str(value) == self.text or _are_equal_numbers(value, self.text)


def _are_equal_numbers(value: Any, text: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        return float(value) == float(text)
    except (ValueError, OverflowError):
        return False


@dataclass(frozen=True, slots=True)
class JobChoice:
    """Which jobs are meant: those of which all of it holds, all jobs where nothing is said.

    `under_way` are those that somebody is at, or seems to be.
    """

    numbers: frozenset[int] | None = None
    statuses: frozenset[JobStatus] | None = None
    priority: float | None = None
    settings: tuple[SettingIs, ...] = ()
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it stands, times in seconds since the epoch by this host's clock.

    One of a later phase comes `after` the group of that name; while it waits for that, `reason` says why.
    `worker` is who had it last.  Of one that `is_under_way` somebody who lives is at it, and one that
    `looks_crashed` is marked as running although nobody is; `heartbeat_age_s` is how long ago something was
    heard of who is, or was, at it, and `batch_job` the job of a batch system which that is in.
    """

    number: int
    status: JobStatus
    priority: float
    kind: JobKind
    settings: Mapping[str, Any]
    added_at: float
    started_at: float | None = None
    ended_at: float | None = None
    worker: str | None = None
    heartbeat_age_s: float | None = None
    batch_job: BatchJob | None = None
    is_under_way: bool = False
    looks_crashed: bool = False
    wish: Wish = Wish.NOTHING
    n_killed: int = 0
    latest: Sequence[Any] | None = None
    result: Mapping[str, Any] | None = None
    reason: str = ""
    after: str = ""
    phase: int = 1
    content: Mapping[str, Any] = field(default_factory=dict)
    """Only where one job is looked at."""

    @property
    def is_of_search(self) -> bool:
        """Whether it is a search's own, which knows what becomes of it."""
        return self.kind is JobKind.SEARCH_RUN


class ViewColumn(NamedTuple):
    """A column of a view of jobs: a key of their states, and what its values are, int, float or str."""

    name: str
    key: str
    kind: type


class JobCounts(NamedTuple):
    """How many jobs there are of each status, why some have failed, the most frequent reason first.

    Of the running ones, `n_crashed` look crashed.
    """

    by_status: Mapping[JobStatus, int]
    reasons: Sequence[tuple[str, int]] = ()
    n_crashed: int = 0

    def of(self, *statuses: JobStatus) -> int:
        """How many have one of these."""
        return sum(self.by_status.get(status, 0) for status in statuses)

    @property
    def n_failed(self) -> int:
        """How many have failed in any way."""
        return self.of(*(status for status in self.by_status if status.is_failure))

    @property
    def n_left(self) -> int:
        """How many are queued or running."""
        return self.of(JobStatus.START, JobStatus.RUNNING)


class Member(NamedTuple):
    """Who takes part in the queue: a worker with slots, or with none one who asks."""

    pid: int
    host: str
    n_slots: int
    n_busy: int
    heartbeat_age_s: float
    is_alive: bool
    is_stopped: bool
    batch_job: BatchJob | None = None


class JobTable(Protocol):
    """All jobs of one study.  Raises StateError; UnavailableError where it is worth trying again.

    Whatever changes jobs gives the numbers of those that it has changed, and leaves alone those that somebody
    who lives is at, unless it is said what becomes of these.  Jobs of later phases wait, or may be begun,
    accordingly.
    """

    @property
    def shown(self) -> str:
        """Where it is, for people."""

    def counts(self) -> JobCounts:
        """How many there are of what."""

    def jobs(self, choice: JobChoice) -> list[JobRow]:
        """The jobs that are meant, by their numbers."""

    def job(self, number: int) -> JobRow | None:
        """All of one job; None where it is not there (any more)."""

    def jobs_of_group(self, group: int) -> list[JobRow]:
        """All jobs of a group that others come after, by their numbers; it is remembered while it is done."""

    def members(self) -> list[Member]:
        """Who takes part, also who is dead and was not noticed yet."""

    def set_status(self, numbers: Iterable[int], status: JobStatus) -> list[int]:
        """Set jobs of people to a status other than RUNNING; with START nothing is left of what came out.

        With START all that come after them are set back, too, and lost by whoever is at them, but for those
        that were cancelled; they are among the numbers.
        """

    def cancel(self, numbers: Collection[int], *, ends_runs: bool) -> list[int]:
        """Let jobs of people not be run, and end what is under way of them, or let it go on.

        One that goes on is done if it comes to that.
        """

    def set_priority(self, numbers: Iterable[int], priority: float) -> list[int]:
        """Set the priority of jobs, whoever is at them."""

    def delete(self, numbers: Iterable[int], *, takes_away: bool = False) -> list[int]:
        """Remove jobs; `takes_away` also those that somebody is at, who loses them."""

    def relaunch(self) -> list[int]:
        """Put jobs that look crashed back into the queue, but for those that have killed too many workers."""
