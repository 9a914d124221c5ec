"""Which runs are given up: the rules against plain loops over curves, and odd curves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from bbopt.engines.racers.drops import RemainingDrops
from bbopt.engines.racers.stopping import FinishedRuns, by_curve, by_median
from bbopt.runs import Curve

EPOCHS = range(1, 17)


def falling(final: float, steps: Sequence[int] = EPOCHS, gain: float = 1.0) -> Curve:
    """A loss that falls like 1 / step."""
    return Curve(steps, [final + gain * (1 / step - 1 / steps[-1]) for step in steps])


def shown(cost: float) -> str:
    return f"{cost:.3f}"


def finished(*courses: Curve) -> FinishedRuns:
    runs = FinishedRuns()
    for course in courses:
        runs.add(course, list(course)[-1][1])
    return runs


def first(course: Curve, n: int) -> Curve:
    points = list(course)[:n]
    return Curve((step for step, _ in points), (value for _, value in points))


@pytest.mark.parametrize("n", [3, 7, 8, 20])
def test_bounds_are_those_of_the_definition(n: int) -> None:
    rng = np.random.default_rng(n)
    costs = np.cumsum(rng.exponential(size=(n, 5))[:, ::-1], axis=1)[:, ::-1]
    drops = RemainingDrops(costs)
    final = sorted(costs[:, -1])
    eps = 0.05 * (float(np.median(final)) - final[0])
    assert drops.best == final[0]
    for level in (1, 2, 3):
        ratios = [(row[level] - row[-1]) / (max(row[level - 1] - row[level], 0) + eps) for row in costs]
        most = 1.25 * max(0.0, *ratios)
        most = max(most, 4 - level) if n < 8 else most
        for before, now in ((9.0, 7.5), (3.0, 3.0), (2.0, 4.0)):
            unit = max(before - now, 0) + eps
            assert drops.lowest(before, now, level) == pytest.approx(now - most * unit)
            assert drops.expected(before, now, level) == pytest.approx(now - float(np.median(ratios)) * unit)


def test_without_finished_runs_nothing_is_foreseen() -> None:
    drops = RemainingDrops(np.empty((0, 5)))
    assert (len(drops), drops.best, drops.expected(2.0, 1.0, 1)) == (0, math.inf, 1.0)


@pytest.mark.parametrize(
    ("early", "says"),
    [
        ([1, 2], False),
        ([1, 2, 3], True),
        ([2, 1, 3], False),
        ([4, 3, 2, 1], False),
        ([2, 1, 3, 4], True),
        ([2, 1, 4, 3], False),
        ([1, 1, 1, 1], False),
        ([1, 3, 2, 5, 4], True),
        ([2, 1, 3, 5, 4], True),
        ([3, 1, 2, 5, 4], False),
    ],
)
def test_levels_whose_order_says_nothing(early: list[float], says: bool) -> None:
    costs = np.array([[5.0, now, final] for final, now in enumerate(early)])
    assert RemainingDrops(costs).says_something(1) == says


def test_runs_are_looked_at_when_they_reach_shares_of_the_longest_one() -> None:
    runs = finished(falling(1.0), falling(2.0, range(1, 9)))
    assert runs.levels.tolist() == [1, 2, 4, 8, 16]
    course = falling(3.0)
    for n, step in ((1, None), (2, 2), (3, 2), (4, 4), (7, 4), (8, 8), (15, 8), (16, None)):
        part = runs.part(first(course, n))
        assert (part and part.step) == step
        if part is not None:
            values = [value for _, value in course]
            assert part.costs.tolist() == [values[2**k - 1] for k in range(part.level + 1)]
            assert part.best == values[part.step - 1]
    assert finished(falling(1.0, range(1, 4))).levels.tolist() == [1, 2, 3]
    assert finished(falling(1.0, range(10, 60, 10))).levels.tolist() == [4, 7, 13, 25, 50]
    assert FinishedRuns().part(course) is None
    assert runs.part(Curve()) is None


def test_curves_that_are_not_as_they_should_be() -> None:
    runs = FinishedRuns()
    runs.add(Curve([1], [1.0]), 1.0)
    runs.add(Curve(), 1.0)
    runs.add(Curve([1, 2, 3], [math.nan, math.inf, 1.0]), 1.0)
    assert len(runs) == 0
    runs.add(Curve([1, 2, 3, 4], [4.0, math.nan, 2.0, 1.0]), 0.5)
    runs.add(Curve([1, 2, 1, 2], [4.0, 3.0, 2.0, 1.0]), 1.0)  # two phases, each counted from 1
    runs.add(Curve([2, 2, 1, 0], [4.0, 3.0, 2.0, 1.0]), 1.0)
    assert runs.levels.tolist() == [1, 2, 3, 5]
    drops = runs.drops
    assert drops.best == 0.5
    part = runs.part(Curve([1, 2, 1, 2], [9.0, math.nan, 8.0, 7.0]))
    assert part is not None
    assert (part.step, part.costs.tolist(), part.best) == (3, [9.0, 9.0, 8.0], 8.0)
    assert runs.part(Curve([5, 6], [math.nan, math.nan])) is None


def test_a_run_that_the_largest_drop_would_not_save_is_given_up() -> None:
    runs = finished(*(falling(final) for final in np.linspace(1.0, 2.0, 10)))
    for final, expected in ((0.5, False), (1.0, False), (5.0, True)):
        part = runs.part(first(falling(final), 4))
        assert part is not None
        why = by_curve(runs, part, 1.0, shown)
        assert (why is not None) == expected
    assert why is not None
    assert why.startswith("5.188 at step 4 would come to 4.")
    assert why.endswith(" at best, against 1.000")
    assert by_curve(runs, part, None, shown) is None
    assert by_curve(finished(*[falling(1.0)] * 9), part, 1.0, shown) is None


def test_one_late_drop_keeps_all_runs_alive() -> None:
    usual = [falling(final) for final in np.linspace(1.0, 2.0, 10)]
    late = Curve(EPOCHS, [9.0] * 15 + [0.9])
    part = finished(*usual).part(first(falling(5.0), 8))
    assert part is not None
    assert by_curve(finished(*usual), part, 1.0, shown) is not None
    assert by_curve(finished(*usual, late), part, 1.0, shown) is None


def test_nothing_is_given_up_where_the_order_of_runs_is_reversed_early() -> None:
    finals = np.linspace(1.0, 2.0, 10)
    reversed_early = [Curve(EPOCHS, [*([5 - final] * 8), *([final] * 8)]) for final in finals]
    runs = finished(*reversed_early)
    part = runs.part(first(falling(50.0), 4))
    assert part is not None
    assert by_curve(runs, part, 1.0, shown) is None


def test_the_median_rule_is_that_of_the_paper() -> None:
    courses = [falling(final) for final in (1.0, 2.0, 3.0, 4.0, 5.0)]
    runs = finished(*courses)
    means = sorted(np.mean([value for _, value in first(course, 4)]) for course in courses)
    for best, expected in ((means[2] + 1e-6, True), (means[2] - 1e-6, False)):
        part = runs.part(Curve(range(1, 5), [9.0, best, 9.0, 9.0]))
        assert part is not None
        assert (by_median(runs, part, None, shown) is not None) == expected
    assert by_median(finished(*courses[:4]), part, None, shown) is None
