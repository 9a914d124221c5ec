"""What happens on a Dask worker: runs are executed by supervisors, as on the optimizer's own machine.

A worker thread that executes a run has a supervisor to itself, which the next run finds again.  The
supervisors end with the worker, and a run ends as cancelled when the scheduler no longer wants it, which is
also what happens when its optimizer dies.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dask.config
from distributed import Worker, WorkerPlugin, get_worker

from bbopt.executors.waiting import WakePipe
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun, Unpacker, pack
from bbopt.target.supervisor_process import SupervisorError, SupervisorProcess

__all__ = ["PROGRESS", "SupervisorPool", "cancel_runs", "end_idle_supervisors", "execute_run", "task_key"]

PROGRESS = "bbopt-progress"
"""The topic of Dask's events that say how far runs have come; their messages are a LatestValue each."""

_PLUGIN = "bbopt-runs"
_KEY_PREFIX = "bbopt-run-"
_N_REFUSED = 10_000  # cancelled runs that a worker remembers, in case their tasks come later
_LOOK_MS = 1000


def task_key(uuid: str) -> str:
    """The name of the task that executes run `uuid`."""
    return _KEY_PREFIX + uuid


def execute_run(order: bytes) -> bytes:
    """Execute a packed RunOrder on this worker; the answer holds the packed run and this machine's name."""
    _attend(get_worker())
    (message,) = Unpacker().feed(order)
    run = _POOL.execute(RunOrder(**message))
    return pack({"run": run.message(), "host": socket.gethostname()})


def cancel_runs(uuids: list[str]) -> list[str]:
    """Have these runs killed, and refuse the ones that come later; returns those that are under way."""
    return _POOL.cancel(uuids)


def end_idle_supervisors() -> None:
    """End the supervisors that execute nothing now."""
    _POOL.end_idle()


class _Lane:
    """A supervisor with a way to cancel its run from another thread."""

    def __init__(self) -> None:
        self.supervisor = SupervisorProcess()
        self._cancellation = WakePipe()

    def execute(self, order: RunOrder) -> SupervisedRun:
        """Execute one run; waits for its end."""
        self.supervisor.start(order)
        poll = select.poll()
        poll.register(self.supervisor, select.POLLIN)
        poll.register(self._cancellation, select.POLLIN)
        while True:
            for fd, _ in poll.poll(_LOOK_MS):
                if fd == self._cancellation.fileno():
                    for _ in self._cancellation.read():
                        self.supervisor.cancel()
                elif (run := self.supervisor.receive()) is not None:
                    return run
                elif (latest := self.supervisor.take_latest()) is not None:
                    get_worker().log_event(PROGRESS, list(latest))
            self.supervisor.give_up_if_overdue()

    def cancel(self) -> None:
        """Have the run killed; any thread may call this."""
        self._cancellation.write()

    def make_ready(self) -> None:
        """Forget a cancellation that came too late for the last run."""
        self._cancellation.read()

    def end(self) -> None:
        """End the supervisor."""
        self.supervisor.hang_up()
        self.supervisor.wait_for_end()
        self._cancellation.close()


class SupervisorPool:
    """The supervisors of this process; all its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Lane] = []
        self._busy: dict[str, _Lane] = {}
        self._refused: deque[str] = deque(maxlen=_N_REFUSED)

    def execute(self, order: RunOrder) -> SupervisedRun:
        """Execute one run; waits for its end."""
        run, was_undelivered = self._attempt(order)
        if was_undelivered:  # the supervisor had died since its last run: nothing was started
            run, _ = self._attempt(order)
        return run

    def cancel(self, uuids: Iterable[str]) -> list[str]:
        """Kill these runs, now or as soon as they come; returns those that are under way."""
        with self._lock:
            found = []
            for uuid in uuids:
                self._refused.append(uuid)
                if uuid in self._busy:
                    self._busy[uuid].cancel()
                    found.append(uuid)
        return found

    def cancel_all(self) -> None:
        """Kill all runs that are under way."""
        with self._lock:
            for lane in self._busy.values():
                lane.cancel()

    def end_idle(self) -> None:
        """End the supervisors that execute nothing."""
        with self._lock:
            idle, self._idle = self._idle, []
        for lane in idle:
            lane.supervisor.hang_up()
        for lane in idle:
            lane.end()

    def _attempt(self, order: RunOrder) -> tuple[SupervisedRun, bool]:
        """The run, and whether its supervisor had died before it could start anything."""
        try:
            lane = self._take()
        except SupervisorError as error:
            problem = f"could not be started: {error.reason}"
            return SupervisedRun(EndedBy.SUPERVISOR, time.time(), tail=problem), False
        with self._lock:
            is_refused = order.uuid in self._refused
            if not is_refused:
                self._busy[order.uuid] = lane
        try:
            if is_refused:
                return SupervisedRun(EndedBy.CANCELLED, time.time()), False
            run = lane.execute(order)
            return run, run.ended_by is EndedBy.SUPERVISOR and lane.supervisor.is_order_undelivered
        finally:
            self._give_back(order.uuid, lane)

    def _take(self) -> _Lane:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Lane()

    def _give_back(self, uuid: str, lane: _Lane) -> None:
        with self._lock:
            self._busy.pop(uuid, None)  # from here on, nobody cancels what is next
            lane.make_ready()
            if not lane.supervisor.has_ended:
                self._idle.append(lane)
                return
        lane.end()


class _RunWatch(WorkerPlugin):
    """Ends runs that nobody waits for any more, and all of them with the worker."""

    name = _PLUGIN

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """A task that was taken back while it is executed: its run is not wanted."""
        if finish in {"released", "cancelled", "forgotten"} and str(key).startswith(_KEY_PREFIX):
            _POOL.cancel([str(key)[len(_KEY_PREFIX) :]])

    def teardown(self, worker: Worker) -> None:
        """The worker closes."""
        _POOL.cancel_all()
        _POOL.end_idle()


def _attend(worker: Worker) -> None:
    """Prepare the worker for runs, once."""
    with _ATTEND_LOCK:
        if _PLUGIN not in worker.plugins:
            _drop_nannys_variables()
            added = threading.Event()

            async def add() -> None:
                await worker.plugin_add(plugin=_RunWatch(), name=_PLUGIN)
                added.set()

            worker.loop.add_callback(add)
            added.wait()


def _drop_nannys_variables() -> None:
    """Give runs the environment that the worker was started from.

    Dask's nanny adds variables for the worker's own threads (OMP_NUM_THREADS=1 and the like), which would
    slow targets down or change what they do.
    """
    try:
        given = Path(f"/proc/{os.getppid()}/environ").read_bytes().split(b"\0")
    except OSError:
        return
    names = {os.fsdecode(entry.partition(b"=")[0]) for entry in given}
    for name in (*dask.config.get("distributed.nanny.pre-spawn-environ", {}), "PYTHONHASHSEED"):
        if name not in names:
            os.environ.pop(name, None)


_POOL = SupervisorPool()
_ATTEND_LOCK = threading.Lock()
