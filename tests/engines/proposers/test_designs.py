"""Designs of experiments: how many rows, how they are spread, and what conditions and clauses do to them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import truncnorm

from bbopt.engines import Problem
from bbopt.engines.proposers import DesignProposer, SamplingName, grid, sampled
from bbopt.engines.proposers.designs import ALL_LEVELS
from bbopt.engines.racers import RacingEngine, RacingSettings, UnracedEngine
from bbopt.errors import InputError
from bbopt.runs import QualityObjective, RunResult, RunStatus
from bbopt.space import Space, parse_pcs

SPACE = parse_pcs(
    """lr real [1e-4, 1] [0.01] log
layers integer [1, 4] [2]
opt categorical {sgd, adam} [adam]
mom real [0, 1] [0.9]
mom | opt == sgd
{layers=4, opt=sgd}
"""
)
EVERY = list(SamplingName)


def units(space: Space, name: SamplingName, n: int, seed: int = 1) -> np.ndarray:
    return space.encode(np.stack([one.row for one in sampled(space, name, n, seed)]))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("n", [1, 7, 60])
def test_there_are_exactly_as_many_rows_and_all_are_legal(name: SamplingName, n: int) -> None:
    rows = sampled(SPACE, name, n, 3)
    assert len(rows) == n
    assert not any(row.is_forbidden for row in rows)
    assert rows == sampled(SPACE, name, n, 3)
    assert rows != sampled(SPACE, name, n, 4)


@pytest.mark.parametrize("name", EVERY)
def test_no_row_comes_from_a_part_of_the_sequence_that_was_used(name: SamplingName) -> None:
    space = parse_pcs("a real [0, 1] [0.9]\nb real [0, 1] [0.9]\n{a < 0.9}\n")
    rows = sampled(space, name, 64, 1)
    assert len(set(rows)) == len(rows) == 64


def test_a_hypercube_has_one_value_in_each_stratum() -> None:
    space = parse_pcs("a real [0, 1] [0.5]\nb real [1, 100] [5] log\n")
    points = units(space, SamplingName.LATIN_HYPERCUBE, 50)
    assert (np.sort(np.floor(points * 50), axis=0) == np.arange(50)[:, None]).all()


def test_a_hypercube_has_one_value_in_each_share_of_a_distribution() -> None:
    space = parse_pcs("a real [1e-5, 1] [0.01] lognormal(-4, 1)\nb real [0, 1] [0] normal(0.9, 0.2)\n")
    rows = np.stack([one.row for one in sampled(space, SamplingName.LATIN_HYPERCUBE, 50, 1)])
    known = truncnorm((math.log(1e-5) + 4), 4, -4, 1), truncnorm(-4.5, 0.5, 0.9, 0.2)
    shares = np.column_stack([known[0].cdf(np.log(rows[:, 0])), known[1].cdf(rows[:, 1])])
    assert (np.sort(np.floor(shares * 50), axis=0) == np.arange(50)[:, None]).all()


def test_levels_of_grids_follow_scales_distributions_and_steps() -> None:
    def levels(line: str, n: int) -> list[float]:
        return [float(one.row[0]) for one in grid(parse_pcs(f"x {line}"), {}, n)]

    assert levels("real [0, 1] [0] step(0.1)", ALL_LEVELS) == [n / 10 for n in range(11)]
    assert levels("real [0, 1] [0] step(0.1)", 3) == [0, 0.5, 1]
    assert levels("real [0, 1] [0] step(0.1)", 4) == [0, 0.3, 0.7, 1]
    assert levels("integer [8, 128] [8] log step(8)", 3) == [8, 32, 128]
    assert levels("real [0.1, 1] [0.4] step(0.1)", 1) == [0.4]
    assert levels("real [0, 0.99] [0] log_near_one", 3) == pytest.approx([0, 0.9, 0.99])
    assert levels("real [0, 1] [0] normal(0.5, 0.1)", 5) == pytest.approx(
        [0, 0.43255, 0.5, 0.56745, 1], abs=1e-4
    )
    assert levels("integer [1, 9] [5] normal(5, 1)", 3) == [1, 5, 9]
    with pytest.raises(InputError, match="all levels of x"):
        levels("real [0, 1e6] [0] step(0.1)", ALL_LEVELS)


@pytest.mark.parametrize("name", [SamplingName.SOBOL, SamplingName.HALTON, SamplingName.LATIN_HYPERCUBE])
def test_points_that_fill_the_space_are_more_even_than_random_ones(name: SamplingName) -> None:
    space = parse_pcs("a real [0, 1] [0.5]\nb real [0, 1] [0.5]\n")

    def unevenness(of: SamplingName) -> float:
        from scipy.stats import qmc

        return float(np.mean([qmc.discrepancy(units(space, of, 64, seed)) for seed in range(5)]))

    assert unevenness(name) < 0.5 * unevenness(SamplingName.MONTE_CARLO)


def test_rows_that_are_nearly_all_forbidden_are_refused() -> None:
    space = parse_pcs("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 1e-9}\n")
    with pytest.raises(InputError, match="can't be made"):
        sampled(space, SamplingName.LATIN_HYPERCUBE, 10, 1)


def test_a_grid_has_all_combinations_that_differ_and_are_legal() -> None:
    rows = grid(SPACE, {"lr": 3, "layers": 0, "mom": 2}, 5)
    expected = {
        (lr, layers, opt, mom)
        for lr, layers, opt in itertools.product(("1.0E-4", "0.01", "1.0"), "1234", ("sgd", "adam"))
        for mom in (("0.0", "1.0") if opt == "sgd" else (None,))
        if not (layers == "4" and opt == "sgd")
    }
    assert len(rows) == len(expected) == 3 * 4 + 3 * 3 * 2
    logs = {round(float(np.log10(row.row[SPACE.index["lr"]])), 9) for row in rows}
    assert logs == {-4.0, -2.0, 0.0}
    assert len(set(rows)) == len(rows)


def test_a_single_level_is_the_default() -> None:
    (row,) = grid(SPACE.subspace({"opt": "adam"}), {}, 1)
    assert row == SPACE.default


def test_integers_have_no_more_levels_than_values() -> None:
    assert len(grid(parse_pcs("k integer [1, 4] [1]\n"), {}, 9)) == 4
    wide = grid(parse_pcs("k integer [1, 1000] [1] log\n"), {}, 4)
    assert [row.row[0] for row in wide] == [1, 10, 100, 1000]


def test_a_real_parameter_has_no_all() -> None:
    with pytest.raises(InputError, match="all levels of lr"):
        grid(SPACE, {"lr": 0}, 2)


def test_a_grid_that_is_too_large_is_refused() -> None:
    space = parse_pcs("".join(f"x{i} real [0, 1] [0.5]\n" for i in range(20)))
    with pytest.raises(InputError, match="grid-levels"):
        grid(space, {}, 5)


def problem(space: Space) -> Problem:
    return Problem(space, QualityObjective(), (), budget=None, seed=1)


def test_repeated_rows_are_run_again_without_a_race_and_once_in_one() -> None:
    one, two = grid(parse_pcs("k integer [1, 2] [1]\n"), {}, 2)
    rows = [one, two, one, one]
    for engine, expected in (
        (UnracedEngine(DesignProposer(rows, "csv"), problem(SPACE), repeats=True), rows),
        (RacingEngine(DesignProposer(rows, "csv"), problem(SPACE), RacingSettings()), [one, two]),
    ):
        made = []
        while (request := engine.ask()) is not None:
            made.append(request.configuration)
            engine.tell(request, RunResult(RunStatus.SAT, 0.1, 0, len(made)))
        assert made == expected
        assert engine.exhausted


def test_searches_that_share_a_design_share_its_rows_out() -> None:
    rows = sampled(SPACE, SamplingName.SOBOL, 12, 1)
    engines = [UnracedEngine(DesignProposer(rows, "sobol"), problem(SPACE), repeats=True) for _ in range(2)]
    made = []
    for turn in range(20):
        engine, other = engines if turn % 3 else engines[::-1]
        request = engine.ask()
        if request is not None:
            made.append(request.configuration)
            result = RunResult(RunStatus.SAT, 0.1, 0, 1.0)
            engine.tell(request, result)
            other.learn(request, result)
    assert sorted(map(str, made)) == sorted(map(str, rows))
    assert all(engine.exhausted for engine in engines)


def test_what_was_under_way_when_the_record_ended_is_made_again() -> None:
    rows = sampled(SPACE, SamplingName.SOBOL, 6, 1)
    engine, fresh = (
        UnracedEngine(DesignProposer(rows, "sobol"), problem(SPACE), repeats=True) for _ in range(2)
    )
    asked = [engine.ask() for _ in range(4)]
    assert asked[3] is not None
    fresh.tell(asked[3], RunResult(RunStatus.SAT, 0.1, 0, 1.0))
    following = [request.origin.proposal for request in iter(fresh.ask, None)]
    assert following == [0, 1, 2, 4, 5]


def test_a_run_on_record_may_be_known_from_others_before() -> None:
    rows = sampled(SPACE, SamplingName.SOBOL, 2, 1)
    engine, fresh = (
        UnracedEngine(DesignProposer(rows, "sobol"), problem(SPACE), repeats=True) for _ in range(2)
    )
    first, second = engine.ask(), engine.ask()
    assert first is not None
    result = RunResult(RunStatus.SAT, 0.1, 0, 1.0)
    fresh.learn(first, result)
    fresh.tell(first, result)
    assert fresh.ask() == second
    assert fresh.incumbent is not None
