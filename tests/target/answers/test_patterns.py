"""What is read from the output and the exit code of programs that print no result line."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import Place
from bbopt.runs import RunResult, RunStatus
from bbopt.scenario.result_patterns import ResultPatterns, parse_exit_codes, parse_patterns
from bbopt.target import TargetCommand, conclude
from bbopt.target.answers import PatternAnswer
from bbopt.target.supervisor.pattern_scanner import PatternScanner
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request

PLACE = Place("scenario.txt")
SAT, UNSAT, TIMEOUT, CRASHED = RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT, RunStatus.CRASHED
SOLVER = ("SAT: ^s SATISFIABLE", "UNSAT: ^s UNSATISFIABLE", "TIMEOUT: ^s UNKNOWN")
CRASHED_QUALITY = 1e9


def rules(*patterns: str, codes: str = "") -> ResultPatterns:
    return ResultPatterns(
        parse_patterns([(text, PLACE) for text in patterns]), parse_exit_codes(codes, PLACE) if codes else ()
    )


def result(output: str, found: ResultPatterns, *, for_quality: bool = False, **seen: Any) -> RunResult:
    """What becomes of a run with a cutoff of 5 s."""
    answer = PatternAnswer(found, for_quality, CRASHED_QUALITY if for_quality else 0.0)
    scanner = PatternScanner(answer.patterns)
    scanner.add(output.encode())
    scanner.finish()
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, "tail": output, **seen}
    run = SupervisedRun(started_at=1.0, findings=scanner.findings, **facts)
    command = TargetCommand(("./solver",), Path("/nowhere"), "/nowhere", answer=answer)
    return conclude(request(cutoff_s=5.0), run, command, CRASHED_QUALITY).result


@pytest.mark.parametrize(
    ("line", "status"), [("s SATISFIABLE", SAT), ("s UNSATISFIABLE", UNSAT), ("s UNKNOWN", TIMEOUT)]
)
@pytest.mark.parametrize("exit_status", [0, 10, 1, -11])
def test_status_by_pattern_whatever_the_exit_status(line: str, status: RunStatus, exit_status: int) -> None:
    found = result(f"c hello\n{line}\nv 1 -2 0\n", rules(*SOLVER), exit_status=exit_status)
    assert (found.status, found.runtime_s, found.quality) == (status, 2.5, 0.0)
    assert found.reason == ""


@pytest.mark.parametrize(
    "pattern",
    [r"^s (?P<status>\w+)", "^s (?:(?P<SAT>SATISFIABLE)|(?P<UNSAT>UNSATISFIABLE))", r"status: ^s (\w+)"],
)
def test_status_by_group(pattern: str) -> None:
    assert result("s SATISFIABLE\n", rules(pattern)).status is SAT
    assert result("s UNSATISFIABLE\n", rules(pattern)).status is UNSAT
    assert result("s UNKNOWN\n", rules(pattern)).status is CRASHED
    assert result("s UNKNOWN\n", rules(pattern), cpu_s=5.1).status is TIMEOUT


@pytest.mark.parametrize(("code", "status"), [(10, SAT), (20, UNSAT), (0, CRASHED), (-9, CRASHED)])
def test_status_by_exit_code(code: int, status: RunStatus) -> None:
    assert result("", rules(codes="10:SAT, 20:UNSAT"), exit_status=code).status is status


def test_the_output_is_believed_before_the_exit_code() -> None:
    assert result("s UNKNOWN\n", rules(*SOLVER, codes="1:CRASHED"), exit_status=1).status is TIMEOUT


def test_the_exit_code_of_a_killed_run_means_nothing() -> None:
    found = result("", rules(codes="20:UNSAT"), exit_status=20, ended_by="guard")
    assert found.status is TIMEOUT
    assert "killed after" in found.reason


def test_numbers() -> None:
    found = result(
        "cost 9 in 1.0 s\ncost 7.5 in 1.25 s\nseen: a b\n",
        rules(r"cost (?P<quality>\S+) in (?P<runtime>\S+)", "additional: ^seen: (.*)"),
        for_quality=True,
    )
    assert (found.status, found.quality, found.runtime_s, found.additional) == (SAT, 7.5, 1.25, "a b")


@pytest.mark.parametrize(("text", "quality"), [("0.75", -0.75), ("-2", 2.0), ("+3", -3.0), ("1e-3", -1e-3)])
def test_what_is_maximised_is_negated(text: str, quality: float) -> None:
    found = result(f"acc {text}\n", rules(r"-quality: acc (\S+)"), for_quality=True)
    assert found.quality == quality


def test_the_later_line_decides_between_patterns() -> None:
    found = rules("quality: ^best (.*)", "quality: ^final (.*)", *SOLVER)
    output = "final 3\nbest 2\ns SATISFIABLE\ns UNKNOWN\n"
    assert result(output, found, for_quality=True).quality == 2.0
    assert result(output, found).status is TIMEOUT


@pytest.mark.parametrize(
    ("seen", "status"),
    [({"cpu_s": 5.0}, TIMEOUT), ({"cpu_s": 4.99, "wallclock_s": 9.0}, SAT), ({"cpu_s": None}, SAT)],
)
def test_a_measured_time_at_the_cutoff_is_a_timeout(seen: dict[str, Any], status: RunStatus) -> None:
    found = result("s SATISFIABLE\n", rules(*SOLVER), **seen)
    assert found.status is status
    assert found.runtime_s == (seen["cpu_s"] or 3.0)


def test_a_time_told_comes_before_the_measured_one() -> None:
    found = rules(*SOLVER, "runtime: ^time (.*)")
    assert result("s SATISFIABLE\ntime 4.5\n", found, cpu_s=6.0).status is SAT
    assert result("s SATISFIABLE\ntime 5.0\n", found, cpu_s=1.0).status is TIMEOUT
    assert result("s CRASH\ntime 6\n", rules("CRASHED: CRASH", "runtime: ^time (.*)")).status is CRASHED


def test_killed_at_the_guard() -> None:
    found = result("c no answer\n", rules(*SOLVER), ended_by="guard", exit_status=-15)
    assert (found.status, found.runtime_s) == (TIMEOUT, 5.0)
    answered = result("s SATISFIABLE\n", rules(*SOLVER), ended_by="guard", exit_status=-15)
    assert answered.status is SAT
    anytime = result("cost 3\n", rules("quality: cost (.*)"), for_quality=True, ended_by="guard")
    assert (anytime.status, anytime.quality, anytime.runtime_s) == (TIMEOUT, 3.0, 5.0)


@pytest.mark.parametrize(
    ("output", "found", "seen", "parts"),
    [
        ("oops\n", rules(*SOLVER), {}, ["no status was found", "/^s UNKNOWN/", "    oops"]),
        ("", rules(*SOLVER), {"exit_status": -11}, ["no status", "signal SIGSEGV", "output:   none"]),
        ("cost 3\n", rules("quality: cost (.*)"), {"exit_status": 1}, ["exit status tells an error"]),
        ("", rules(codes="10:SAT"), {"exit_status": 3}, ["an exit status of 10 (SAT)", "exit status 3"]),
        ("time x\n", rules("runtime: time (.*)"), {}, ["the runtime 'x' is not a number"]),
        ("time -1\n", rules("runtime: time (.*)"), {}, ["the runtime -1 is not a finite number"]),
        ("cost NaN\n", rules("quality: cost (.*)"), {}, ["the quality 'NaN' is not a number"]),
        ("note\n", rules("additional: note", *SOLVER), {}, ["no status was found"]),
    ],
)  # fmt: skip
def test_crashes_are_explained(
    output: str, found: ResultPatterns, seen: dict[str, Any], parts: list[str]
) -> None:
    crashed = result(output, found, **seen)
    assert (crashed.status, crashed.quality) == (CRASHED, CRASHED_QUALITY)
    for part in (*parts, "command:  cd /nowhere; ./solver"):
        assert part in crashed.reason


def test_a_solved_run_without_its_quality() -> None:
    found = rules(*SOLVER, "quality: cost (.*)")
    crashed = result("s SATISFIABLE\n", found, for_quality=True)
    assert crashed.status is CRASHED
    assert "no quality was found" in crashed.reason
    timeout = result("s UNKNOWN\n", found, for_quality=True)
    assert (timeout.status, timeout.quality) == (TIMEOUT, CRASHED_QUALITY)


@pytest.mark.parametrize("ended_by", ["exit", "guard", "cpu"])
def test_output_that_was_not_searched_to_its_end_says_nothing(ended_by: str) -> None:
    problem = "searching took more than 1 s"
    found = result("s SATISFIABLE", rules("^s (?P<status>.*)"), ended_by=ended_by, search_problem=problem)
    assert found.status is RunStatus.CRASHED
    assert problem in found.reason


def test_a_run_that_never_was() -> None:
    found = result("", rules(*SOLVER), ended_by="supervisor", wallclock_s=99.0, cpu_s=None, tail="was killed")
    assert found.status is CRASHED
    assert "the process that watched over the run was killed" in found.reason


def test_answers_can_be_pickled() -> None:
    answer = PatternAnswer(rules(*SOLVER, codes="10:SAT"), True, 1e9)
    assert pickle.loads(pickle.dumps(answer)) == answer
