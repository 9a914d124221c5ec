"""The guards and the rule by which runs are stopped, on made-up curves."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.engines.racers.budget_search.trust import (
    StopRule,
    contradict_on_average,
    contradicts,
    rank_correlation,
    ranks_disagree,
)

N_LEVELS = 6


def falling(ends: list[float], rate: float = 8.0) -> np.ndarray:
    """Curves (n, 6) that fall to their ends, each level gaining half of what is left."""
    gain = rate / 2.0 ** np.arange(N_LEVELS)
    gain[-1] = 0
    return np.array(ends)[:, None] + gain


def test_kendalls_tau() -> None:
    one = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(one, one) == 1
    assert rank_correlation(one, -one) == -1
    assert rank_correlation(one, np.array([1.0, 2.0, 4.0, 3.0])) == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("before", "end", "disagree"),
    [
        ([1, 2], [2, 1], False),
        ([1, 2, 3], [1, 2, 3], False),
        ([1, 2, 3], [3, 2, 1], True),
        ([1, 2, 3], [2, 3, 1], False),
        ([1, 2, 3, 4], [4, 3, 1, 2], True),
        ([1, 2, 3, 4], [4, 1, 2, 3], False),
        ([1, 2, 3, 4, 5], [5, 4, 1, 2, 3], True),
        ([1, 2, 3, 4, 5], [5, 1, 4, 2, 3], False),
        ([1, 2, 3, 4], [1, 2, 4, 3], False),
    ],
)
def test_ranks_disagree_where_they_turn(before: list[float], end: list[float], disagree: bool) -> None:
    finished = falling([float(value) for value in end])
    finished[:, N_LEVELS - 3] = before
    assert ranks_disagree(finished) == disagree


def test_ranks_of_one_level_or_of_unseen_ones_say_nothing() -> None:
    assert not ranks_disagree(np.array([[3.0], [2.0], [1.0]]))
    finished = falling([1, 2, 3, 4])
    finished[:, N_LEVELS - 3] = np.nan
    assert not ranks_disagree(finished)


def test_one_of_the_best_that_becomes_bad_contradicts() -> None:
    costs = falling([float(end) for end in range(8)])
    costs[:, 2:] = np.nan
    costs[0, 1] = costs[:, 0].max()
    assert contradicts(costs, 0, 1)
    costs[0, 1] = np.median(costs[:, 0])
    assert not contradicts(costs, 0, 1)
    costs[4, 1] = costs[:, 0].max() + 1  # it never was among the best
    assert not contradicts(costs, 4, 1)
    assert not contradicts(costs[:6], 0, 1)  # too few to know who is


def test_on_average_one_that_was_lucky_proves_nothing() -> None:
    rng = np.random.default_rng(0)
    costs = falling([0.1 * end for end in range(40)], rate=2.0) + rng.normal(size=(40, N_LEVELS))
    costs[:, 2:] = np.nan
    was_good = np.flatnonzero(costs[:, 0] <= np.quantile(costs[:, 0], 0.25))
    bad = [number for number in was_good.tolist() if contradicts(costs, number, 1)]
    assert bad  # by the values of single runs
    costs[np.setdiff1d(np.arange(40), was_good), 1] = np.nan
    assert not contradict_on_average(costs, 1)
    only = costs.copy()
    only[np.setdiff1d(was_good, bad[:1]), 1] = np.nan
    assert not contradict_on_average(only, 1)


def test_on_average_the_best_may_not_become_the_worst() -> None:
    rng = np.random.default_rng(0)
    costs = falling([0.1 * end for end in range(40)], rate=2.0)
    costs[:, 2:] = np.nan
    costs[:, 1] = 8.0 - costs[:, 0]
    costs[6:, 1] = np.nan
    costs += 0.3 * rng.normal(size=costs.shape)
    assert contradict_on_average(costs, 1)
    assert not contradict_on_average(costs[:6], 1)  # too few to know who were the best
    assert not contradict_on_average(costs, 0)
    costs[1:, 1] = np.nan
    assert contradict_on_average(costs, 1)  # a single one that is far off


def test_runs_are_stopped_where_finished_ones_gained_too_little_from_there() -> None:
    finished = falling([float(end) for end in range(10)])
    rule = StopRule.of(finished, 0.0)
    hopeless, hopeful = falling([6.0])[0], falling([0.0])[0]
    stopped = rule.expected(hopeless, 3)
    assert stopped is not None
    assert stopped == pytest.approx(6.0, abs=0.3)
    assert rule.expected(hopeful, 3) is None
    for never in (0, 1, N_LEVELS - 1):
        assert rule.expected(hopeless, never) is None


def test_a_stopped_run_is_never_told_to_be_the_best() -> None:
    finished = falling([float(end) for end in range(10)])
    rule = StopRule.of(finished, 0.0)
    found = [rule.expected(falling([end])[0], 3) for end in np.linspace(-1, 9, 200)]
    told = [cost for cost in found if cost is not None]
    assert told
    assert min(told) >= rule.best + rule.least


def test_a_curve_that_dropped_late_forbids_stopping() -> None:
    finished = falling([float(end) for end in range(10)])
    finished[4, -1] = -6.0
    rule = StopRule.of(finished, -6.0)
    assert rule.expected(falling([6.0])[0], 3) is None


def test_few_finished_runs_are_not_trusted_far() -> None:
    ends, hopeless = [0.0, 0.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], falling([1.0])[0]
    assert StopRule.of(falling(ends), 0.0).expected(hopeless, 3) is not None
    assert StopRule.of(falling(ends[:4]), 0.0).expected(hopeless, 3) is None
    assert StopRule.of(falling(ends[:4]), 0.0).expected(falling([9.0])[0], 3) is not None
    assert StopRule.of(falling(ends[:2]), 0.0).expected(falling([50.0])[0], 3) is None
    assert StopRule.of(np.empty((0, N_LEVELS)), 0.0).expected(hopeless, 3) is None


def test_levels_that_were_left_out_are_not_judged_by() -> None:
    finished = falling([float(end) for end in range(10)])
    own = falling([8.0])[0]
    own[2] = np.nan
    assert StopRule.of(finished, 0.0).expected(own, 3) is None
    assert StopRule.of(finished, 0.0).expected(own, 2) is None
    finished[:8, 3] = np.nan
    assert StopRule.of(finished, 0.0).expected(falling([8.0])[0], 3) is None
