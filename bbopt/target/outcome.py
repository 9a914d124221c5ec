"""From what was seen of a run to its result."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.target.call import TargetCommand
from bbopt.target.exit_status import exit_in_words
from bbopt.target.program import spawn_problem
from bbopt.target.result_line import TargetReport
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["RunOutcome", "conclude"]

_N_SHOWN_LINES = 10
_MAX_SHOWN_CHARS = 300
_UNKNOWN_RUNLENGTH = -1.0


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The result of a run, and what the user should be warned of beside it."""

    result: RunResult
    warnings: tuple[str, ...] = ()


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
    request: RunRequest, run: SupervisedRun, command: TargetCommand, crashed_quality: float
) -> RunOutcome:
    """The result of `run`, which executed `request`.

    A valid answer decides, and a result line does so whatever the exit status and even when the guard ended
    the run after it was printed.  Only a cancelled run is KILLED in any case.  A run without a reported
    quality gets `crashed_quality`.
    """
    report = command.answer.report(request, run)
    verdict = _verdict(request, run, report, command, crashed_quality)
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
    )
    return RunOutcome(result, _warnings(run, report))


def _verdict(
    request: RunRequest,
    run: SupervisedRun,
    report: TargetReport,
    command: TargetCommand,
    crashed_quality: float,
) -> _Verdict:
    if run.ended_by == "cancelled":
        reason = "the optimizer cancelled the run"
        return _Verdict(RunStatus.KILLED, _time_used(run), crashed_quality, reason=reason)
    if report.runtime_s is not None and report.quality is not None:
        reason = _reported_failure(request, run, report, command)
        return _Verdict(
            report.status, report.runtime_s, report.quality, report.runlength, report.additional, reason
        )
    if run.ended_by == "guard" and command.answer.is_unfinished(run):
        reason = f"killed after {run.wallclock_s:.1f} s, far beyond its cutoff of {request.cutoff_s:g} s"
        return _Verdict(RunStatus.TIMEOUT, request.cutoff_s, crashed_quality, reason=reason)
    reason = _crash_reason(request, run, report, command)
    return _Verdict(RunStatus.CRASHED, run.wallclock_s, crashed_quality, reason=reason)


def _time_used(run: SupervisedRun) -> float:
    """What a run has used, by its own account if it gave one."""
    return run.wallclock_s if run.reported_cpu_s is None else run.reported_cpu_s


def _reported_failure(
    request: RunRequest, run: SupervisedRun, report: TargetReport, command: TargetCommand
) -> str:
    if report.status in {RunStatus.CRASHED, RunStatus.ABORT}:
        return _explained(f"the target reported {report.status.value}", request, run, command)
    return ""


def _crash_reason(
    request: RunRequest, run: SupervisedRun, report: TargetReport, command: TargetCommand
) -> str:
    """Why a run without a valid report counts as CRASHED."""
    if run.ended_by == "spawn":
        problem = spawn_problem(run.spawn_errno or 0, run.spawn_step, command.algo[0], command.directory)
        return f"{problem}\n  command:  {command.shell_line(request)}"
    if run.ended_by == "supervisor":
        what = f"the process that watched over the run {run.tail}"
        return f"{what}\n  command:  {command.shell_line(request)}"
    problem = report.problem or "no result line was printed"
    what = f"{problem}; {_end_in_words(run)}\n  expected: {command.answer.expected}"
    return _explained(what, request, run, command)


def _explained(what: str, request: RunRequest, run: SupervisedRun, command: TargetCommand) -> str:
    return f"{what}\n  command:  {command.shell_line(request)}\n{_last_lines(run.tail)}"


def _end_in_words(run: SupervisedRun) -> str:
    if run.ended_by == "guard":
        return f"the run was killed after {run.wallclock_s:.1f} s"
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
    if run.n_survivors:
        warnings.append(f"{run.n_survivors} processes of the run could not be killed")
    return tuple(warnings)
