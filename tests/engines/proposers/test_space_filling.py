"""A few points that fill a space."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from bbopt.engines.proposers.space_filling import filling_rows
from bbopt.space import parse_pcs
from bbopt.surrogate import OneHot

PLAIN = parse_pcs("a real [0, 1] [0.5]\nb real [1, 100] [10] log\nc real [0, 1] [0.5]\n")
MIXED = parse_pcs(
    "a real [0, 1] [0.5]\nb integer [1, 9] [5]\nc categorical {u, v, w} [u]\nd real [0, 1] [0.5]\n"
    "d | c in {v}\n"
)


@pytest.mark.parametrize("n", [4, 6, 9])
def test_every_parameter_has_a_value_in_each_part_of_its_range(n: int) -> None:
    rows = filling_rows(PLAIN, n, PLAIN.default.row[None], np.random.default_rng(1))
    parts = np.sort((PLAIN.encode(rows[:n]) * n).astype(int), axis=0)
    assert (parts == np.arange(n)[:, None]).all()


def _closeness(points: NDArray[np.float64], given: NDArray[np.float64]) -> float:
    """The criterion, pair by pair."""
    total = 0.0
    for i, point in enumerate(points):
        for other in [*points[:i], *given]:
            total += max(((point - other) ** 2).sum(), 1e-9) ** -4.0
    return total


def test_points_are_far_from_each_other_and_from_given_ones() -> None:
    n, given = 6, MIXED.configurations(np.array([[0.2, 2.0, 1.0, 0.3], [0.9, 8.0, 0.0, 0.5]]))
    fixed = MIXED.canonical(np.stack([configuration.row for configuration in given]))
    rows = filling_rows(MIXED, n, fixed, np.random.default_rng(2))
    distances = OneHot(MIXED.category_sizes).distances
    sets = distances(MIXED.encode(rows)).reshape(-1, n, distances(MIXED.encode(fixed)).shape[1])
    closeness = [_closeness(points, distances(MIXED.encode(fixed))) for points in sets]
    assert len(sets) == 200
    assert closeness == sorted(closeness)
    assert closeness[0] < 0.5 * np.median(closeness)


def test_hypercubes_without_forbidden_points_come_first() -> None:
    space = parse_pcs("x real [0, 1] [0.2]\ny real [0, 1] [0.2]\n{x > 0.5 && y > 0.5}\n")
    rows = filling_rows(space, 4, space.default.row[None], np.random.default_rng(3))
    assert not space.is_forbidden(rows).any()
    parts = np.sort((space.encode(rows[:4]) * 4).astype(int), axis=0)
    assert (parts == np.arange(4)[:, None]).all()


def test_nothing_given_is_no_point() -> None:
    rows = filling_rows(PLAIN, 5, np.empty((0, 3)), np.random.default_rng(4))
    assert len(np.unique(rows[:5], axis=0)) == 5


def test_the_first_runs_of_all_slots_are_proposed_without_scipy() -> None:
    asked = """
import sys
from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective
from bbopt.space import parse_pcs

space = parse_pcs("x real [0, 1] [0.5]\\nc categorical {u, v, w} [u]\\n")
problem = Problem(space, QualityObjective(), (space.default,), None, seed=1)
engine = RacingEngine(model_search(problem, ModelSettings()), problem, RacingSettings())
print(len({engine.ask().configuration for _ in range(8)}), "scipy" in sys.modules)
"""
    printed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["8", "False"]
