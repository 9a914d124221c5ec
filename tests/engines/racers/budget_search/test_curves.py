"""What is known of configurations, level by level."""

from __future__ import annotations

import numpy as np

from bbopt.engines.racers.budget_search.curves import LearningCurves, costs_at_levels
from bbopt.runs import Curve
from tests.engines.spaces import branin

LEVELS = (2, 3, 6, 13)


def test_a_course_is_read_at_the_levels_it_has_passed() -> None:
    course = Curve([1, 2, 3, 4, 5, 7], [9.0, 8.0, 7.0, 6.0, 5.0, 3.0])
    np.testing.assert_array_equal(costs_at_levels(course, LEVELS), [8.0, 7.0, 5.0, np.nan])


def test_a_course_that_was_silent_between_two_levels_tells_nothing_of_the_upper_one() -> None:
    course = Curve([2, 13], [8.0, 1.0])
    np.testing.assert_array_equal(costs_at_levels(course, LEVELS), [8.0, np.nan, np.nan, 1.0])
    assert np.isnan(costs_at_levels(Curve(), LEVELS)).all()


def test_a_failure_counts_as_the_worst_at_its_level_and_ends_the_configuration() -> None:
    space = branin()
    curves = LearningCurves(3)
    good, bad, lost = (
        curves.of(c) for c in space.configurations(np.array([[0.0, 1.0], [1.0, 2.0], [3.0, 4.0]]))
    )
    curves.observe(good, 0, 5.0, failed=False)
    curves.observe(bad, 0, 1e9, failed=True)
    curves.observe(lost, 2, 1e9, failed=True)
    bad.is_own = good.is_own = True
    np.testing.assert_array_equal(
        curves.matrix(), [[5.0, np.nan, np.nan], [5.0, np.nan, np.nan], [np.nan] * 3]
    )
    assert good.is_paused
    assert not bad.is_paused
    assert not lost.is_finished
    assert len(curves.finished) == 0
    np.testing.assert_array_equal(curves.matrix(1)[:, 0], [5.0, np.nan, np.nan])


def test_what_a_run_tells_of_lower_levels_leaves_what_is_known() -> None:
    space = branin()
    curves = LearningCurves(3)
    curve = curves.of(space.default)
    curves.observe(curve, 0, 5.0, failed=False)
    curves.observe_below(curve, np.array([7.0, 4.0, np.nan]))
    np.testing.assert_array_equal(curve.costs, [5.0, 4.0, np.nan])
    assert curve.level == 1
    assert [one.level for one in curves.observed] == [0, 1]


def test_of_several_seeds_in_full_the_mean_counts() -> None:
    curves = LearningCurves(2)
    first, other, paused = (
        curves.of(c) for c in branin().configurations(np.array([[0.0, 1.0], [1.0, 2.0], [3.0, 4.0]]))
    )
    for curve, costs in ((first, (9.0, 1.0)), (other, (8.0, 2.0)), (paused, (7.0,))):
        for level, cost in enumerate(costs):
            curves.observe(curve, level, cost, failed=False)
    first.repeated += [4.0, 7.0]
    np.testing.assert_array_equal(curves.means(), [[9.0, 4.0], [8.0, 2.0], [7.0, np.nan]])
    np.testing.assert_array_equal(curves.matrix()[:, 1], [1.0, 2.0, np.nan])
    np.testing.assert_array_equal(curves.finished[:, 1], [1.0, 2.0])
