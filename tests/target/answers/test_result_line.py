from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.runs import RunStatus
from bbopt.target import parse_output
from bbopt.target.answers.answer_format import TargetReport
from bbopt.target.answers.result_line import ResultLineAnswer, judge
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import request

GOLDEN = Path(__file__).parents[2] / "golden" / "result_lines.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case["output"][:60] or "empty" for case in CASES])
def test_verdict_is_smac2s(case: dict[str, Any]) -> None:
    expected = case["smac2"]
    report = parse_output(case["output"])
    assert report.status.value == expected["status"]
    if "runtime" in expected:
        assert report.problem is None
        assert report.runtime_s == float(expected["runtime"])
        assert report.runlength == float(expected["runlength"])
        assert report.quality == float(expected["quality"])
        assert report.additional == expected["additional"]


@pytest.mark.parametrize("quality", ["Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("status", ["SAT", "TIMEOUT", "CRASHED"])
def test_an_infinite_quality_is_none_where_it_is_minimised(quality: str, status: str) -> None:
    line = f"Result for SMAC: {status}, 1.5, 2, {quality}, 7"
    crashed = judge([line])
    assert (crashed.status, crashed.quality) == (RunStatus.CRASHED, None)
    assert "the quality is not a finite number" in (crashed.problem or "")
    assert judge([line], needs_quality=False).quality == float(quality.replace("Infinity", "inf"))


def test_nobody_asks_for_the_quality_of_an_abort() -> None:
    assert judge(["Result for SMAC: ABORT, 0, 0, Infinity, 7"]).status is RunStatus.ABORT


def test_golden_file_is_complete() -> None:
    assert len(CASES) == 49


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("", "no result line"),
        ("Result for SMAC: SAT, 1.5, 2, 0.25", "4 of 5 comma-separated fields"),
        ("Result for SMAC: SAT, 1.5, 2, 0.25, x", "the seed 'x' is not an integer"),
        ("Result for SMAC: SAT, 1.5, 2, 0.25, 7.0", "the seed '7.0' is not an integer"),
        ("Result for SMAC: SAT, abc, 2, 0.25, 7", "the runtime 'abc' is not a number"),
        ("Result for SMAC: SAT, 1e999, 2, 0.25, 7", "the runtime inf"),
        ("Result for SMAC: SAT, 1.5, -2, 0.25, 7", "the runlength -2.0"),
        ("Result for SMAC: SAT, 1.5, NaN, 0.25, 7", "the runlength nan"),
        ("Result for SMAC: SAT, 1.5, 2, NaN, 7", "the quality is not a number"),
        ("Result for SMAC: RUNNING, 1.5, 2, 0.25, 7", "the status 'RUNNING' is none of SAT"),
        ("Result for SMAC: a, 1, 2, 3, 4\nResult for SMAC: b", "more than one result line"),
    ],
)
def test_problem_says_what_is_wrong(output: str, part: str) -> None:
    report = parse_output(output)
    assert report.status is RunStatus.CRASHED
    assert report.problem is not None
    assert part in report.problem
    assert report.runtime_s is None
    assert report.quality is None


def test_reported_crash_is_no_problem_of_the_line() -> None:
    report = parse_output("Result for SMAC: crashed, 1.5, 2, 0.25, 7")
    assert (report.status, report.runtime_s, report.problem) == (RunStatus.CRASHED, 1.5, None)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(line_break: str) -> None:
    output = line_break.join(["epoch 1", "Result for SMAC: SAT, 1, 2, 3, 4, five", "bye"])
    report = parse_output(output)
    assert (report.status, report.quality, report.additional) == (RunStatus.SAT, 3.0, "five")


@pytest.mark.parametrize("text", ["SUCCESS, 0,5, 0, 0,25, 0", "SUCCESS, 0,5, 0, 0.25, 0"])
def test_decimal_commas_are_hinted_at(text: str) -> None:
    report = parse_output(f"Result for SMAC: {text}")
    (told,) = report.warnings or (report.problem,)
    assert text in told
    assert told.endswith("(decimals have a point: 0.5, not 0,5)")
    assert "point" not in parse_output("Result for SMAC: SAT,1,2,3,4,5,6").warnings[0]


def test_too_many_fields_are_a_warning() -> None:
    report = parse_output("Result for SMAC: SAT, 1, 2, 3, 4, a, b")
    assert report.status is RunStatus.SAT
    assert report.additional == ""
    assert "7 fields" in report.warnings[0]
    assert parse_output("Result for SMAC: SAT, 1, 2, 3, 4, a,,").warnings == ()


@pytest.mark.parametrize(
    "line",
    [
        "Result of this algorithm run : SAT, 1, 2, 3, 4",
        "Resultofalgorithmrun:SAT,1,2,3,4",
        "\tFinal  result  Of\tthis Wrapper: SAT, 1, 2, 3, 4",
    ],
)
def test_accepted_starts(line: str) -> None:
    assert parse_output(line).status is RunStatus.SAT


@pytest.mark.parametrize(
    "line",
    [
        "Result for SMAC : SAT, 1, 2, 3, 4",
        "Resultfor SMAC: SAT, 1, 2, 3, 4",
        "result of algorithm run: SAT, 1, 2, 3, 4",
        "> Result for SMAC: SAT, 1, 2, 3, 4",
        "final Result for SMAC: SAT, 1, 2, 3, 4",
    ],
)
def test_starts_that_are_no_result(line: str) -> None:
    assert parse_output(line).problem == "no result line was printed"


def test_aclib2_object() -> None:
    report = parse_output(
        'Result for SMAC: {"status": "SUCCESS", "cost": 0.5, "runtime": 1.5, "misc": "two\\nlines"}'
    )
    assert report.status is RunStatus.SAT
    assert (report.runtime_s, report.quality, report.runlength) == (1.5, 0.5, -1.0)
    assert report.additional == "two lines"


JSON_START = "Result of this algorithm run: "
OLD_LINE = "Result for ParamILS: SUCCESS, 2.5, None, 0.5, 7"


def seen(*lines: str, **facts: Any) -> SupervisedRun:
    defaults = {"wallclock_s": 3.0, "cpu_s": 2.0, "exit_status": 0, "result_lines": lines}
    return SupervisedRun(**{"ended_by": "exit", "started_at": 1.0, **defaults, **facts})


def report(answer: ResultLineAnswer, run: SupervisedRun) -> TargetReport:
    return answer.report(request(), run)


def test_only_json_counts_for_aclib2_where_there_is_any() -> None:
    with_json = f'{JSON_START}{{"status": "SUCCESS", "cost": 0.5, "runtime": 1.5}}'
    aclib2, smac = ResultLineAnswer(prefers_json=True), ResultLineAnswer()
    for lines in ((with_json, OLD_LINE), (OLD_LINE, OLD_LINE, with_json)):
        found = report(aclib2, seen(*lines))
        assert (found.status, found.runtime_s, found.quality) == (RunStatus.SAT, 1.5, 0.5)
        assert "more than one result line" in (report(smac, seen(*lines)).problem or "")
    assert "more than one result line" in (report(aclib2, seen(with_json, with_json)).problem or "")
    assert report(aclib2, seen("Result for SMAC: SAT, 1, 2, 3, 4")).quality == 3.0


@pytest.mark.parametrize(
    ("text", "status", "runtime_s", "quality"),
    [
        ('"status": "SUCCESS", "runtime": 2.5', RunStatus.SAT, 2.5, 0.0),
        ('"status": "SUCCESS", "runtime": 2.5, "cost": null', RunStatus.SAT, 2.5, 0.0),
        ('"status": "SUCCESS", "runtime": 2.5, "cost": NaN', RunStatus.SAT, 2.5, 0.0),
        ('"status": "SUCCESS", "runtime": 2.5, "cost": "none"', RunStatus.SAT, 2.5, 0.0),
        ('"status": "SUCCESS", "runtime": 2.5, "cost": 7', RunStatus.SAT, 2.5, 7.0),
        ('"status": "MEMOUT", "runtime": 2.5, "cost": 7', RunStatus.TIMEOUT, 2.5, 7.0),
        ('"status": "memout"', RunStatus.TIMEOUT, 2.0, 0.0),
        ('"status": "ABORT", "misc": "no data"', RunStatus.ABORT, 2.0, 0.0),
        ('"status": "SUCCESS", "cost": 7', RunStatus.CRASHED, None, None),
    ],
)
def test_what_json_must_have_where_runtimes_are_minimised(
    text: str, status: RunStatus, runtime_s: float | None, quality: float | None
) -> None:
    found = report(ResultLineAnswer(True, needs_quality=False), seen(f"{JSON_START}{{{text}}}"))
    assert (found.status, found.runtime_s, found.quality) == (status, runtime_s, quality)
    assert found.additional == {"M": "MEMOUT", "m": "memout", "A": "no data"}.get(text[11], "")


@pytest.mark.parametrize(
    ("text", "status", "runtime_s", "quality"),
    [
        ('"status": "SUCCESS", "cost": 7', RunStatus.SAT, 2.0, 7.0),
        ('"status": "SUCCESS", "cost": 7, "runtime": 1', RunStatus.SAT, 1.0, 7.0),
        ('"status": "MEMOUT"', RunStatus.CRASHED, 2.0, 0.0),
        ('"status": "CRASHED", "cost": Infinity', RunStatus.CRASHED, 2.0, 0.0),
        ('"status": "ABORT", "error": "x"', RunStatus.ABORT, 2.0, 0.0),
        ('"status": "TIMEOUT", "runtime": 1', RunStatus.CRASHED, None, None),
        ('"status": "SUCCESS", "runtime": 1', RunStatus.CRASHED, None, None),
        ('"status": "SUCCESS", "cost": Infinity', RunStatus.CRASHED, None, None),
    ],
)
def test_what_json_must_have_where_the_quality_is_minimised(
    text: str, status: RunStatus, runtime_s: float | None, quality: float | None
) -> None:
    found = report(ResultLineAnswer(True), seen(f"{JSON_START}{{{text}}}"))
    assert (found.status, found.runtime_s, found.quality) == (status, runtime_s, quality)


def test_a_line_on_standard_error_is_named() -> None:
    found = report(ResultLineAnswer(), seen(misplaced_line=OLD_LINE))
    assert found.problem == f"the result line {OLD_LINE!r} was printed to standard error"
    assert "standard output" in found.remedy


@pytest.mark.parametrize(
    ("tail", "pattern"),
    [
        ("loading\naccuracy: 0.9951\n", r"quality: accuracy: (\S+)"),
        ("epoch 3 loss: 0.5 acc.val = 0.5\nsaved\n", r"quality: acc\.val = (\S+)"),
        ('{"val_loss": -0.5}', r'quality: val_loss": (\S+)'),
        ("done\n", ""),
        ("", ""),
    ],
)
def test_a_pattern_for_what_was_printed_instead(tail: str, pattern: str) -> None:
    remedy = report(ResultLineAnswer(), seen(tail=tail)).remedy
    assert remedy.endswith(f"result-pattern = {pattern}") if pattern else not remedy
    assert not report(ResultLineAnswer(), seen(tail=tail, exit_status=1)).remedy
    assert not report(ResultLineAnswer(needs_quality=False), seen(tail=tail)).remedy


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"status": "SUCCESS", "runtime": 1.5}',
        '{"status": "SUCCESS", "cost": NaN, "runtime": 1.5}',
        '{"status": "SUCCESS", "cost": 1, "runtime": -1}',
        '{"status": "SUCCESS", "cost": 1, "runtime": Infinity}',
        '{"status": "SUCCESS", "cost": true, "runtime": 1}',
        '{"status": "SUCCESS", "cost": null, "runtime": 1}',
        '{"status": null, "cost": 1, "runtime": 1}',
        '{"status": "SUCCESS", "cost": 1' + "0" * 400 + ', "runtime": 1}',
        '{"a":' * 100_000,
    ],
)
def test_aclib2_object_that_is_malformed(text: str) -> None:
    report = parse_output(f"Result for SMAC: {text}")
    assert report.status is RunStatus.CRASHED
    assert report.problem is not None
    assert len(report.problem) < 1000


_LINE = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(["SAT", "1", "-1", "NaN", " ", "x", "{", "1e9"]), max_size=8).map(
        lambda fields: "Result for SMAC: " + ",".join(fields)
    ),
)


@given(st.lists(_LINE, max_size=4).map("\n".join))
def test_any_output_gets_a_sound_verdict(output: str) -> None:
    report = parse_output(output)
    if report.problem is None:
        assert report.runtime_s is not None
        assert report.runtime_s >= 0
        assert report.quality is not None
        assert not math.isnan(report.quality)
    else:
        assert report.status is RunStatus.CRASHED


def test_judge_of_a_line_that_is_none() -> None:
    assert judge(["hello"]).problem == "not a result line: 'hello'"


def test_blanks_do_not_make_matching_quadratic() -> None:
    blanks = " " * 1_000_000  # quadratic time would be hours, and the test would run into its timeout
    for start in ("", "Result", "Result of", "Result of this", "Final", "Result for SMAC"):
        assert parse_output(start + blanks + "!").problem == "no result line was printed"
