"""Means and deviations over folds."""

from __future__ import annotations

import math

import pytest

from bbopt.runs import Spread, spread_over


@pytest.mark.parametrize(
    ("values", "spread", "text"),
    [
        ([("0", 1.0), ("1", 3.0)], Spread(2.0, 2**0.5, 2), "2 +/- 1.41 over 2 of 5 folds"),
        ([("0", 1.0), ("0", 2.0), ("1", 3.5)], Spread(2.5, 2**0.5, 2), "2.5 +/- 1.41 over 2 of 5 folds"),
        ([("0", 1.0)], Spread(1.0, None, 1), "1 over 1 of 5 folds"),
        ([("0", 1.0), ("1", None)], Spread(1.0, None, 1, 1), "1 over 1 of 5 folds, 1 failed"),
        ([("0", None), ("0", 4.0)], Spread(4.0, None, 1), "4 over 1 of 5 folds"),
        ([("0", math.inf), ("1", 1.0)], Spread(math.inf, None, 2), "inf over 2 of 5 folds"),
        ([], Spread(None, None, 0), "no result over 0 of 5 folds"),
    ],
)
def test_spreads(values: list[tuple[str, float | None]], spread: Spread, text: str) -> None:
    assert spread_over(values) == spread
    assert spread.text(5) == text


@pytest.mark.parametrize("values", [(math.nan, 1.0), (math.inf, -math.inf), (10**400, 1)])
def test_what_has_no_mean(values: tuple[float, ...]) -> None:
    assert spread_over(enumerate(values)).text() == "nan over 2 folds"


def test_all_folds_are_there() -> None:
    assert spread_over([("0", 1.0), ("1", 1.0)]).text(2, "outer folds") == "1 +/- 0 over 2 outer folds"
