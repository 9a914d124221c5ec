"""How many workers are started for a queue, and when that ends: a simulated queue, place and clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bbopt.batch_job import BatchJob
from bbopt.dispatch import Watch, WatchEnd, WatchSettings
from bbopt.dispatch import watch as implementation
from bbopt.errors import BboptError, InputError, StateError, UnavailableError
from bbopt.executors.batch_states import BatchState, Stage, UnansweredError
from bbopt.runs import JobStatus
from bbopt.stores import JobCounts, Member, QueueState

MOST_LOOKS = 1000
"""A watch that looks more often does not end."""


@dataclass
class Worker:
    """One in the batch system: it waits for so many looks, then works at a job at each look."""

    waits: int
    is_useful: bool = True
    is_busy: bool = False
    is_over: bool = False


@dataclass
class World:
    """A queue, its table, and a place for workers, which go on while the watch pauses."""

    n_queued: int = 0
    n_running: int = 0
    n_done: int = 0
    later: list[int] = field(default_factory=list)
    """Jobs of later phases, which can be begun when those before are done."""
    has_failed: bool = False
    waits: int = 2
    are_useful: bool = True
    takes_all: bool = True
    """Whether a worker stays until there is nothing to do."""
    workers: dict[BatchJob, Worker] = field(default_factory=dict)
    errors: dict[int, Exception] = field(default_factory=dict)
    """What goes wrong at which look."""
    n_looks: int = 0
    waiting_at_end: Sequence[BatchJob] = ()
    on_pause: Callable[[], None] = lambda: None
    outlives = True

    # the queue, and its table

    def state(self, kinds: Sequence[Any]) -> QueueState:
        return QueueState(0, 0, self.n_queued, self.n_running, bool(self.later))

    def counts(self) -> JobCounts:
        self.n_looks += 1
        assert self.n_looks < MOST_LOOKS
        if error := self.errors.pop(self.n_looks, None):
            raise error
        return JobCounts({JobStatus.DONE: self.n_done, JobStatus.START: self.n_queued})

    def members(self) -> list[Member]:
        return [
            Member(1, "here", 1, int(worker.is_busy), 0.0, True, False, job)
            for job, worker in self.workers.items()
            if not worker.waits and not worker.is_over
        ]

    # the place

    def start(self) -> BatchJob:
        job = BatchJob("slurm", str(len(self.workers)))
        self.workers[job] = Worker(self.waits, self.are_useful)
        return job

    def states(self, jobs: Collection[BatchJob]) -> dict[BatchJob, BatchState]:
        return {job: BatchState(self._stage(self.workers[job])) for job in jobs}

    def _stage(self, worker: Worker) -> Stage:
        return Stage.OVER if worker.is_over else Stage.WAITING if worker.waits else Stage.RUNNING

    def pause(self, timeout_s: float) -> None:
        for worker in self.workers.values():
            if worker.waits:
                worker.waits -= 1
            elif not worker.is_over:
                self._work(worker)
        if not self.n_queued and not self.n_running and self.later and not self.has_failed:
            self.n_queued = self.later.pop(0)
        self.on_pause()

    def _work(self, worker: Worker) -> None:
        if worker.is_busy:
            self.n_running -= 1
            self.n_done += 1
            worker.is_busy = False
        elif worker.is_useful and self.n_queued:
            self.n_queued -= 1
            self.n_running += 1
            worker.is_busy = True
            return
        worker.is_over = not worker.is_useful or not self.takes_all or not (self.n_queued or self.n_running)

    def wake(self) -> None:
        pass

    def end(self, waiting: Sequence[BatchJob]) -> None:
        self.waiting_at_end = waiting


def watch(world: World, max_workers: int = 3, n_slots: int = 1) -> tuple[WatchEnd, list[str]]:
    told: list[str] = []
    settings = WatchSettings(max_workers, n_slots)
    return Watch(world, world, world, settings, told.append).run(), told  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n_jobs", "max_workers", "n_started"), [(0, 3, 0), (1, 3, 1), (2, 3, 2), (3, 3, 3), (9, 3, 3)]
)
def test_no_more_workers_are_started_than_there_are_jobs_for(
    n_jobs: int, max_workers: int, n_started: int
) -> None:
    world = World(n_jobs)
    assert watch(world, max_workers)[0] == WatchEnd("no job is left", n_started)
    assert world.n_done == n_jobs


def test_a_worker_with_several_slots_is_for_as_many_jobs() -> None:
    world = World(5, waits=2)
    _, told = watch(world, max_workers=3, n_slots=4)
    assert [text for text in told if text.startswith("5 jobs")] == [
        f"5 jobs wait: worker slurm {n} started" for n in (0, 1)
    ]


def test_workers_that_take_one_job_each_are_followed_by_others() -> None:
    world = World(7, takes_all=False)
    end, told = watch(world)
    assert end == WatchEnd("no job is left", 7)
    assert world.n_done == 7
    assert told[0] == "7 jobs wait: worker slurm 0 started"
    assert told[-1] == "1 job waits: worker slurm 6 started"


def test_jobs_that_others_take_at_once_need_no_worker() -> None:
    world = World(2)

    def take() -> None:
        world.n_queued, world.n_done = 0, 2

    world.on_pause = take
    assert watch(world)[0] == WatchEnd("no job is left", 0)


def test_workers_are_started_as_phases_become_startable() -> None:
    world = World(2, later=[3, 1], takes_all=False)
    assert watch(world)[0] == WatchEnd("no job is left", 6)
    assert world.n_done == 6


def test_it_ends_when_what_is_left_can_never_begin() -> None:
    world = World(2, later=[3], has_failed=True)
    end, _ = watch(world)
    assert end == WatchEnd("what is left comes after jobs that have failed", 2, is_failure=True)


def test_it_gives_up_when_workers_end_in_vain() -> None:
    world = World(5, are_useful=False)
    end, _ = watch(world, max_workers=1)
    assert end == WatchEnd("4 workers in a row have ended in vain", 4, is_failure=True)
    assert watch(World(5, are_useful=False), max_workers=3)[0].n_started <= 6


def test_workers_that_have_not_begun_when_no_job_is_left_are_ended() -> None:
    world = World(2, waits=5)
    world.on_pause = lambda: setattr(world, "n_queued", 0) if world.workers else None
    end, _ = watch(world)
    assert end == WatchEnd("no job is left", 2)
    assert list(world.waiting_at_end) == list(world.workers)


def test_a_worker_that_the_batch_system_puts_back_is_on_its_way_again() -> None:
    world = World(1)

    def preempt() -> None:
        for worker in world.workers.values():
            if worker.is_busy and world.n_looks < 20:
                world.n_queued, world.n_running = 1, 0
                worker.is_busy, worker.waits = False, 3

    world.on_pause = preempt
    assert watch(world)[0] == WatchEnd("no job is left", 1)


@pytest.mark.parametrize("error", [UnavailableError("no database"), UnansweredError("no squeue", got="why")])
def test_what_is_out_of_reach_for_a_while_is_told_once(error: BboptError) -> None:
    world = World(3, errors=dict.fromkeys((2, 3, 4), error))
    end, told = watch(world)
    assert end == WatchEnd("no job is left", 3)
    assert [text for text in told if "trying again" in text] == [
        f"{error.what}{f' ({error.got})' if error.got else ''}; trying again"
    ]


@pytest.mark.parametrize("error", [UnavailableError("no database"), BboptError("sbatch has refused a job")])
def test_what_stays_out_of_reach_ends_it(error: BboptError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implementation, "_PATIENCE_S", 0.05)
    world = World(1)

    def fail(*_: Any) -> Any:
        raise error

    if isinstance(error, UnavailableError):
        world.state = fail  # type: ignore[method-assign]
    else:
        world.start = fail  # type: ignore[method-assign]
    monkeypatch.setattr(World, "counts", lambda self: JobCounts({}))
    with pytest.raises(BboptError, match=error.what):
        watch(world)


@pytest.mark.parametrize("error", [StateError("broken"), InputError("no line breaks")])
def test_what_does_not_pass_by_is_an_error_at_once(error: BboptError) -> None:
    with pytest.raises(type(error)):
        watch(World(1, errors={1: error}))


def test_asked_to_end_it_leaves_its_batch_jobs_and_names_them() -> None:
    world = World(2, waits=MOST_LOOKS)
    told: list[str] = []
    one = Watch(world, world, world, WatchSettings(3), told.append)  # type: ignore[arg-type]
    world.on_pause = lambda: one.stop() if world.workers else None
    end = one.run()
    assert (end.reason, list(end.left)) == ("it was asked to end", list(world.workers))
    assert world.waiting_at_end == ()
