"""From what was seen of a run to its result."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import Curve, RunRequest, RunResult, RunStatus
from bbopt.target.answers import Metrics
from bbopt.target.answers.answer_format import TargetReport, crashed, unfinished_runtime_s
from bbopt.target.call import TargetCommand
from bbopt.target.found_numbers import UnusableError
from bbopt.target.measured import AS_REPORTED, Timing
from bbopt.target.process_words import exit_in_words, spawn_problem
from bbopt.target.supervisor.checkpoint_folder import FULL
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun
from bbopt.target.usual_failures import usual_remedy

__all__ = ["RunOutcome", "conclude"]

_N_SHOWN_LINES = 10
_MAX_SHOWN_CHARS = 300
_UNKNOWN_RUNLENGTH = -1.0
_FOLDERS = {
    "folder": "the run folder {folder} can't be made",
    "checkpoints": "the folder for the run's checkpoint can't be made",
}
_LIMITS = {
    EndedBy.GUARD: "at a multiple of its cutoff (kill-run-exceeding-captime-factor)",
    EndedBy.WALL: "for run-wallclock-limit",
    EndedBy.CPU: "for its CPU time",
    EndedBy.MEMORY: "for memory-limit",
    EndedBy.OUTPUT: "for output-limit",
}


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The result of a run, and what the user should be warned of beside it.

    One that `lacks_room` was not started, or has failed, because a disk is full: it is worth another try.
    """

    result: RunResult
    warnings: tuple[str, ...] = ()
    lacks_room: bool = False


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A status with its reason; the numbers are the target's where it reported them."""

    status: RunStatus
    runtime_s: float
    quality: float
    runlength: float = _UNKNOWN_RUNLENGTH
    additional: str = ""
    reason: str = ""


def conclude(
    request: RunRequest,
    run: SupervisedRun,
    command: TargetCommand,
    crashed_quality: float,
    timing: Timing = AS_REPORTED,
) -> RunOutcome:
    """The result of `run`, which executed `request`.

    A valid answer decides, even when the run had to be ended after it was printed, and a result line does so
    whatever the exit status.  Only a cancelled run is KILLED in any case.  A run without a reported
    quality gets `crashed_quality`.

    A run that was ended by the memory limit, and reports no more than its failure, is a TIMEOUT where runs
    are for their time, as with GenericWrapper4AC and runsolver: it has not solved its instance with what it
    was given, and a longer cutoff would change nothing.  Otherwise it is CRASHED: its quality is unknown.

    With a `timing` that measures, the measured time is the runtime, and a solved run that has taken its
    cutoff or more is a TIMEOUT.

    A run beyond a limit of a metric is UNSAT, with the `crashed_quality` or a larger one.
    """
    report, metrics = _negated(command.answer.report(request, run), command), command.metrics.read(run)
    report = _limited(report, command, metrics, crashed_quality)
    verdict = _ended_by_limit(request, run, report, crashed_quality, timing) or _verdict(
        request, run, report, command, crashed_quality
    )
    verdict = _with_measured_runtime(verdict, request, run, timing)
    result = RunResult(
        status=verdict.status,
        runtime_s=verdict.runtime_s,
        runlength=verdict.runlength,
        quality=verdict.quality,
        additional=verdict.additional,
        wallclock_s=run.wallclock_s,
        cpu_s=run.cpu_s,
        memory_bytes=run.memory_bytes,
        started_at=run.started_at,
        reason=verdict.reason,
        metrics=metrics.values,
        curve=_curve(run, command),
    )
    lacks_room = run.spawn_step in _FOLDERS and run.spawn_errno in FULL
    lacks_room = lacks_room or (run.lacks_room and result.status is RunStatus.CRASHED)
    return RunOutcome(result, _warnings(run, report), lacks_room)


def _verdict(
    request: RunRequest,
    run: SupervisedRun,
    report: TargetReport,
    command: TargetCommand,
    crashed_quality: float,
) -> _Verdict:
    if run.ended_by is EndedBy.CANCELLED:
        reason = "the optimizer cancelled the run"
        return _Verdict(RunStatus.KILLED, _time_used(run), crashed_quality, reason=reason)
    if run.stage_problem and not run.ended_by.is_limit:
        reason = _explained(run.stage_problem, request, run, command)
        return _Verdict(RunStatus.CRASHED, run.wallclock_s, crashed_quality, reason=reason)
    if report.runtime_s is not None and report.quality is not None:
        reason = report.reason or _reported_failure(request, run, report, command)
        return _Verdict(
            report.status, report.runtime_s, report.quality, report.runlength, report.additional, reason
        )
    if run.ended_by.is_out_of_time and command.answer.is_unfinished(run):
        runtime_s = unfinished_runtime_s(run, request.cutoff_s)
        return _Verdict(RunStatus.TIMEOUT, runtime_s, crashed_quality, reason=_why_out_of_time(request, run))
    reason = _crash_reason(request, run, report, command)
    return _Verdict(RunStatus.CRASHED, run.wallclock_s, crashed_quality, reason=reason)


def _ended_by_limit(
    request: RunRequest, run: SupervisedRun, report: TargetReport, crashed_quality: float, timing: Timing
) -> _Verdict | None:
    """The verdict on a run that was ended for its memory or output, unless it had a result by then."""
    if run.ended_by not in {EndedBy.MEMORY, EndedBy.OUTPUT} or not report.status.is_failure:
        return None
    if run.ended_by is EndedBy.OUTPUT:
        reason = f"killed after it had printed {run.n_output_bytes} bytes, more than output-limit allows"
        return _Verdict(RunStatus.CRASHED, run.wallclock_s, crashed_quality, reason=reason)
    reason = f"killed after {_used(run)}, because it used more memory than memory-limit allows"
    if timing.is_objective and request.cutoff_s < LARGEST_DOUBLE:
        return _Verdict(RunStatus.TIMEOUT, request.cutoff_s, crashed_quality, reason=reason)
    return _Verdict(RunStatus.CRASHED, run.wallclock_s, crashed_quality, reason=reason)


def _negated(report: TargetReport, command: TargetCommand) -> TargetReport:
    """What is maximised is negated, for the smallest quality is the best one."""
    if not command.metrics.settings.is_maximised or report.quality is None:
        return report
    return replace(report, quality=0.0 - report.quality)


def _limited(
    report: TargetReport, command: TargetCommand, metrics: Metrics, crashed_quality: float
) -> TargetReport:
    """The report of a run that has worked, if all its metrics are as they must be."""
    limits = command.metrics.settings.limits
    if not report.status.is_solved or not limits:
        return report
    try:
        values = [(limit, metrics.number(limit.name)) for limit in limits]
    except UnusableError as error:
        return crashed(f"{error}; metric-limit needs it", error.remedy)
    beyond = [f"{limit.name} is {value:g}" for limit, value in values if not limit.is_kept_by(value)]
    if not beyond:
        return report
    reason = f"{' and '.join(beyond)}, against metric-limit = {', '.join(map(str, limits))}"
    quality = max(report.quality or 0.0, crashed_quality)
    return replace(report, status=RunStatus.UNSAT, quality=quality, reason=reason)


def _curve(run: SupervisedRun, command: TargetCommand) -> Curve:
    """The course of the optimised metric; the single value of a run that was not cut short is none."""
    seen = run.seen.get(command.metrics.settings.optimised)
    n_least = 1 if run.ended_by is EndedBy.CANCELLED else 2
    return Curve(seen.steps, seen.values) if seen is not None and len(seen.steps) >= n_least else Curve()


def _why_out_of_time(request: RunRequest, run: SupervisedRun) -> str:
    silence = "" if run.n_output_bytes else " (it had printed nothing; what a program buffers is lost then)"
    if run.ended_by is EndedBy.WALL:
        return f"killed after {_used(run)}, all that run-wallclock-limit allows{silence}"
    return f"killed after {_used(run)}; its cutoff was {request.cutoff_s:g} s{silence}"


def _with_measured_runtime(
    verdict: _Verdict, request: RunRequest, run: SupervisedRun, timing: Timing
) -> _Verdict:
    measured_s = timing.source.measured_s(run)
    if measured_s is None:
        return verdict
    if verdict.status.is_solved and measured_s >= request.cutoff_s:
        verdict = replace(verdict, status=RunStatus.TIMEOUT)
    return replace(verdict, runtime_s=measured_s)


def _used(run: SupervisedRun) -> str:
    """What a run had used when it was killed: time, and what else is of interest."""
    time_used = f"{run.wallclock_s:.1f} s"
    if run.ended_by is EndedBy.CPU and run.cpu_s is not None:
        return f"{run.cpu_s:.1f} s of CPU time in {time_used}"
    if run.ended_by is EndedBy.MEMORY and run.memory_bytes is not None:
        return f"{time_used} with {run.memory_bytes / 1e6:.0f} MB"
    return time_used


def _time_used(run: SupervisedRun) -> float:
    """What a run has used, by its own account if it gave one."""
    return run.wallclock_s if run.reported_cpu_s is None else run.reported_cpu_s


def _reported_failure(
    request: RunRequest, run: SupervisedRun, report: TargetReport, command: TargetCommand
) -> str:
    if report.status.is_failure:
        why = f": {report.additional}" if report.additional else ""
        return _explained(f"the target reported {report.status.value}{why}", request, run, command)
    return ""


def _crash_reason(
    request: RunRequest, run: SupervisedRun, report: TargetReport, command: TargetCommand
) -> str:
    """Why a run without a valid report counts as CRASHED."""
    if run.ended_by is EndedBy.SPAWN:
        if run.spawn_step in _FOLDERS:
            return f"{_FOLDERS[run.spawn_step].format(folder=command.directory)}: {run.tail}"
        problem = spawn_problem(run.spawn_errno or 0, run.spawn_step, command.algo[0], command.directory)
        return f"{problem}\n  command:  {command.shell_line(request)}"
    if run.ended_by is EndedBy.SUPERVISOR:
        what = f"the process that watched over the run {run.tail}"
        return f"{what}\n  command:  {command.shell_line(request)}"
    problem, end = report.problem or "no result line was printed", _end_in_words(run)
    if run.lacks_room:
        problem = f"the disk of its checkpoint is full; {problem}"
    what = f"{problem if end in problem else f'{problem}; {end}'}\n  expected: {command.answer.expected}"
    by_itself = run.exit_status if run.ended_by is EndedBy.EXIT else None
    remedy = report.remedy or usual_remedy(run.tail, by_itself)
    what += f"\n  remedy:   {remedy}" if remedy else ""
    return _explained(what, request, run, command)


def _explained(what: str, request: RunRequest, run: SupervisedRun, command: TargetCommand) -> str:
    return f"{what}\n  command:  {command.shell_line(request)}\n{_last_lines(run.tail)}"


def _end_in_words(run: SupervisedRun) -> str:
    if run.ended_by.is_out_of_time:
        return f"the run was killed after {_used(run)}"
    if run.exit_status is None:
        return "the program did not end"
    return f"the program {exit_in_words(run.exit_status)}"


def _last_lines(tail: str) -> str:
    lines = tail.splitlines()[-_N_SHOWN_LINES:]
    if not lines:
        return "  output:   none"
    shown = [line if len(line) <= _MAX_SHOWN_CHARS else line[:_MAX_SHOWN_CHARS] + "..." for line in lines]
    return "\n".join(["  last lines of output:", *(f"    {line}" for line in shown)])


def _warnings(run: SupervisedRun, report: TargetReport) -> tuple[str, ...]:
    warnings = [*report.warnings, *run.notes]
    if run.ended_by.is_limit and report.problem is None:
        why = f"{_LIMITS[run.ended_by]}, after {_used(run)}"
        warnings.append(f"the program had to be ended {why}: what it had reported counts")
    if run.n_survivors:
        warnings.append(f"{run.n_survivors} processes of the run could not be killed")
    return tuple(warnings)
