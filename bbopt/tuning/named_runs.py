"""The runs under way as people know them, and which of them somebody wants to be ended."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bbopt.executors import Executor, FinishedRun, RunNumbers, RunProgress
from bbopt.runs import ENDED_BY_USER, RunRequest, RunStatus
from bbopt.stores import RunUnderWay

__all__ = ["NamedRuns"]


@dataclass(frozen=True, slots=True)
class _Run:
    """A run under way."""

    name: str
    slot: int
    started_at: float
    request: RunRequest
    latest: str = ""

    def shown(self) -> RunUnderWay:
        """The same for people."""
        request = self.request
        settings = request.configuration.call_text()
        return RunUnderWay(
            self.name,
            self.slot,
            self.started_at,
            settings,
            request.instance.name,
            request.seed,
            self.latest,
        )


@dataclass(slots=True)
class _Asked:
    """Who wants a run to be ended, and when its time of grace is over, None when it is."""

    by: str
    kill_at_s: float | None


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

    def progressed(self, of_run: RunProgress) -> None:
        """A run has told its metric again."""
        if (run := self._runs.get(of_run.ticket)) is not None:
            self._runs[of_run.ticket] = replace(run, latest=f"{of_run.value:.6g} (step {of_run.step})")

    def ended(self, finished: FinishedRun) -> FinishedRun:
        """The run with its name; one that was ended because somebody asked for it has failed."""
        run, asked = self._runs.pop(finished.ticket, None), self._asked.pop(finished.ticket, None)
        result = finished.result
        if run is not None and not result.run_id:
            result = replace(result, run_id=run.name)
        if asked is not None and result.status is RunStatus.KILLED:
            by = f" ({asked.by})" if asked.by else ""
            result = replace(result, status=RunStatus.CRASHED, reason=f"{ENDED_BY_USER}{by}")
        return replace(finished, result=result)

    def end(self, names: Iterable[str], by: str, grace_s: float) -> None:
        """Have these runs ended; others are over already."""
        for ticket, run in self._runs.items():
            if run.name in names and ticket not in self._asked:
                self._asked[ticket] = _Asked(by, time.monotonic() + grace_s)
                self._executor.cancel([ticket])

    def kill_overdue(self) -> None:
        """Kill those that were asked to end and have had their time."""
        for ticket, asked in self._asked.items():
            if asked.kill_at_s is not None and time.monotonic() >= asked.kill_at_s:
                asked.kill_at_s = None
                self._executor.cancel([ticket])
