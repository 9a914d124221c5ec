"""What a run costs under the quality objective, and its tuner time."""

from __future__ import annotations

import math

import pytest

from bbopt.runs import NO_INSTANCE, Origin, QualityObjective, RunRequest, RunResult, RunStatus, tuner_time
from bbopt.space import parse_pcs

REQUEST = RunRequest(parse_pcs("").default, NO_INSTANCE, -1, 10.0, 5, Origin("test", 0))


def result(status: RunStatus, quality: float = 0.5, runtime_s: float = 1.0) -> RunResult:
    return RunResult(status, runtime_s, 0, quality)


@pytest.mark.parametrize("status", [RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT])
def test_the_quality_is_the_cost(status: RunStatus) -> None:
    assert QualityObjective().cost(REQUEST, result(status, 0.5)) == 0.5


def test_a_crash_costs_at_least_the_crashed_quality() -> None:
    objective = QualityObjective(1e9)
    assert objective.cost(REQUEST, result(RunStatus.CRASHED, 0.5)) == 1e9
    assert objective.cost(REQUEST, result(RunStatus.CRASHED, 2e9)) == 2e9
    assert objective.is_failure(result(RunStatus.CRASHED))


def test_without_the_transform_a_crash_costs_its_quality() -> None:
    assert QualityObjective(None).cost(REQUEST, result(RunStatus.CRASHED, 0.5)) == 0.5


def test_costs_stay_finite_when_added_up() -> None:
    cost = QualityObjective().cost(REQUEST, result(RunStatus.SAT, 1.7e308))
    assert math.isfinite(math.fsum([cost] * 5000))


@pytest.mark.parametrize(
    ("status", "runtime_s", "expected"),
    [(RunStatus.SAT, 0.0, 0.1), (RunStatus.SAT, 0.1, 0.1), (RunStatus.UNSAT, 2.5, 2.5),
     (RunStatus.CRASHED, 0.0, 0.0), (RunStatus.TIMEOUT, 0.05, 0.05)],
)  # fmt: skip
def test_tuner_time(status: RunStatus, runtime_s: float, expected: float) -> None:
    assert tuner_time(result(status, runtime_s=runtime_s)) == expected


@pytest.mark.parametrize(
    "bad", [{"runtime_s": -1.0}, {"runtime_s": math.inf}, {"quality": math.nan}, {"runtime_s": math.nan}]
)
def test_results_are_validated(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        result(RunStatus.SAT, **bad)
