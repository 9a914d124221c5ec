"""Capping against a brute-force statement of what it promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.engines.racers.capping import CappingSettings, Comparison
from bbopt.runs import Pair, mean_cost

PAIRS: list[Pair] = [Pair(name, seed) for name in "abc" for seed in range(3)]
costs = st.floats(0.0, 50.0)


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Pair], dict[Pair, float], dict[Pair, float], Pair]:
    compared = draw(st.lists(st.sampled_from(PAIRS), min_size=1, unique=True))
    theirs = {pair: draw(costs) for pair in compared}
    n_known = draw(st.integers(0, len(compared) - 1))
    own = {pair: draw(costs) for pair in compared[:n_known]}
    return compared, theirs, own, compared[n_known]


@given(races(), st.floats(0.01, 60.0))
def test_beyond_the_longest_time_the_challenger_loses_whatever_the_rest_costs(
    race: tuple[list[Pair], dict[Pair, float], dict[Pair, float], Pair], more: float
) -> None:
    compared, theirs, own, pair = race
    longest_s = Comparison(compared, theirs, own).longest_s(pair)
    best_case = {**dict.fromkeys(compared, 0.0), **own, pair: max(longest_s, 0.0) + more}
    assert mean_cost(best_case, compared) > mean_cost(theirs, compared)


@given(races())
def test_within_it_the_challenger_may_still_win(
    race: tuple[list[Pair], dict[Pair, float], dict[Pair, float], Pair],
) -> None:
    compared, theirs, own, pair = race
    comparison = Comparison(compared, theirs, own)
    tolerance_s = 0.002 * len(PAIRS)  # SMAC v2's on the mean and on the sum
    seconds = comparison.longest_s(pair) - tolerance_s
    if seconds > 0:
        best_case = {**dict.fromkeys(compared, 0.0), **own, pair: seconds}
        assert mean_cost(best_case, compared) <= mean_cost(theirs, compared) + 1e-9


@given(races())
def test_lost_means_worse_even_if_all_that_is_left_costs_nothing(
    race: tuple[list[Pair], dict[Pair, float], dict[Pair, float], Pair],
) -> None:
    compared, theirs, own, _ = race
    best_case = {**dict.fromkeys(compared, 0.0), **own}
    theirs_mean, own_mean = mean_cost(theirs, compared), mean_cost(best_case, compared)
    if abs(own_mean - theirs_mean) > 1e-9:
        assert Comparison(compared, theirs, own).is_lost == (own_mean > theirs_mean)


def test_with_one_seed_an_instance_it_is_smac2s_formula() -> None:
    theirs = {Pair("a", 1): 1.5, Pair("b", 2): 2.5, Pair("c", 3): 0.5}
    own = {Pair("a", 1): 0.7}
    n, m, t = 3, 1.5, 0.7
    longest_s = Comparison(theirs, theirs, own).longest_s(Pair("b", 2))
    assert longest_s == pytest.approx(n * (m + 0.001) - t + 0.001)
    assert CappingSettings().widened(longest_s) == pytest.approx(1.3 * (n * (m + 0.001) - t + 0.001) + 1.0)


def test_what_rounding_makes_is_no_loss() -> None:
    theirs = {Pair("a", 1): 0.1, Pair("a", 2): 0.2, Pair("b", 1): 0.3}
    assert not Comparison(theirs, theirs, {Pair("a", 1): 0.2, Pair("a", 2): 0.1, Pair("b", 1): 0.3}).is_lost
