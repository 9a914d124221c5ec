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
from bbopt.target.answers.result_line import judge

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


def test_infinite_quality_as_java_writes_it() -> None:
    assert parse_output("Result for SMAC: SAT, 1, 2, -Infinity, 4").quality == -math.inf


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
