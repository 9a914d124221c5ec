"""How configurations compare: a failed run is never preferred to one that worked, whatever the numbers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bbopt.runs import (
    History,
    Instance,
    Objective,
    Origin,
    Pair,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
    Standing,
)
from bbopt.space import parse_pcs

SPACE = parse_pcs("q integer [0, 9] [0]\n")
CUTOFF_S = 10.0
PAIRS = [Pair("a", 1, 5), Pair("a", 2, 5), Pair("b", 1, 5), Pair("c", 7, 5)]
QUALITIES = (QualityObjective(), QualityObjective(100.0), QualityObjective(-5.0), QualityObjective(None))
RUNTIMES = (RuntimeObjective(CUTOFF_S, 1), RuntimeObjective(CUTOFF_S, 10))

objectives = st.sampled_from([*QUALITIES, QualityObjective(1e9, unsat_is_failure=True), *RUNTIMES])
numbers = st.floats(allow_nan=False) | st.sampled_from([0.0, -1e300, 1e300, 1e9, 3e9, 100.0])
statuses = st.sampled_from([RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT, RunStatus.CRASHED])
results = st.builds(RunResult, statuses, st.floats(0, 2 * CUTOFF_S), st.just(0), numbers)
rows = st.lists(results, min_size=1, max_size=len(PAIRS))


def standings(objective: Objective, *rows: list[RunResult]) -> list[Standing]:
    """Where configurations stand whose runs on the first pairs ended like this."""
    history = History(failures_first=objective.failures_first)
    for q, row in enumerate(rows):
        configuration = SPACE.configuration({"q": str(q)})
        for (name, seed, _), result in zip(PAIRS, row, strict=False):
            request = RunRequest(configuration, Instance(name), seed, CUTOFF_S, 5, Origin("test", q))
            history.add(Run.valued(request, objective.settled(result), objective))
    return [history.standing(configuration) for configuration in history.configurations]


def sat(quality: float) -> RunResult:
    return RunResult(RunStatus.SAT, 1.0, 0, quality)


CRASHED = RunResult(RunStatus.CRASHED, 1.0, 0, 0.0)


@given(objectives, rows, results, st.integers(0, 3))
def test_to_work_on_a_pair_is_better_than_to_fail_there(
    objective: Objective, row: list[RunResult], worked: RunResult, place: int
) -> None:
    place %= len(row)
    failing = [*row]
    failing[place] = replace(failing[place], status=RunStatus.CRASHED)
    row[place] = worked
    assume(not objective.is_failure(objective.settled(worked)))
    one, other = standings(objective, row, failing)
    assert one < other
    assert not other < one


@given(objectives, rows, rows)
def test_who_only_failed_is_worse_than_who_worked_at_all(
    objective: Objective, row: list[RunResult], other: list[RunResult]
) -> None:
    n = min(len(row), len(other))
    failing = [replace(result, status=RunStatus.CRASHED) for result in other[:n]]
    one, worst = standings(objective, row[:n], failing)
    assume(one.has_worked)
    assert one < worst
    assert not worst < one


@given(st.sampled_from([QualityObjective(), QualityObjective(1e12)]), rows, rows)
def test_nothing_makes_up_for_a_failure_that_has_no_price(
    objective: Objective, row: list[RunResult], other: list[RunResult]
) -> None:
    one, two = standings(objective, row, other)
    shares = [
        sum(weight for pair, weight in weights(standing).items() if pair in standing.failed)
        for standing in (one, two)
    ]
    if not math.isclose(*shares, abs_tol=1e-9):
        assert (one < two) == (shares[0] < shares[1])


def weights(standing: Standing) -> dict[Pair, float]:
    """What each pair is in the mean."""
    names = [pair.instance for pair in standing.costs]
    return {pair: 1 / len(set(names)) / names.count(pair.instance) for pair in standing.costs}


@given(objectives, rows, rows)
def test_without_failures_the_means_decide(
    objective: Objective, row: list[RunResult], other: list[RunResult]
) -> None:
    one, two = standings(objective, row, other)
    if not one.failed and not two.failed:
        assert (one < two) == (one.mean < two.mean)
    assert not (one < two < one)


@given(st.sampled_from([QualityObjective(), *RUNTIMES]), st.lists(rows, min_size=3, max_size=3))
def test_standings_are_ordered(objective: Objective, three: list[list[RunResult]]) -> None:
    n = min(map(len, three))
    for a, b, c in itertools.permutations(standings(objective, *(row[:n] for row in three))):
        if a < b < c:
            assert a < c


@dataclass(frozen=True)
class Case:
    """Of two rows the first one is better."""

    objective: Objective
    better: list[RunResult]
    worse: list[RunResult]


TIMED_OUT = RunResult(RunStatus.TIMEOUT, CUTOFF_S, 0, 0.0)
LATE = RunResult(RunStatus.SAT, CUTOFF_S, 0, 0.0)
UNKNOWN = RunResult(RunStatus.TIMEOUT, CUTOFF_S, 0, 1e9)


@pytest.mark.parametrize(
    "case",
    [
        Case(QualityObjective(), [sat(3e9)], [CRASHED]),
        Case(QualityObjective(), [sat(3e9)], [UNKNOWN]),  # killed before it had said a quality
        Case(QualityObjective(), [sat(1e9)], [CRASHED]),
        Case(QualityObjective(), [sat(5e8)] * 3, [CRASHED, sat(0.0), sat(0.0)]),
        Case(QualityObjective(), [sat(3e9)] * 4, [*[sat(2.9e9)] * 3, CRASHED]),
        Case(QualityObjective(), [CRASHED, sat(3e9)], [CRASHED, CRASHED]),
        Case(QualityObjective(), [CRASHED, sat(1.0)], [CRASHED, sat(2.0)]),
        # A value in the target's units counts in the mean as SMAC v2's does ...
        Case(QualityObjective(100.0), [CRASHED, sat(1.0), sat(1.0)], [sat(60.0)] * 3),
        # ... but no less than what worked.
        Case(QualityObjective(100.0), [sat(500.0), sat(1.0)], [CRASHED, sat(1.0)]),
        Case(QualityObjective(None), [sat(500.0), sat(1.0)], [CRASHED, sat(1.0)]),
        Case(RuntimeObjective(CUTOFF_S, 1), [LATE], [CRASHED]),
        Case(RuntimeObjective(CUTOFF_S, 1), [TIMED_OUT] * 2, [CRASHED] * 2),
        Case(RuntimeObjective(CUTOFF_S, 10), [LATE], [CRASHED]),
        # Who solves more is better, in spite of a crash.
        Case(RuntimeObjective(CUTOFF_S, 10), [CRASHED, sat(0), sat(0)], [TIMED_OUT] * 3),
    ],
)
def test_cases(case: Case) -> None:
    better, worse = standings(case.objective, case.better, case.worse)
    assert better < worse
    assert not worse < better


def test_costs_are_told_as_smac2_tells_them() -> None:
    crashed, mixed = standings(QualityObjective(), [CRASHED], [CRASHED, CRASHED, sat(5e9)])
    assert crashed.mean == 1e9
    assert mixed.mean == 3e9  # of two instances, one with two seeds
