"""The batched local search on real spaces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.acquisition import SearchSettings, search
from bbopt.space import ParameterKind, Space, parse_pcs
from tests.engines.spaces import MIXED
from tests.space.golden_files import PCS_NAMES, space_of

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


def test_where_neighbours_are_many_a_few_steps_change_several_parameters_each() -> None:
    space = parse_pcs("".join(f"x{i} {{no, yes}} [no]\n" for i in range(60)))
    sizes: list[int] = []

    def score(rows: np.ndarray) -> np.ndarray:
        sizes.append(len(rows))
        return rows.sum(axis=1)

    settings = SearchSettings(n_random=1, n_mutants=0, n_starts=1, n_neighbours=180)
    rows = best(space, score, space.default_row, settings)
    assert sizes.count(60) == 3, "steps of 60 neighbours, 180 in all"
    begun = max(score(space.default_row), score(space.sample(1, np.random.default_rng(0))))
    assert score(rows[:1])[0] >= begun + 3 * 5


SMALL = SearchSettings(n_random=15, n_starts=2, n_continuous=1, steps=3, n_neighbours=50)
SHAPES = ("smooth", "steps", "flat", "no good", "cliffs")


def random_score(space: Space, shape: str, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """A score without NaN: smooth, of few plateaus, constant, all -inf, or with +inf and -inf regions."""
    weights = np.random.default_rng(seed).normal(size=space.n_params) * 3

    def score(rows: np.ndarray) -> np.ndarray:
        wave = np.round(np.sin((space.encode(rows) * weights).sum(axis=1) + seed), 9)
        if shape == "steps":
            return np.floor(2 * wave)
        if shape == "flat":
            return np.zeros(len(rows))
        if shape == "no good":
            return np.full(len(rows), -np.inf)
        if shape == "cliffs":
            return np.where(wave > 0.8, np.inf, np.where(wave < -0.2, -np.inf, wave))
        return wave

    return score


def assert_legal(space: Space, rows: np.ndarray) -> None:
    """In range, whole where they must be, not forbidden, and inactive parameters at their defaults.

    Only where the defaults are forbidden, inactive parameters may have other values.
    """
    assert np.isfinite(rows).all()
    for column, parameter in zip(rows.T, space.parameters, strict=True):
        assert (parameter.low <= column).all()
        assert (column <= parameter.high).all()
        if parameter.kind is not ParameterKind.REAL:
            assert (column == np.floor(column)).all()
    assert not space.is_forbidden(rows).any()
    with_defaults = np.where(space.active(rows), rows, space.default.row)
    others = (with_defaults != rows).any(axis=1)
    assert space.is_forbidden(with_defaults[others]).all()


@pytest.mark.parametrize("stem", PCS_NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_illegal_comes_out_whatever_the_score(stem: str, shape: str) -> None:
    space = space_of(stem)

    @settings(max_examples=6, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), n_incumbents=st.integers(0, 2))
    def check(seed: int, n_incumbents: int) -> None:
        incumbents = space.sample(n_incumbents, np.random.default_rng(seed + 1))[:n_incumbents]
        score = random_score(space, shape, seed)
        seen: list[np.ndarray] = []

        def watched(rows: np.ndarray) -> np.ndarray:
            seen.append(rows.copy())
            return score(rows)

        rows = best(space, watched, incumbents.reshape(-1, space.n_params), SMALL, seed)
        assert_legal(space, rows)
        assert_legal(space, np.vstack(seen))
        scores = score(rows)
        assert (scores[:-1] >= scores[1:]).all(), "the best come first, infinite ones too"
        assert scores[0] == score(np.vstack(seen)).max(), "nothing better was seen and left out"

    check()
