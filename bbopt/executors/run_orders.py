"""What all runs of an executor have in common: the target's call, its limits, how a run is judged."""

from __future__ import annotations

import itertools
import logging
import socket
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bbopt.executors.executor import FinishedRun, RunProgress
from bbopt.executors.folder_keeper import FolderKeeper
from bbopt.executors.run_places import RunPlace, RunPlaces
from bbopt.once import Once
from bbopt.runs import RunRequest, RunStatus
from bbopt.target.call import TargetCommand
from bbopt.target.call_formats import GivenCall
from bbopt.target.measured import AS_REPORTED, Timing, doubts
from bbopt.target.outcome import RunOutcome, conclude
from bbopt.target.supervisor.run_folder import FolderOrder
from bbopt.target.supervisor.wire import EndedBy, LatestValue, RunOrder, SupervisedRun

__all__ = ["RunOrders", "at_place", "finished_run", "free_slot", "run_progress"]

_LOG = logging.getLogger(__name__)
_LONGEST_LIMIT_S = 1e9  # beyond it, there is no limit: no machine stays up for 30 years


@dataclass(frozen=True, slots=True)
class RunOrders:
    """How runs of `command` are ordered, and judged.

    A run is killed when its wall time exceeds `wall_limit_s`.  It is killed, too, when its wall time, the CPU
    time of its processes, or the CPU time that it reports exceeds `guard_factor` times its cutoff (None:
    never): for the CPU time of its processes not before its wall time has reached the cutoff, so that a
    parallel program is not punished.  A program that is no wrapper may use CPU time up to the cutoff itself.
    A run is also killed when its processes use more than `memory_limit_bytes` together, or print more than
    `output_limit_bytes`.  `grace_s` lies between SIGTERM and SIGKILL; `kill_command` (absolute, or found on
    the PATH) helps to find what must be killed.

    All output is appended to `output_log`, if given.  `record` names the search they belong to.  `places`
    gives each run what is its own, and `keeper` hears of the folders of runs that are over.
    `crashed_quality` stands for a quality that was not reported; `timing` says what runtimes mean.  `told`
    is what was said once.
    """

    command: TargetCommand
    guard_factor: float | None = 10.0
    grace_s: float = 2.0
    output_log: Path | None = None
    crashed_quality: float = 1e9
    memory_limit_bytes: int | None = None
    output_limit_bytes: int | None = None
    timing: Timing = AS_REPORTED
    kill_command: tuple[str, ...] = ()
    record: str = ""
    wall_limit_s: float | None = None
    places: RunPlaces = field(default_factory=RunPlaces)
    keeper: FolderKeeper | None = None
    told: Once = field(default_factory=Once, repr=False, compare=False)

    def order(self, request: RunRequest, slot: int) -> RunOrder:
        """The order to execute `request` in a slot, with a fresh uuid; all its paths are absolute."""
        name = str(uuid.uuid4())
        return self.order_at(self.places.place(request, slot, name), request, slot, name)

    def order_at(self, place: RunPlace, request: RunRequest, slot: int, name: str) -> RunOrder:
        """The same where the place and the uuid `name` are known."""
        limit_s = None if self.guard_factor is None else self.guard_factor * request.cutoff_s
        limit_s = None if limit_s is None or limit_s > _LONGEST_LIMIT_S else limit_s
        command = self.command.meant_by(request)
        is_wrapper, patterns = command.answer.is_from_wrapper, list(command.answer.patterns)
        metrics = command.metrics
        command = self._in_place(command, place)
        request = command.told_where(request)
        return RunOrder(
            argv=command.argv(request),
            directory=str(command.directory.absolute()),
            slot=slot,
            uuid=name,
            limit_s=limit_s,
            grace_s=self.grace_s,
            output_log=None if self.output_log is None else str(self.output_log.absolute()),
            cpu_limit_s=limit_s if is_wrapper else _smaller(limit_s, request.cutoff_s),
            cpu_free_s=0.0 if limit_s is None or not is_wrapper else request.cutoff_s,
            memory_limit_bytes=self.memory_limit_bytes,
            output_limit_bytes=self.output_limit_bytes,
            patterns=patterns,
            metrics=metrics.searches,
            has_result_file=metrics.settings.are_wanted,
            searches_stderr=not is_wrapper or (metrics.settings.are_wanted and not patterns),
            kill_command=list(self.kill_command),
            record=self.record,
            wall_limit_s=self.wall_limit_s,
            run_id=place.run_id,
            environment=place.environment,
            folder=self._folder(request, place),
            checkpoint_out=place.checkpoint_out,
        )

    def _in_place(self, command: TargetCommand, place: RunPlace) -> TargetCommand:
        folders = self.places.folders
        command = command.in_run(place.facts)
        if folders is None or place.folder is None:
            return command
        return command.in_folder(str(place.folder), folders.settings.names)

    def _folder(self, request: RunRequest, place: RunPlace) -> FolderOrder | None:
        folders = self.places.folders
        if folders is None or place.folder is None:
            return None
        return folders.order(request, place.run_id, place.folder, place.facts)

    def conclude(self, request: RunRequest, run: SupervisedRun, order: RunOrder | None = None) -> RunOutcome:
        """The result of `run`, which executed `request` by the `order`, None where it came to none.

        It warns of a runtime that can't be right only once for each reason: the next ones will be no better.
        """
        if run.control and self.told.is_news(run.control):
            _LOG.info("Runs are measured and limited by means of %s.", run.control)
        command = self.command.meant_by(request)
        if order is not None and order.folder is not None:
            command = _as_ordered(command, order)
        outcome = conclude(request, run, command, self.crashed_quality, self.timing)
        if order is not None:
            outcome = replace(outcome, result=replace(outcome.result, run_id=order.run_id))
            if self.keeper is not None and not request.is_retraining:
                self.keeper.ended(order.run_id, outcome.result)
            if self.places.checkpoints is not None and order.checkpoint_out:
                self.places.checkpoints.ended(order.checkpoint_out, run, outcome.result)
        found = doubts(run, outcome.result, self.timing)
        news = [text for kind, text in found.items() if self.told.is_news(kind)]
        return replace(outcome, warnings=(*outcome.warnings, *news)) if news else outcome


def free_slot(orders: Iterable[RunOrder]) -> int:
    """The lowest number of a slot that none of the orders has."""
    used = {order.slot for order in orders}
    return next(number for number in itertools.count() if number not in used)


def run_progress(ticket: int, request: RunRequest, latest: LatestValue) -> RunProgress:
    """What an executor tells of a run under way."""
    earlier = tuple((step, value) for step, value in latest.earlier)
    return RunProgress(ticket, request, latest.n, latest.step, latest.value, earlier)


def finished_run(ticket: int, request: RunRequest, run: SupervisedRun, outcome: RunOutcome) -> FinishedRun:
    """What an executor hands back."""
    return FinishedRun(ticket, request, outcome.result, run.tail, outcome.warnings, outcome.lacks_room)


def at_place(outcome: RunOutcome, run: SupervisedRun, place: str) -> RunOutcome:
    """Say where a run has crashed, by the worker's `place` (host first), and what each machine must have."""
    if outcome.result.status is not RunStatus.CRASHED or not place:
        return outcome
    lines = [outcome.result.reason, f"  worker:   {place}"]
    if run.ended_by is EndedBy.SPAWN and place.split(" ", 1)[0] != socket.gethostname():
        lines.append(
            "  remedy:   the target and its directory must have the same paths on all workers' machines"
        )
    return replace(outcome, result=replace(outcome.result, reason="\n".join(lines)))


def _as_ordered(command: TargetCommand, order: RunOrder) -> TargetCommand:
    """The command of a run as it was made in its folder."""
    words = tuple(order.argv)
    folder = order.directory if order.folder is None else order.folder.kept_at or order.folder.path
    return replace(
        command, algo=words, directory=Path(folder), directory_text=folder, call_format=GivenCall(words)
    )


def _smaller(limit_s: float | None, cutoff_s: float) -> float | None:
    return None if limit_s is None else min(limit_s, cutoff_s)
