"""What a run costs under each objective, and its tuner time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bbopt.runs import (
    ENDED_AS_HOPELESS,
    NO_INSTANCE,
    Curve,
    Origin,
    QualityObjective,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
    tuner_time,
)
from bbopt.space import parse_pcs

REQUEST = RunRequest(parse_pcs("").default, NO_INSTANCE, -1, 10.0, 5, Origin("test", 0))


def result(status: RunStatus, quality: float = 0.5, runtime_s: float = 1.0) -> RunResult:
    return RunResult(status, runtime_s, 0, quality)


@pytest.mark.parametrize("status", [RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT])
def test_the_quality_is_the_cost(status: RunStatus) -> None:
    assert QualityObjective().cost(REQUEST, result(status, 0.5)) == 0.5


@pytest.mark.parametrize(
    ("take", "is_maximised", "expected"),
    [
        ("last", False, [3.0, 1.0, 2.0]),
        ("last", True, [-3.0, -1.0, -2.0]),
        ("min", False, [3.0, 1.0, 1.0]),
        ("max", True, [-3.0, -3.0, -3.0]),
        ("max", False, [3.0, 3.0, 3.0]),
        ("first", True, [-3.0, -3.0, -3.0]),
    ],
)
def test_the_course_of_the_cost_is_that_of_what_counts(
    take: str, is_maximised: bool, expected: list[float]
) -> None:
    objective = QualityObjective(is_maximised=is_maximised, take=take)
    assert objective.course(Curve([2, 4, 6], [3.0, 1.0, 2.0])) == Curve([2, 4, 6], expected)
    assert objective.course(Curve()) == Curve()
    assert RuntimeObjective(5.0).course(Curve([1, 2], [3.0, 1.0])) == Curve()


def test_a_hopeless_run_goes_on_record_with_what_it_had_come_to() -> None:
    objective = QualityObjective(metric="acc", is_maximised=True)
    killed = replace(result(RunStatus.KILLED, 1e9), metrics={"acc": 0.75})
    assert objective.is_failure(objective.settled(killed))
    hopeless = objective.settled(replace(killed, reason=f"{ENDED_AS_HOPELESS}: worse than most"))
    assert objective.cost(REQUEST, hopeless) == -0.75
    assert objective.is_estimated(hopeless)
    assert not objective.is_failure(hopeless)
    silent = objective.settled(replace(hopeless, quality=1e9, metrics={}))
    assert objective.is_failure(silent)
    assert not objective.is_estimated(silent)


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


KMAX_S, KAPPA_S = 10.0, 4.0
SAT, UNSAT, TIMEOUT = RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT
CRASHED, KILLED = RunStatus.CRASHED, RunStatus.KILLED


@pytest.mark.parametrize(
    ("status", "cutoff_s", "runtime_s", "cost", "is_censored"),
    [
        (CRASHED, KMAX_S, 1.0, 100.0, False),
        (CRASHED, KAPPA_S, 1.0, 100.0, False),
        (SAT, KMAX_S, 0.01, 0.01, False),
        (UNSAT, KMAX_S, 3.0, 3.0, False),
        (SAT, KAPPA_S, 5.0, 5.0, False),  # it went on beyond its own cutoff, and has an answer
        (SAT, KMAX_S, 10.0, 100.0, False),
        (UNSAT, KAPPA_S, 12.0, 100.0, False),
        (TIMEOUT, KAPPA_S, 4.0, 4.0, True),
        (TIMEOUT, KAPPA_S, 3.1, 4.0, True),
        (KILLED, KAPPA_S, 3.1, 4.0, True),
        (TIMEOUT, KMAX_S, 10.0, 100.0, False),
        (TIMEOUT, KMAX_S, 2.0, 100.0, False),
    ],
)
def test_the_table_of_runtimes(
    status: RunStatus, cutoff_s: float, runtime_s: float, cost: float, is_censored: bool
) -> None:
    objective = RuntimeObjective(KMAX_S, 10)
    request = RunRequest(parse_pcs("").default, NO_INSTANCE, -1, cutoff_s, 5, Origin("test", 0))
    outcome = result(status, runtime_s=runtime_s)
    assert objective.cost(request, outcome) == cost
    assert objective.is_censored(request, outcome) == is_censored
    assert objective.is_failure(outcome) == (status is CRASHED)


@pytest.mark.parametrize(
    ("factor", "label"),
    [
        (1, "mean runtime"),
        (10, "penalized average runtime (PAR10)"),
        (1000, "penalized average runtime (PAR1000)"),
    ],
)
def test_the_penalty_has_its_factor(factor: int, label: str) -> None:
    objective = RuntimeObjective(KMAX_S, factor)
    assert objective.penalty == factor * KMAX_S
    assert objective.label == label


def test_qualities_are_never_censored() -> None:
    assert not QualityObjective().is_censored(REQUEST, result(RunStatus.TIMEOUT))
