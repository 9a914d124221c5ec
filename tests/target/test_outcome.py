from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import RunResult, RunStatus
from bbopt.target import RunOutcome, RuntimeSource, TargetCommand, Timing, conclude
from bbopt.target.measured import AS_REPORTED
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import RESULT, request

COMMAND = TargetCommand(("./solver.py",), Path("/nowhere"), "/nowhere/.")
CRASHED_QUALITY = 1e9


def outcome(
    ended_by: str = "exit",
    lines: tuple[str, ...] = (),
    timing: Timing = AS_REPORTED,
    cutoff_s: float = 2.0,
    **seen: Any,
) -> RunOutcome:
    run = SupervisedRun(
        **{
            "ended_by": ended_by,
            "started_at": 100.0,
            "wallclock_s": 3.0,
            "result_lines": lines,
            "n_result_lines": len(lines),
            "exit_status": 0,
            "cpu_s": 2.5,
            "memory_bytes": 1000,
            **seen,
        }
    )
    return conclude(request(cutoff_s=cutoff_s), run, COMMAND, CRASHED_QUALITY, timing)


def numbers(result: RunResult) -> tuple[float, float, float]:
    return result.runtime_s, result.runlength, result.quality


@pytest.mark.parametrize(
    "seen",
    [{}, {"exit_status": 9}, {"exit_status": -11}, {"ended_by": "guard", "exit_status": -9}, {"torn": True}],
)
def test_valid_line_wins(seen: dict[str, Any]) -> None:
    result = outcome(lines=(f"{RESULT}, extra",), **seen).result
    assert result.status is RunStatus.SAT
    assert numbers(result) == (1.5, 2.0, 0.25)
    assert (result.additional, result.reason) == ("extra", "")
    assert (result.wallclock_s, result.cpu_s, result.memory_bytes, result.started_at) == (
        3.0,
        2.5,
        1000,
        100.0,
    )


@pytest.mark.parametrize(
    "seen", [{}, {"lines": ("Result for SMAC: SAT, 1.",), "torn": True}], ids=["none", "torn"]
)
def test_guard_without_a_line_is_a_timeout(seen: dict[str, Any]) -> None:
    result = outcome("guard", **seen).result
    assert result.status is RunStatus.TIMEOUT
    assert numbers(result) == (2.0, -1.0, CRASHED_QUALITY)
    assert "3.0 s" in result.reason


@pytest.mark.parametrize(("n_output_bytes", "is_silent"), [(0, True), (5, False)])
def test_wall_limit_without_a_line_is_a_timeout(n_output_bytes: int, is_silent: bool) -> None:
    result = outcome("wall", wallclock_s=1.5, n_output_bytes=n_output_bytes).result
    assert (result.status, result.runtime_s) == (RunStatus.TIMEOUT, 1.5)
    assert "killed after 1.5 s, all that run-wallclock-limit allows" in result.reason
    assert ("it had printed nothing" in result.reason) == is_silent


@pytest.mark.parametrize("ended_by", ["guard", "wall", "cpu", "memory", "output"])
def test_that_the_program_had_to_be_ended_is_said(ended_by: str) -> None:
    found = outcome(ended_by, (RESULT,), exit_status=-15)
    assert found.result.status is RunStatus.SAT
    assert len(found.warnings) == 1
    assert "the program had to be ended" in found.warnings[0]
    assert "what it had reported counts" in found.warnings[0]


def test_cpu_limit_without_a_line_is_a_timeout() -> None:
    result = outcome("cpu", cpu_s=20.5).result
    assert result.status is RunStatus.TIMEOUT
    assert numbers(result) == (2.0, -1.0, CRASHED_QUALITY)
    assert "20.5 s of CPU time in 3.0 s" in result.reason
    assert outcome("cpu", (RESULT,)).result.status is RunStatus.SAT


def test_guard_does_not_hide_malformed_or_several_lines() -> None:
    assert outcome("guard", ("Result for SMAC: SAT",)).result.status is RunStatus.CRASHED
    assert outcome("guard", (RESULT, RESULT), torn=True).result.status is RunStatus.CRASHED


@pytest.mark.parametrize(("reported_cpu_s", "runtime_s"), [(None, 3.0), (0.7, 0.7)])
def test_cancelled_is_killed_in_any_case(reported_cpu_s: float | None, runtime_s: float) -> None:
    result = outcome("cancelled", (RESULT,), reported_cpu_s=reported_cpu_s).result
    assert result.status is RunStatus.KILLED
    assert numbers(result) == (runtime_s, -1.0, CRASHED_QUALITY)


@pytest.mark.parametrize(
    ("lines", "seen", "parts"),
    [
        ((), {"exit_status": 3}, ["no result line", "exit status 3"]),
        ((), {"exit_status": -11}, ["no result line", "signal SIGSEGV"]),
        ((), {"exit_status": -40}, ["signal 40"]),
        ((), {"exit_status": None}, ["did not end"]),
        (("Result for SMAC: SAT",), {}, ["malformed", "1 of 5", "exit status 0"]),
        ((RESULT, RESULT), {}, ["more than one result line"]),
    ],
)
def test_crash_is_explained(lines: tuple[str, ...], seen: dict[str, Any], parts: list[str]) -> None:
    tail = "\n".join(f"line {number}" for number in range(100)) + "\n" + "x" * 1000
    result = outcome(lines=lines, tail=tail, **seen).result
    assert result.status is RunStatus.CRASHED
    assert numbers(result) == (3.0, -1.0, CRASHED_QUALITY)
    call = "cd /nowhere/.; ./solver.py inst/a.cnf 0 60.0".replace("60.0", "2.0")
    for part in [*parts, call, "Result for SMAC: <status>", "    line 99\n"]:
        assert part in result.reason
    assert "line 90\n" not in result.reason
    assert len(result.reason) < 2000


def test_crash_without_output() -> None:
    assert outcome().result.reason.endswith("output:   none")


@pytest.mark.parametrize("status", [RunStatus.CRASHED, RunStatus.ABORT])
def test_reported_failure_keeps_its_numbers(status: RunStatus) -> None:
    result = outcome(lines=(f"Result for SMAC: {status.value}, 1.5, 2, 0.25, 7",), tail="why\n").result
    assert result.status is status
    assert numbers(result) == (1.5, 2.0, 0.25)
    assert f"the target reported {status.value}" in result.reason
    assert "    why" in result.reason


def test_spawn_error_is_explained() -> None:
    run = SupervisedRun("spawn", 100.0, spawn_errno=errno.ENOEXEC, spawn_step="program")
    result = conclude(request(), run, COMMAND, CRASHED_QUALITY).result
    assert result.status is RunStatus.CRASHED
    assert "#! line" in result.reason
    assert "./solver.py" in result.reason


@pytest.mark.parametrize(
    ("number", "is_full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False)]
)
def test_a_run_folder_that_can_not_be_made_is_worth_another_try_where_the_disk_is_full(
    number: int, is_full: bool
) -> None:
    run = SupervisedRun("spawn", 100.0, spawn_errno=number, spawn_step="folder", tail="why: /runs/1-1")
    found = conclude(request(), run, COMMAND, CRASHED_QUALITY)
    assert found.lacks_room is is_full
    assert "can't be made: why: /runs/1-1" in found.result.reason


@pytest.mark.parametrize(
    ("ended_by", "status"), [("exit", RunStatus.CRASHED), ("cancelled", RunStatus.KILLED)]
)
def test_a_failed_stage_is_the_reason(ended_by: str, status: RunStatus) -> None:
    """Whatever the program has answered."""
    lines = ("Result for SMAC: SAT, 1.5, 2, 0.25, 7",)
    result = outcome(ended_by, lines=lines, stage_problem="post-process ended with exit status 1: x").result
    assert result.status is status
    assert ("post-process ended" in result.reason) is (status is RunStatus.CRASHED)


def test_dead_supervisor_is_explained() -> None:
    result = outcome("supervisor", tail="was killed by SIGKILL").result
    assert result.status is RunStatus.CRASHED
    assert "the process that watched over the run was killed by SIGKILL" in result.reason


def test_warnings() -> None:
    assert outcome(lines=(RESULT,)).warnings == ()
    warnings = outcome(lines=(f"{RESULT}, a, b",), notes=["the log is full"], n_survivors=2).warnings
    assert len(warnings) == 3
    assert "7 fields" in warnings[0]
    assert warnings[1] == "the log is full"
    assert "2 processes" in warnings[2]


RUNTIME = Timing(is_objective=True)
SAYS_CRASHED = "Result for SMAC: CRASHED, 1.5, 2, 0.25, 7"


@pytest.mark.parametrize(
    "lines",
    [(), (SAYS_CRASHED,), ("Result for SMAC: ABORT, 1, 2, 3, 7",), ("Result for SMAC: EXTERNALKILL, 1",)],
)
def test_out_of_memory_is_a_timeout_where_time_counts(lines: tuple[str, ...]) -> None:
    """What wrappers say when they are killed, or when the solver in them is, is no news."""
    result = outcome("memory", lines, RUNTIME, memory_bytes=3_000_000_000).result
    assert result.status is RunStatus.TIMEOUT
    assert numbers(result) == (2.0, -1.0, CRASHED_QUALITY)
    assert "3.0 s with 3000 MB" in result.reason
    assert "memory-limit" in result.reason


@pytest.mark.parametrize(("timing", "cutoff_s"), [(AS_REPORTED, 2.0), (RUNTIME, LARGEST_DOUBLE)])
def test_out_of_memory_is_a_crash_where_time_does_not_count(timing: Timing, cutoff_s: float) -> None:
    result = outcome("memory", (), timing, cutoff_s).result
    assert result.status is RunStatus.CRASHED
    assert numbers(result) == (3.0, -1.0, CRASHED_QUALITY)


def test_too_much_output_is_a_crash() -> None:
    result = outcome("output", (), RUNTIME, n_output_bytes=6_000_000).result
    assert result.status is RunStatus.CRASHED
    assert "6000000 bytes" in result.reason


@pytest.mark.parametrize("ended_by", ["memory", "output"])
def test_a_result_before_the_limit_counts(ended_by: str) -> None:
    result = outcome(ended_by, (RESULT,), RUNTIME).result
    assert (result.status, numbers(result)) == (RunStatus.SAT, (1.5, 2.0, 0.25))


CPU, WALL = Timing(RuntimeSource.CPUTIME, True), Timing(RuntimeSource.WALLTIME, True)


@pytest.mark.parametrize(
    ("timing", "cutoff_s", "status", "runtime_s"),
    [
        (RUNTIME, 2.0, RunStatus.SAT, 1.5),
        (CPU, 2.6, RunStatus.SAT, 2.5),
        (CPU, 2.5, RunStatus.TIMEOUT, 2.5),
        (WALL, 3.1, RunStatus.SAT, 3.0),
        (WALL, 2.0, RunStatus.TIMEOUT, 3.0),
    ],
)
def test_measured_runtime(timing: Timing, cutoff_s: float, status: RunStatus, runtime_s: float) -> None:
    result = outcome("exit", (RESULT,), timing, cutoff_s).result
    assert result.status is status
    assert numbers(result) == (runtime_s, 2.0, 0.25)
    assert result.reason == ""


def test_measured_runtime_of_a_crash_and_of_what_never_ran() -> None:
    assert outcome(timing=CPU).result.runtime_s == 2.5
    assert outcome("supervisor", timing=CPU, cpu_s=None, tail="died").result.runtime_s == 3.0
    assert outcome("exit", (RESULT,), CPU, cpu_s=None).result.runtime_s == 1.5


@pytest.mark.parametrize("step", ["folder", "checkpoints"])
def test_a_folder_for_checkpoints_is_as_a_run_folder(step: str) -> None:
    run = SupervisedRun("spawn", 100.0, spawn_errno=errno.ENOSPC, spawn_step=step, tail="why")
    assert conclude(request(), run, COMMAND, CRASHED_QUALITY).lacks_room


def test_a_program_that_found_no_room_for_its_checkpoint_is_worth_another_try() -> None:
    run = SupervisedRun("exit", 100.0, exit_status=1, lacks_room=True)
    found = conclude(request(), run, COMMAND, CRASHED_QUALITY)
    assert found.lacks_room
    assert found.result.reason.startswith("the disk of its checkpoint is full; no result line was printed")
    line = "Result for SMAC: SAT, 1, 2, 3, 4"
    answered = replace(run, result_lines=[line], n_result_lines=1)
    assert not conclude(request(), answered, COMMAND, CRASHED_QUALITY).lacks_room
