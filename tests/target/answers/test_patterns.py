"""What is read from the output and the exit code of programs that print no result line."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import Place
from bbopt.runs import QualityObjective, RunResult, RunStatus
from bbopt.scenario.metrics import MetricSettings, quality_patterns
from bbopt.scenario.result_patterns import ResultPatterns, parse_exit_codes, parse_patterns
from bbopt.target import TargetCommand, conclude
from bbopt.target.answers import MetricReader, PatternAnswer
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request, searched

PLACE = Place("scenario.txt")
SAT, UNSAT, TIMEOUT, CRASHED = RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT, RunStatus.CRASHED
SOLVER = ("SAT: ^s SATISFIABLE", "UNSAT: ^s UNSATISFIABLE", "TIMEOUT: ^s UNKNOWN")
CRASHED_QUALITY = 1e9


def rules(*patterns: str, codes: str = "") -> ResultPatterns:
    return ResultPatterns(
        parse_patterns([(text, PLACE) for text in patterns]), parse_exit_codes(codes, PLACE) if codes else ()
    )


def metrics_of(found: ResultPatterns) -> MetricSettings:
    """The one metric that result-patterns can name."""
    is_negated = any(pattern.is_negated for pattern in found.patterns)
    name = "quality" if "quality" in found.meanings else ""
    return MetricSettings(name, is_negated, tuple(quality_patterns(found.patterns)))


def result(output: str, found: ResultPatterns, *, for_quality: bool = False, **seen: Any) -> RunResult:
    """What becomes of a run with a cutoff of 5 s."""
    metrics = MetricReader(metrics_of(found))
    unknown = QualityObjective(is_maximised=metrics.settings.is_maximised).shown(CRASHED_QUALITY)
    answer = PatternAnswer(found, metrics, for_quality, unknown if for_quality else 0.0)
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 3.0, "cpu_s": 2.5, "tail": output, **seen}
    run = SupervisedRun(started_at=1.0, **{**searched(output, answer.patterns, metrics.searches), **facts})
    command = TargetCommand(("./solver",), Path("/nowhere"), "/nowhere", answer=answer, metrics=metrics)
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


@pytest.mark.parametrize("ended_by", ["wall", "memory", "output"])
def test_a_quality_counts_whatever_the_run_was_ended_for(ended_by: str) -> None:
    found = result(
        "cost 3\n", rules("quality: cost (.*)"), for_quality=True, ended_by=ended_by, exit_status=-15
    )
    assert (found.status, found.quality, found.runtime_s) == (TIMEOUT, 3.0, 3.0)


@pytest.mark.parametrize(
    ("output", "found", "seen", "parts"),
    [
        ("oops\n", rules(*SOLVER), {}, ["no status was found", "/^s UNKNOWN/", "    oops"]),
        ("", rules(*SOLVER), {"exit_status": -11}, ["no status", "signal SIGSEGV", "output:   none"]),
        ("cost 3\n", rules("quality: cost (.*)"), {"exit_status": 1}, ["found the quality 3, but"]),
        ("", rules(codes="10:SAT"), {"exit_status": 3}, ["an exit status of 10 (SAT)", "exit status 3"]),
        ("time x\n", rules("runtime: time (.*)"), {}, ["the runtime 'x' is not a finite number"]),
        ("time -1\n", rules("runtime: time (.*)"), {}, ["the runtime -1 is negative"]),
        ("cost NaN\n", rules("quality: cost (.*)"), {}, ["the quality 'NaN' is not a finite number"]),
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


EPOCHS = "epoch 1 val_loss: 0.75\nepoch 2 val_loss: {}\nepoch 3 begins\n"
DIGITS = rules("quality: val_loss: ([0-9.]+)")


@pytest.mark.parametrize(
    ("pattern", "printed", "parts"),
    [
        (r"loss: ([0-9.]+)", "loss: 1.024e-07", ["1.024 is cut out of 1.024e-07", r"(\S+)"]),
        (r"loss: ([0-9.]+)", "loss: 1.55e+252", ["1.55 is cut out of 1.55e+252"]),
        (r"loss: ([0-9.]+)", "loss: 1.5D-07", ["1.5 is cut out of 1.5D-07"]),
        (r"loss: ([0-9.]+)", "loss: 1,024.5", ["1 is cut out of 1,024.5"]),
        (r"loss: ([0-9.]+)", "loss: 0,51", ["0 is cut out of 0,51"]),
        (r"loss: (\S+)", "loss: 1\u00a0024", ["1 is cut out of 1\u00a0024"]),
        (r"loss: (\d+)", "loss: 12.5", ["12 is cut out of 12.5"]),
        (r"loss: (\d\.\d\d)", "loss: 0.12345", ["0.12 is cut out of 0.12345"]),
        (r"loss.*([0-9.]+)", "loss: 12.5", ["5 is cut out of 12.5"]),
        (r"loss\D*([0-9.]+)", "loss: -0.5", ["0.5 is cut out of -0.5"]),
        (r"loss: -?([0-9.]+)", "loss: -0.5", ["0.5 is cut out of -0.5"]),
        (r"loss: .*?(-\d+)", "loss: 1e-07", ["-07 is cut out of 1e-07"]),
        (
            r"loss: ([0-9.]+)",
            "loss: -0.5",
            ["pattern of the quality matches no number in the line 'loss: -0.5'", r"(\S+)"],
        ),
        (r"loss (?P<quality>[0-9.]+)", "loss 3e5, took", ["3 is cut out of 3e5"]),
        (r"loss ([0-9.]+), took", "loss 2, took\nloss 3e5, took", ["no number in the line 'loss 3e5, took'"]),
    ],
)
def test_a_pattern_cuts_no_number(pattern: str, printed: str, parts: list[str]) -> None:
    text = pattern if "(?P<" in pattern else f"quality: {pattern}"
    crashed = result(f"{printed}\n", rules(text), for_quality=True)
    assert crashed.status is CRASHED
    for part in parts:
        assert part in crashed.reason


@pytest.mark.parametrize(
    ("pattern", "printed", "quality"),
    [
        (r"loss: ([0-9.]+)", "loss: 5.", 5.0),
        (r"loss: (\d+)", "loss: 5. Done", 5.0),
        (r"loss: ([0-9.]+)", "loss: 5epochs", 5.0),
        (r"loss: ([0-9.]+)", "loss: 0.5%", 0.5),
        (r"loss: ([0-9.]+)", "loss: 0.5, 300", 0.5),
        (r"loss: ([0-9.]+)", "loss: 0.5,300", 0.5),
        (r"^\d+,(\d+),", "3,512,4", 512.0),
        (r"loss: (\S+)", "loss: 1.024e-07, acc: 0.9", 1.024e-07),
        (r"loss is (\S+)", "the loss is 0.25.", 0.25),
        (r'"loss": (\S+)', '{"acc": 1, "loss": 0.25}', 0.25),
        (r"run-\d+-(\d+)", "run-3-5", 5.0),
        (r"score: -([0-9.]+)", "score: -0.5", 0.5),
        (r"[0-9.]+$", "loss 0.5", 0.5),
    ],
)
def test_whole_numbers_are_read_as_ever(pattern: str, printed: str, quality: float) -> None:
    found = result(f"{printed}\n", rules(f"quality: {pattern}"), for_quality=True)
    assert (found.status, found.quality) == (SAT, quality)


@pytest.mark.parametrize(
    "value", ["nan", "-nan", "inf", "-inf", "Infinity", "1e999", "None", "n/a", "", "--"]
)
@pytest.mark.parametrize("pattern", [r"([0-9.]+)", r"(\S+)", r"(\S*)", r"([0-9.e+-]+)", "(nan|[0-9.]+)"])
def test_the_last_line_counts_without_a_number_too(value: str, pattern: str) -> None:
    crashed = result(EPOCHS.format(value), rules(f"quality: val_loss: {pattern}"), for_quality=True)
    assert crashed.status is CRASHED
    assert "in the line 'epoch 2 val_loss:" in crashed.reason or "1 is cut out of 1e999" in crashed.reason


@pytest.mark.parametrize("word", ["np.float64(0.5)", "9.10%", "910,000.00", "1e999"])
def test_a_number_among_other_things(word: str) -> None:
    crashed = result(f"loss: {word}\n", rules(r"quality: loss: (\S+)"), for_quality=True)
    assert f"the quality {word!r} is not a finite number" in crashed.reason
    assert "remedy:   let the group match the number alone" in crashed.reason


def test_a_number_after_a_line_without_one_counts() -> None:
    assert result(f"val_loss: nan\n{EPOCHS.format('0.5')}", DIGITS, for_quality=True).quality == 0.5
    tail = "epoch 3 val_loss: 0.25 (worst val_loss was nan)\nval_loss is the loss\n"
    assert result(EPOCHS.format("nan") + tail, DIGITS, for_quality=True).quality == 0.25


def test_a_number_of_two_on_a_line_may_be_missing() -> None:
    two = rules(r"cost (?P<quality>[0-9.]+) after (?P<runtime>[0-9.]+) s", *SOLVER)
    crashed = result("cost 3 after 2 s\ncost inf after 3 s\n", two, for_quality=True)
    assert crashed.status is CRASHED
    assert "in the line 'cost inf after 3 s'" in crashed.reason


def test_numbers_of_failures_do_not_matter() -> None:
    found = rules("quality: cost (.*)", "runtime: time (.*)", "ABORT: give up", "TIMEOUT: too long")
    for word, status in (("give up", RunStatus.ABORT), ("too long", TIMEOUT)):
        told = result(f"cost nan\ntime x\n{word}\n", found, for_quality=True)
        assert (told.status, told.runtime_s, told.quality) == (status, 2.5, CRASHED_QUALITY)


@pytest.mark.parametrize(
    ("seen", "status", "quality"),
    [
        ({}, SAT, 1.0),
        ({"exit_status": -15, "ended_by": "guard"}, TIMEOUT, 2.5),
        ({"exit_status": -11}, CRASHED, CRASHED_QUALITY),
    ],
)
def test_a_line_that_the_end_may_have_cut(seen: dict[str, Any], status: RunStatus, quality: float) -> None:
    found = result("cost 2.5\ncost 1", rules(r"quality: cost (\S+)"), for_quality=True, **seen)
    assert (found.status, found.quality) == (status, quality)
    assert "found the quality 2.5" in found.reason or status is not CRASHED


@pytest.mark.parametrize(("status", "code"), [(1, 1), (-11, 139)])
def test_a_failing_end_can_be_allowed(status: int, code: int) -> None:
    loss = r"quality: loss: (\S+)"
    refused = result("loss: 0.4761\n", rules(loss), for_quality=True, exit_status=status)
    assert refused.status is CRASHED
    assert "found the quality 0.4761, but the program" in refused.reason
    assert f"remedy:   where that is no failure, add result-exit-codes = {code}:SAT" in refused.reason
    kept = result("loss: 0.4761\n", rules(loss, codes=f"{code}:SAT"), for_quality=True, exit_status=status)
    assert (kept.status, kept.quality) == (SAT, 0.4761)


def test_long_lines_are_named_where_nothing_is_found() -> None:
    found = rules(r"quality: loss: (\S+)")
    assert "4096" in result(f"{'x ' * 3000} loss: 3\n", found, for_quality=True).reason
    assert "4096" not in result("x\n", found, for_quality=True).reason
    # a number is not cut where the search ends
    line = f"loss: 1 {'x' * 4076} loss: 1.024e-07"
    assert line[:4096].endswith("loss: 1.024")
    assert result(f"{line}\n", found, for_quality=True).quality == 1.0


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
    answer = PatternAnswer(rules(*SOLVER, codes="10:SAT"), MetricReader(), True, 1e9)
    assert pickle.loads(pickle.dumps(answer)) == answer
