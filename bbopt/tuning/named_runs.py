"""The runs under way as people know them, and which of them somebody wants to be ended."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bbopt.executors import Executor, FinishedRun, RunNumbers, RunProgress
from bbopt.runs import ENDED_AS_HOPELESS, ENDED_BY_USER, Curve, RunRequest, RunStatus
from bbopt.stores import RunUnderWay
from bbopt.target.supervisor.metric_series import GrowingCurve

__all__ = ["NamedRuns"]


@dataclass(slots=True)
class _Run:
    """A run under way, with what it has told of its metric."""

    name: str
    slot: int
    started_at: float
    request: RunRequest
    course: GrowingCurve = field(default_factory=GrowingCurve)

    def shown(self) -> RunUnderWay:
        """The same for people."""
        request, last = self.request, self.course.last
        settings = request.configuration.call_text()
        return RunUnderWay(
            self.name,
            self.slot,
            self.started_at,
            settings,
            request.instance.name,
            request.seed,
            "" if last is None else f"{last[1]:.6g} (step {last[0]})",
            request.runlength,
        )


@dataclass(slots=True)
class _Asked:
    """Why a run is to be ended; when its time of grace is over, None where that is not for us to say."""

    why: str
    status: RunStatus
    kill_at_s: float | None = None


class NamedRuns:
    """The runs of a queue by their tickets; those without a name get one of `numbers`."""

    def __init__(self, executor: Executor, numbers: RunNumbers) -> None:
        self._executor = executor
        self._numbers = numbers
        self._runs: dict[int, _Run] = {}
        self._asked: dict[int, _Asked] = {}

    @property
    def under_way(self) -> tuple[RunUnderWay, ...]:
        """Those that have not ended."""
        return tuple(run.shown() for run in self._runs.values())

    def started(self, ticket: int, request: RunRequest) -> None:
        """A run begins, in the first slot that no other one has."""
        used = {run.slot for run in self._runs.values()}
        slot = next(number for number in itertools.count() if number not in used)
        name = self._executor.run_name(ticket) or self._numbers.next_name()
        self._runs[ticket] = _Run(name, slot, time.time(), request)

    def progressed(self, of_run: RunProgress) -> Curve | None:
        """A run has told its metric again; its course so far, None where it is being ended."""
        run = self._runs.get(of_run.ticket)
        if run is None:
            return None
        for step, value in (*of_run.earlier, (of_run.step, of_run.value)):
            run.course.add(step, value)
        return None if of_run.ticket in self._asked else Curve(*run.course.points())

    def ended(self, finished: FinishedRun) -> FinishedRun:
        """The run with its name; one that was ended because somebody asked for it has failed.

        One that was given up says so.
        """
        run, asked = self._runs.pop(finished.ticket, None), self._asked.pop(finished.ticket, None)
        result = finished.result
        if run is not None and not result.run_id:
            result = replace(result, run_id=run.name)
        if asked is not None and result.status is RunStatus.KILLED:
            result = replace(result, status=asked.status, reason=asked.why)
        return replace(finished, result=result)

    def end(self, names: Iterable[str], by: str, grace_s: float) -> None:
        """Have these runs ended; others are over already."""
        why = f"{ENDED_BY_USER} ({by})" if by else ENDED_BY_USER
        for ticket, run in self._runs.items():
            if run.name in names:
                self._end(ticket, _Asked(why, RunStatus.CRASHED, time.monotonic() + grace_s))

    def give_up(self, ticket: int, why: str) -> None:
        """Have a run ended as hopeless, with the time of grace that any run gets."""
        self._end(ticket, _Asked(f"{ENDED_AS_HOPELESS}: {why}", RunStatus.KILLED))

    def _end(self, ticket: int, asked: _Asked) -> None:
        if ticket not in self._asked:
            self._asked[ticket] = asked
            self._executor.cancel([ticket])

    def kill_overdue(self) -> None:
        """Kill those that were asked to end and have had their time."""
        for ticket, asked in self._asked.items():
            if asked.kill_at_s is not None and time.monotonic() >= asked.kill_at_s:
                asked.kill_at_s = None
                self._executor.cancel([ticket])
