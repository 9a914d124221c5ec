"""The budgets at which runs are looked at."""

from __future__ import annotations

import itertools

import pytest

from bbopt.engines.racers.budget_search import BudgetSearchSettings, budget_levels


@pytest.mark.parametrize(
    ("lowest", "highest", "step", "levels"),
    [
        (1, 52, 2, (2, 3, 6, 13, 26, 52)),
        (1, 52, 3, (2, 6, 17, 52)),
        (1, 9, 2, (1, 2, 4, 9)),
        (1, 1, 2, (1,)),
        (5, 5, 3, (5,)),
        (1, 2, 2, (1, 2)),
        (1, 3, 2, (1, 2, 3)),
        (20, 52, 2, (26, 52)),
        (1, 10_000_000, 3, (370370, 1111111, 3333333, 10000000)),
    ],
)
def test_levels_are_a_step_apart(lowest: int, highest: int, step: int, levels: tuple[int, ...]) -> None:
    assert budget_levels(lowest, highest, step) == levels


@pytest.mark.parametrize("step", [2, 3, 4])
def test_every_level_is_a_budget_that_may_be_run(step: int) -> None:
    for lowest, highest in itertools.product(range(1, 40), range(1, 200, 7)):
        if lowest > highest:
            continue
        levels = budget_levels(lowest, highest, step)
        assert levels[-1] == highest
        assert levels[0] >= lowest
        assert sorted(set(levels)) == list(levels)


def test_who_pays_anew_stops_less_often() -> None:
    onwards, anew = (BudgetSearchSettings.between(1, 81, goes_on=goes_on) for goes_on in (True, False))
    assert len(anew.levels) < len(onwards.levels)
    assert anew.explored < onwards.explored
    assert BudgetSearchSettings.between(1, 81, goes_on=True, step=3).levels == (3, 9, 27, 81)
