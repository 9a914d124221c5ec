"""Hyperband's schedule, against exact arithmetic and the tables of others."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from bbopt.engines.racers.schedule import (
    BracketPlan,
    hyperband_schedule,
    level_of,
    run_length_levels,
)


def table(most: int, eta: int, least: int = 1, skip_last: int = 0) -> list[tuple[int, int, int, int]]:
    """Rows s, i, n_i, r_i."""
    brackets = hyperband_schedule(most, eta, least, skip_last)
    return [(b.s, i, rung.n, rung.budget) for b in brackets for i, rung in enumerate(b.rungs)]


MADLIB_81 = """
4 0 81 1
4 1 27 3
4 2 9 9
4 3 3 27
4 4 1 81
3 0 27 3
3 1 9 9
3 2 3 27
3 3 1 81
2 0 9 9
2 1 3 27
2 2 1 81
1 0 6 27
1 1 2 81
0 0 5 81
"""


def test_the_schedule_in_the_manual_of_madlib() -> None:
    rows = [tuple(map(int, line.split())) for line in MADLIB_81.strip().splitlines()]
    assert table(81, 3) == rows


def test_budgets_are_rounded_half_up() -> None:
    assert [row[3] for row in table(50, 3)[:4]] == [2, 6, 17, 50]
    assert table(6, 3) == [(1, 0, 3, 2), (1, 1, 1, 6), (0, 0, 2, 6)]


def exact_s_max(most: int, eta: int, least: int) -> int:
    return max(s for s in range(64) if Fraction(most, eta**s) >= least)


@pytest.mark.parametrize("eta", [2, 3, 4, 5])
def test_against_fractions(eta: int) -> None:
    for most in range(1, 1001):
        for least in {1, 2, most // 7 or 1}:
            if least > most:
                continue
            s_max = exact_s_max(most, eta, least)
            expected = []
            for s in range(s_max, -1, -1):
                n = math.ceil(Fraction((s_max + 1) // (s + 1)) * eta**s)
                for i in range(s + 1):
                    budget = math.floor(Fraction(most * eta**i, eta**s) + Fraction(1, 2))
                    expected.append((s, i, math.floor(Fraction(n, eta**i)), budget))
            assert table(most, eta, least) == expected
            assert min(row[3] for row in expected) >= least
            assert max(row[3] for row in expected) == most


def test_a_power_is_recognised() -> None:
    """A logarithm in floating point is 4.999... there."""
    assert hyperband_schedule(243, 3)[0].s == 5
    assert hyperband_schedule(5**13, 5)[0].s == 13


def test_the_least_budget_leaves_out_long_brackets() -> None:
    assert [row[3] for row in table(81, 3, least=4)[:3]] == [9, 27, 81]
    assert table(81, 3, least=9) == table(81, 3, least=4)


def test_the_last_rungs_may_be_left_out() -> None:
    assert table(9, 3, skip_last=1) == [(2, 0, 9, 1), (2, 1, 3, 3), (1, 0, 3, 3)]
    assert table(9, 3, skip_last=2) == [(2, 0, 9, 1)]


def test_additional_budgets_add_up() -> None:
    brackets = hyperband_schedule(9, 3)
    lengths = [bracket.run_lengths(are_additional=True) for bracket in brackets]
    assert lengths == [[1, 4, 13], [3, 12], [9]]
    assert brackets[0].run_lengths(are_additional=False) == [1, 3, 9]
    levels = run_length_levels(brackets, are_additional=True)
    assert levels == {1: 1, 3: 3, 9: 9, 4: 3, 13: 9, 12: 9}


@pytest.mark.parametrize("eta", [2, 3, 4, 5])
def test_each_run_length_stands_for_one_budget(eta: int) -> None:
    for most in range(eta, 1001):
        brackets = hyperband_schedule(most, eta)
        levels = sorted({rung.budget for bracket in brackets for rung in bracket.rungs})
        for bracket in brackets:
            lengths = bracket.run_lengths(are_additional=True)
            assert [level_of(length, levels) for length in lengths] == [r.budget for r in bracket.rungs]


def test_levels_reached() -> None:
    assert [level_of(budget, [1, 3, 9]) for budget in (0, 1, 2, 3, 8, 9, 100)] == [1, 1, 1, 3, 3, 9, 9]


def test_a_bracket_knows_how_many_begin() -> None:
    bracket: BracketPlan = hyperband_schedule(81, 3)[3]
    assert (bracket.s, bracket.n) == (1, 6)
