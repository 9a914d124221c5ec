"""Runs on the workers of a Dask cluster: placed on free threads, followed, cancelled, repeated when lost.

Dask only carries the runs.  A run is held back until a worker thread is free for it, and its task is bound
to that worker: Dask's own placement goes by estimated durations and would put runs behind hung ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from distributed import CancelledError
from distributed.scheduler import KilledWorker, NoValidWorkerError

from bbopt.errors import BboptError
from bbopt.executors.dask_worker import PROGRESS, cancel_runs, execute_run, task_key
from bbopt.target.patience import longest_end_s
from bbopt.target.supervisor.wire import EndedBy, LatestValue, RunOrder, SupervisedRun, Unpacker, pack

__all__ = ["MAX_LOSSES", "Dispatcher", "EndedRun", "LostSchedulerError"]

MAX_LOSSES = 3
"""How often a run whose worker died is started again."""

_LOOK_INTERVAL_S = 0.5
_ANSWER_S = 15.0  # for a scheduler or worker to answer a short question
_FIRST_WARNING_S = 30.0  # without any worker
_MAX_WARNING_S = 3600.0


class LostSchedulerError(BboptError):
    """The connection to the Dask scheduler is lost, and with it all runs under way."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the connection to the Dask scheduler at {address} was lost",
            remedy="start the scheduler and its workers again, then continue with --restore-scenario",
        )


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that is over: the ticket that it was given, what was seen, and on which machine."""

    ticket: int
    run: SupervisedRun
    place: str


@dataclass(slots=True, eq=False)
class _Job:
    """A run on its way.  `worker` is None as long as no thread is free for it."""

    ticket: int
    order: RunOrder
    interrupt: asyncio.Future[str]
    worker: str | None = None
    n_losses: int = 0
    is_cancelled: bool = False


@dataclass(slots=True)
class _Workers:
    """What was last seen: threads by worker, and how many of them other people's tasks use."""

    n_threads: dict[str, int] = field(default_factory=dict)
    n_foreign: Counter[str] = field(default_factory=Counter)


class Dispatcher:
    """Executes orders through `client`, an asynchronous Client (whose methods have no types); everything
    happens in the event loop that it lives in.

    `report` is told each end of a run, `warn` what the user should know, `fail` of the scheduler's loss.
    `is_hurried` says that a run was cancelled a second time.
    """

    def __init__(
        self,
        client: Any,
        report: Callable[[EndedRun], None],
        warn: Callable[[str], None],
        fail: Callable[[BboptError], None],
    ) -> None:
        self.is_hurried = False
        self._client = client
        self._address = str(client.scheduler.address)
        self._report = report
        self._warn = warn
        self._fail = fail
        self._jobs: dict[int, _Job] = {}
        self._waiting: list[tuple[_Job, asyncio.Future[None]]] = []
        self._workers = _Workers()
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone_since_s: float | None = None
        self._warn_after_s = _FIRST_WARNING_S

    @property
    def n_threads(self) -> int:
        """How many runs the workers can execute at once, as last seen."""
        return sum(self._workers.n_threads.values())

    @property
    def n_workers(self) -> int:
        """How many workers there are, as last seen."""
        return len(self._workers.n_threads)

    @property
    def n_jobs(self) -> int:
        """How many runs are not over yet."""
        return len(self._jobs)

    def listen(self, progressed: Callable[[int, LatestValue], None]) -> None:
        """Have `progressed` told, with the ticket, how far a run has come."""

        def hear(event: tuple[float, list[Any]]) -> None:
            latest = LatestValue(*event[1])
            for job in self._jobs.values():
                if job.order.uuid == latest.uuid:
                    progressed(job.ticket, latest)

        self._client.subscribe_topic(PROGRESS, hear)

    def start(self, ticket: int, order: RunOrder) -> None:
        """Execute `order` as soon as a thread is free."""
        job = _Job(ticket, order, asyncio.get_running_loop().create_future())
        self._jobs[ticket] = job
        task = asyncio.create_task(self._execute(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self, tickets: Iterable[int] | None = None) -> None:
        """Kill these runs, or all of them; they count as ended even if their workers do not answer."""
        chosen = set(self._jobs) if tickets is None else set(tickets)
        jobs = [job for ticket, job in self._jobs.items() if ticket in chosen]
        for job in jobs:
            self.is_hurried = self.is_hurried or job.is_cancelled
            bound_s = longest_end_s(job.order.grace_s, at_once=job.is_cancelled)
            asyncio.get_running_loop().call_later(bound_s, _interrupt, job, "cancelled")
            job.is_cancelled = True
        workers = {job.worker for job in jobs if job.worker is not None}
        under_way = await self._cancel_on(workers, [job.order.uuid for job in jobs]) if workers else set()
        for job in jobs:
            if job.order.uuid not in under_way:
                _interrupt(job, "cancelled")

    async def look(self) -> None:
        """See which workers there are, and act on what has changed."""
        n_threads = await self._client.nthreads()
        processing = await self._client.processing()
        own = {task_key(job.order.uuid) for job in self._jobs.values()}
        foreign = Counter({at: sum(str(key) not in own for key in keys) for at, keys in processing.items()})
        self._workers = _Workers(dict(n_threads), foreign)
        for job in self._jobs.values():
            if job.worker is not None and job.worker not in n_threads:
                _interrupt(job, "lost")
        self._place_waiting()
        self._warn_when_alone()

    async def keep_looking(self, after_look: Callable[[], None]) -> None:
        """Look again and again, until the scheduler is lost."""
        while self._is_connected():
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(self.look(), _ANSWER_S)
                after_look()
            await asyncio.sleep(_LOOK_INTERVAL_S)
        self._fail(LostSchedulerError(self._address))

    async def all_over(self) -> None:
        """Return when no run is left."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _is_connected(self) -> bool:
        return str(self._client.status) == "running"

    # One run

    async def _execute(self, job: _Job) -> None:
        run, place = None, ""
        try:
            while run is None:
                if not self._is_connected():
                    self._fail(LostSchedulerError(self._address))
                    return
                run, place = await self._attempt(job)
        finally:
            del self._jobs[job.ticket]
            self._place_waiting()
        self._report(EndedRun(job.ticket, run, place))

    async def _attempt(self, job: _Job) -> tuple[SupervisedRun | None, str]:
        """One way through the cluster: the run and where it was executed; None when it was lost."""
        started_at = time.time()
        job.interrupt = asyncio.get_running_loop().create_future()
        worker = await self._free_worker(job)
        if worker is None:
            return SupervisedRun(EndedBy.CANCELLED, started_at), ""
        future = self._client.submit(
            execute_run,
            pack(job.order.message()),
            key=task_key(job.order.uuid),
            workers=[worker],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        answer: asyncio.Future[bytes] = asyncio.ensure_future(future.result())
        await asyncio.wait((answer, job.interrupt), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            run, place = _read(answer, worker)
        else:
            await self._withdraw(future, answer)
            run, place = None, worker
        job.worker = None
        if run is not None and (run.ended_by is not EndedBy.CANCELLED or job.is_cancelled):
            return run, place
        if job.is_cancelled:
            return SupervisedRun(EndedBy.CANCELLED, started_at, time.time() - started_at), worker
        return self._after_loss(job, started_at, worker), worker

    async def _free_worker(self, job: _Job) -> str | None:
        """Wait for a free thread and take it; None when the run was cancelled meanwhile."""
        placed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, placed))
        self._place_waiting()
        await asyncio.wait((placed, job.interrupt), return_when=asyncio.FIRST_COMPLETED)
        if (job, placed) in self._waiting:
            self._waiting.remove((job, placed))
        if job.is_cancelled:
            job.worker = None
        return job.worker

    async def _withdraw(self, future: Any, answer: asyncio.Future[bytes]) -> None:
        """Have the scheduler forget a task; a worker that executes it after all ends its run."""
        answer.cancel()
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(future.cancel(), _ANSWER_S)

    def _after_loss(self, job: _Job, started_at: float, worker: str) -> SupervisedRun | None:
        """The run's worker is gone: None to try again, or the end of a run that has lost too many."""
        job.n_losses += 1
        if job.n_losses > MAX_LOSSES:
            tail = f"was lost with its Dask worker, {job.n_losses} times in a row (the last one: {worker})"
            return SupervisedRun(EndedBy.SUPERVISOR, started_at, time.time() - started_at, tail=tail)
        if self._is_connected():
            self._warn(
                f"the Dask worker {worker} was lost; its run in slot {job.order.slot} is started again"
            )
        job.order = replace(job.order, uuid=str(uuid.uuid4()))
        return None

    # Placement

    def _place_waiting(self) -> None:
        while self._waiting and (worker := self._best_worker()) is not None:
            job, placed = self._waiting.pop(0)
            job.worker = worker
            placed.set_result(None)

    def _best_worker(self) -> str | None:
        """The worker with the most free threads, those that only we leave free counting too."""
        own = Counter(job.worker for job in self._jobs.values())
        seen = self._workers
        free = {
            worker: (n - own[worker] - seen.n_foreign[worker], random.random())
            for worker, n in seen.n_threads.items()
            if own[worker] < n
        }
        return max(free, key=lambda worker: free[worker]) if free else None

    # Questions

    async def _cancel_on(self, workers: Iterable[str], uuids: list[str]) -> set[str]:
        """Those of the runs that these workers are executing; they will end soon."""
        try:
            answers = await asyncio.wait_for(
                self._client.run(cancel_runs, uuids, workers=list(workers), on_error="ignore"), _ANSWER_S
            )
        except (OSError, ValueError, asyncio.TimeoutError):
            return set()
        return {uuid for found in answers.values() for uuid in found}

    def _warn_when_alone(self) -> None:
        """Tell, after ever longer times, that runs wait and no worker comes."""
        if self._workers.n_threads or not self._jobs:
            self._alone_since_s, self._warn_after_s = None, _FIRST_WARNING_S
            return
        now_s = time.monotonic()
        if self._alone_since_s is None:
            self._alone_since_s = now_s
        alone_s = now_s - self._alone_since_s
        if alone_s >= self._warn_after_s:
            self._warn_after_s += min(self._warn_after_s, _MAX_WARNING_S)
            self._warn(f"{self.n_jobs} runs have waited {alone_s:.0f} s for a Dask worker; still waiting")


def _interrupt(job: _Job, reason: str) -> None:
    if not job.interrupt.done():
        job.interrupt.set_result(reason)


def _read(answer: asyncio.Future[bytes], worker: str) -> tuple[SupervisedRun | None, str]:
    """The run that a task has answered with; None when its worker or scheduler was lost."""
    try:
        (message,) = Unpacker().feed(answer.result())
    except (KilledWorker, NoValidWorkerError, CancelledError, asyncio.CancelledError, OSError):
        return None, worker
    except Exception as error:  # whatever the other side has raised
        tail = f"could not be used on the Dask worker {worker}: {type(error).__name__}: {error}"
        return SupervisedRun(EndedBy.SUPERVISOR, time.time(), tail=tail), worker
    return SupervisedRun(**message["run"]), f"{message['host']} ({worker})"
