"""One run from its start to the end of its last process."""

from __future__ import annotations

import enum
import os
import time
from dataclasses import dataclass, replace

from bbopt.target.supervisor import process_tree
from bbopt.target.supervisor.control_group import ControlGroup
from bbopt.target.supervisor.limits import N_PROCESSORS, LimitWatch
from bbopt.target.supervisor.result_file import ResultFile
from bbopt.target.supervisor.run_output import open_output, plumbing
from bbopt.target.supervisor.spawn import Child, SpawnError, spawn, spawn_silent
from bbopt.target.supervisor.station import Station
from bbopt.target.supervisor.usage import Meter
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["PASSED_TAG", "RECORD_TAG", "supervise"]

_TAG = "AEATK_EXECUTION_UUID"  # SMAC v2's
PASSED_TAG = "BBOPT_LIMITED_RUN"
"""The environment variable that marks the processes of a run that passes through.

It may itself be part of a target's run, whose own mark it keeps.
"""

RECORD_TAG = "BBOPT_RECORD"
"""The environment variable that says which search a process was started for."""

_OF_OUTER_RUNS = {"BBOPT_CHECKPOINT_IN", "BBOPT_CHECKPOINT_OUT", "BBOPT_BUDGET_DONE"}
"""The environment variables that a search which is itself a run does not hand on to its own runs."""

CPU_TIME_FREQUENCY_S = "0.25"
"""How often a target is asked to report its CPU time, as SMAC2 does."""

_KILL_BOUND_S = (
    10.0  # a process that SIGKILL has not ended by then hangs in the kernel or is not ours to kill
)
_KILL_PASSES = 50
_KILL_PAUSE_S = 0.002


class _Phase(enum.Enum):
    """How far the run is."""

    RUNNING = enum.auto()
    LINGERING = enum.auto()  # the main process is gone, another one may still print the result line
    TERMINATING = enum.auto()  # SIGTERM is out
    KILLING = enum.auto()  # SIGKILL until nothing is left
    OVER = enum.auto()


@dataclass(frozen=True, slots=True)
class _Start:
    """When the run began: in seconds since the epoch, and on the monotonic clock."""

    at: float
    monotonic_s: float


def supervise(order: RunOrder, station: Station) -> SupervisedRun:
    """Execute one run; when this returns, none of its processes is left (or `n_survivors` says how many)."""
    start = _Start(time.time(), time.monotonic())
    try:
        result_file = ResultFile(order.uuid) if order.has_result_file else None
    except OSError as error:
        return SupervisedRun(
            EndedBy.SPAWN, start.at, spawn_errno=error.errno, spawn_step="results file", tail=str(error)
        )
    try:
        run = _supervise(order, station, start, result_file)
    finally:
        results = result_file.take() if result_file else ""
    return replace(run, results=results) if results else run


def _supervise(
    order: RunOrder, station: Station, start: _Start, result_file: ResultFile | None
) -> SupervisedRun:
    argv, environment = order.argv, _environment(order, station)
    if result_file is not None:
        argv, environment = result_file.told_in(argv), environment | result_file.environment
    group = station.control_group() if order.limits_resources else None
    # This process goes in and out itself, so that the program is born in the group: no fork is ever outside.
    if group is not None and not group.enter():
        group = None
    try:
        child = spawn(argv, order.directory, environment, plumbing(order))
    except SpawnError as error:
        return SupervisedRun(EndedBy.SPAWN, start.at, spawn_errno=error.errno, spawn_step=error.step)
    finally:
        if group is not None:
            group.leave()
    if group is not None:
        group.limit_memory(order.memory_limit_bytes)
    return _Supervision(order, station, child, group, start).run()


def _environment(order: RunOrder, station: Station) -> dict[str, str]:
    if order.passes_through:
        return {**os.environ, PASSED_TAG: order.uuid}
    environment = {
        **{name: text for name, text in os.environ.items() if name not in _OF_OUTER_RUNS},
        **order.environment,
        "AEATK_CONCURRENT_TASK_ID": str(order.slot),
        _TAG: order.uuid,
        "AEATK_CPU_TIME_FREQUENCY": CPU_TIME_FREQUENCY_S,
    }
    if station.report_port is not None:
        environment["AEATK_PORT"] = str(station.report_port)
    if order.record:
        environment[RECORD_TAG] = order.record
    return environment


class _Supervision:
    """The state of a run under way; `_phase` only ever moves forward."""

    def __init__(
        self,
        order: RunOrder,
        station: Station,
        child: Child,
        group: ControlGroup | None,
        start: _Start,
    ) -> None:
        self._order = order
        self._station = station
        self._group = group
        self._main_pid = child.pid
        self._start = start
        self._output = open_output(order, child, station)
        self._meter = Meter(group)
        self._limits = LimitWatch(order, self._meter, group, start.monotonic_s)
        self._phase = _Phase.RUNNING
        self._deadline_s = self._limit_deadline_s = self._end_of_time_s()
        self._ended_by = EndedBy.EXIT
        self._exit_status: int | None = None
        self._end_s: float | None = None
        self._is_tree_empty = False
        self._strays: set[int] = set()
        self._n_survivors = 0
        self._notes: list[str] = []

    def run(self) -> SupervisedRun:
        """Handle events until the run is over."""
        while True:
            self._advance()  # first, because a cancellation may have come together with the order
            if self._phase is _Phase.OVER:
                break
            self._station.handle_events(self._wait_s())
            self._output.tell_news()
            self._reap()
        self._output.finish()
        self._meter.finish()
        if self._ended_by is EndedBy.EXIT and self._limits.was_out_of_memory():
            self._ended_by = EndedBy.MEMORY
        return self._report()

    # Processes

    def _reap(self) -> None:
        """Collect every ended descendant that is ours to collect, and its use of resources."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                # A living descendant would stand below a living child of this process.
                self._is_tree_empty = True
                return
            if pid == 0:
                return
            self._meter.account(usage)
            if pid == self._main_pid and self._exit_status is None:
                self._exit_status = os.waitstatus_to_exitcode(status)
                self._end_s = time.monotonic()

    # Phases

    def _end_of_time_s(self) -> float | None:
        limits_s = [
            limit_s for limit_s in (self._order.limit_s, self._order.wall_limit_s) if limit_s is not None
        ]
        return self._start.monotonic_s + min(limits_s) if limits_s else None

    def _wait_s(self) -> float | None:
        if self._phase is _Phase.KILLING:
            return _KILL_PAUSE_S
        wake_s = self._limits.next_look_s
        wake_s = min(wake_s, self._output.news_due_s, self._station.lease_end_s)
        if self._deadline_s is not None:
            wake_s = min(wake_s, self._deadline_s)
        return max(0.0, wake_s - time.monotonic())

    def _is_past_deadline(self) -> bool:
        return self._deadline_s is not None and time.monotonic() >= self._deadline_s

    def _advance(self) -> None:
        if self._is_tree_empty:
            if self._phase is _Phase.LINGERING:
                self._end_s = time.monotonic()
            self._phase = _Phase.OVER
        elif self._phase is _Phase.RUNNING:
            self._while_running()
        elif self._phase is _Phase.LINGERING:
            self._while_lingering()
        elif self._phase is _Phase.TERMINATING:
            if self._must_not_wait():
                self._start_killing()
        else:
            self._kill()

    def _while_running(self) -> None:
        # The exit first: a run that ends by itself in the moment of a limit has not been ended by it.
        if self._exit_status is not None:
            self._phase = _Phase.LINGERING
            self._deadline_s = time.monotonic() + self._order.grace_s
            if self._limit_deadline_s is not None:
                self._deadline_s = min(self._deadline_s, self._limit_deadline_s)
            self._while_lingering()
        elif self._is_cancelled():
            self._stop(EndedBy.CANCELLED)
        elif self._is_past_deadline():
            self._stop(EndedBy.WALL if self._is_wall_limit_first() else EndedBy.GUARD)
        elif self._reports_too_much_cpu():
            self._stop(EndedBy.GUARD)
        elif reason := self._limits.violation(self._output.n_bytes):
            self._stop(reason)

    def _while_lingering(self) -> None:
        """The main process has left others behind: they go when they can't add the result line any more."""
        reason = self._limits.violation(self._output.n_bytes)
        if reason:
            self._ended_by = reason
        elif self._output.may_bring_result() and not self._is_past_deadline() and not self._is_cancelled():
            return
        self._end_s = time.monotonic()
        self._strays.update(process_tree.descendants())
        self._start_terminating()

    def _must_not_wait(self) -> bool:
        """Whether the time of grace is over."""
        is_hurried = self._station.hurried_uuid == self._order.uuid
        is_hurried = is_hurried or self._is_lease_over()
        return self._is_past_deadline() or is_hurried or self._limits.is_memory_running_away()

    def _is_cancelled(self) -> bool:
        is_unwanted = self._station.is_abandoned or self._station.cancelled_uuid == self._order.uuid
        return is_unwanted or self._is_lease_over()

    def _is_lease_over(self) -> bool:
        return time.monotonic() >= self._station.lease_end_s

    def _is_wall_limit_first(self) -> bool:
        limit_s, wall_limit_s = self._order.limit_s, self._order.wall_limit_s
        return wall_limit_s is not None and (limit_s is None or wall_limit_s <= limit_s)

    def _reports_too_much_cpu(self) -> bool:
        reported_s, limit_s = self._station.reported_cpu_s, self._order.limit_s
        return reported_s is not None and limit_s is not None and reported_s > limit_s

    def _stop(self, reason: EndedBy) -> None:
        self._ended_by = reason
        self._start_terminating()

    def _start_terminating(self) -> None:
        self._phase = _Phase.TERMINATING
        self._deadline_s = time.monotonic() + self._order.grace_s
        process_tree.terminate_descendants()
        if self._order.kill_command:
            told = (_TAG, self._order.uuid, str(self._main_pid))
            self._start_kill_command([*self._order.kill_command, *told])

    def _start_kill_command(self, argv: list[str]) -> None:
        """It has the time of grace: like all descendants it is gone when the run is over."""
        try:
            spawn_silent(argv, os.environ)
        except SpawnError as error:
            self._notes.append(f"cli-kill-by-environment-cmd could not be started: {error}")

    def _start_killing(self) -> None:
        self._phase = _Phase.KILLING
        self._deadline_s = time.monotonic() + _KILL_BOUND_S
        self._kill()

    def _kill(self) -> None:
        """Several passes in a row, because a chain of forks is faster than one."""
        if self._group is not None:
            self._group.kill()
        for _ in range(_KILL_PASSES):
            process_tree.kill_descendants()
            self._reap()
            if self._is_tree_empty:
                self._phase = _Phase.OVER
                return
        if self._is_past_deadline():
            self._n_survivors = len(process_tree.descendants())
            self._phase = _Phase.OVER

    # Report

    def _report(self) -> SupervisedRun:
        end_s = time.monotonic() if self._end_s is None else self._end_s
        of_output = self._output.report()
        of_output["notes"] = [*of_output.get("notes", ()), *self._notes]
        return SupervisedRun(
            ended_by=self._ended_by,
            started_at=self._start.at,
            wallclock_s=end_s - self._start.monotonic_s,
            exit_status=self._exit_status,
            cpu_s=self._meter.cpu_s,
            memory_bytes=self._meter.memory_bytes,
            reported_cpu_s=self._station.reported_cpu_s,
            n_strays=len(self._strays),
            n_survivors=self._n_survivors,
            n_processors=N_PROCESSORS,
            control=self._control(),
            **of_output,
        )

    def _control(self) -> str:
        if not self._order.limits_resources:
            return ""
        abilities = self._group.abilities if self._group else ()
        return "the process tree" + (f" and a control group ({', '.join(abilities)})" if abilities else "")
