"""The batched local search on real spaces."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.acquisition import SearchSettings, search
from bbopt.space import Space, parse_pcs
from tests.engines.spaces import MIXED

SETTINGS = SearchSettings(n_random=50, n_starts=4, steps=40)


def best(space: Space, score, incumbents=None, settings=SETTINGS, seed: int = 0):  # type: ignore[no-untyped-def]
    starts = np.empty((0, space.n_params)) if incumbents is None else incumbents
    return search(score, space, starts, settings, np.random.default_rng(seed))


def test_it_climbs_to_the_top_of_a_smooth_function() -> None:
    space = parse_pcs("x real [0, 1] [0.5]\ny real [0, 1] [0.5]\nz integer [0, 50] [5]\n")

    def score(rows: np.ndarray) -> np.ndarray:
        return -((rows[:, 0] - 0.123) ** 2) - (rows[:, 1] - 0.8) ** 2 - ((rows[:, 2] - 31) / 50) ** 2

    rows = best(space, score)
    assert score(rows[:1])[0] > -1e-4


def test_rows_come_best_first_and_are_legal() -> None:
    space = parse_pcs(MIXED)

    def score(rows: np.ndarray) -> np.ndarray:
        return np.sin(3 * space.encode(rows)).sum(axis=1)

    rows = best(space, score)
    scores = score(rows)
    assert np.all(np.diff(scores) <= 0)
    assert not space.is_forbidden(rows).any()
    np.testing.assert_array_equal(rows, space.canonical(rows))


def test_it_is_at_least_as_good_as_the_best_random_point_and_the_incumbents() -> None:
    space = parse_pcs(MIXED)
    incumbents = space.sample(3, np.random.default_rng(9))

    def score(rows: np.ndarray) -> np.ndarray:
        return np.cos(5 * space.encode(rows)).prod(axis=1)

    top = score(best(space, score, incumbents)[:1])[0]
    assert top >= score(incumbents).max()
    assert top >= score(space.sample(50, np.random.default_rng(0))).max()


def test_a_flat_score_ends() -> None:
    space = parse_pcs("a {x, y, z} [x]\n")
    rows = best(space, lambda rows: np.zeros(len(rows)))
    assert set(rows[:, 0]) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("text", ["only {x} [x]\n", "n integer [3, 3] [3]\n"])
def test_a_space_without_neighbours(text: str) -> None:
    rows = best(parse_pcs(text), lambda rows: np.zeros(len(rows)))
    assert len(np.unique(rows)) == 1


def test_one_seed_one_result() -> None:
    space = parse_pcs(MIXED)

    def score(rows: np.ndarray) -> np.ndarray:
        return np.cos(5 * space.encode(rows)).prod(axis=1)

    np.testing.assert_array_equal(best(space, score, seed=3), best(space, score, seed=3))
