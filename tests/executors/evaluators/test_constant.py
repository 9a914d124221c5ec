from __future__ import annotations

import pytest

from bbopt.executors.evaluators import BlackHole, ConstantEvaluator
from bbopt.runs import RunResult, RunStatus
from tests.executors.evaluators.runs import asked, at


def test_every_run_has_the_same_result() -> None:
    evaluator = ConstantEvaluator("UNSAT", 2.5, -1.0, -0.5, "more")
    expected = RunResult(RunStatus.UNSAT, 2.5, -1.0, -0.5, "more")
    assert [evaluator.evaluate(asked(at(1, y), seed=y)) for y in range(3)] == [expected] * 3


def test_defaults_are_those_of_smac2() -> None:
    assert ConstantEvaluator().evaluate(asked()) == RunResult(RunStatus.SAT, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("word", "status", "has_reason"),
    [
        ("SAT", RunStatus.SAT, False),
        ("UNSAT", RunStatus.UNSAT, False),
        ("TIMEOUT", RunStatus.TIMEOUT, False),
        ("CRASHED", RunStatus.CRASHED, True),
        ("ABORT", RunStatus.ABORT, True),
        ("RUNNING", RunStatus.CRASHED, True),
        ("KILLED", RunStatus.CRASHED, True),
    ],
)
def test_statuses(word: str, status: RunStatus, has_reason: bool) -> None:
    result = ConstantEvaluator(word).evaluate(asked())
    assert (result.status, word in result.reason) == (status, has_reason)


@pytest.mark.parametrize("wrong", [{"runtime_s": -1.0}, {"runtime_s": float("inf")}, {"runlength": -2.0}])
def test_impossible_numbers(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        ConstantEvaluator(**wrong)  # type: ignore[arg-type]


def test_a_black_hole_never_answers() -> None:
    assert BlackHole().evaluate(asked()) is None  # type: ignore[func-returns-value]
