"""Mutants are legal neighbours at a distance: few parameters changed, none out of its domain."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.space import Space, parse_pcs
from tests.engines.spaces import MIXED
from tests.space.golden_files import PCS_NAMES, space_of


def mutants(space: Space, n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    parent = space.sample(1, rng)
    return parent, space.mutants(parent, n, rng)


@pytest.mark.parametrize("name", PCS_NAMES)
def test_mutants_are_legal_and_canonical(name: str) -> None:
    space = space_of(name)
    _, rows = mutants(space)
    assert len(rows) <= 200
    assert not space.is_forbidden(rows).any()
    np.testing.assert_array_equal(rows, space.canonical(rows))
    unit = space.encode(rows)
    assert ((unit >= 0) & (unit <= 1)).all()
    np.testing.assert_allclose(space.encode(space.decode(unit)), unit, atol=1e-9)


def test_few_parameters_change_at_a_time_but_each_of_them_sometimes() -> None:
    space = parse_pcs("".join(f"x{i} real [0, 1] [0.5]\n" for i in range(30)))
    parent, rows = mutants(space, 2000)
    changed = rows != parent
    assert 2 <= np.median(changed.sum(axis=1)) <= 4
    assert changed.sum(axis=1).max() <= 30
    assert changed.any(axis=0).all()


@pytest.mark.parametrize("line", ["x real [0, 1] [0.5]", "x real [1e-5, 10] [1] log", "x real [-3, 7] [0]"])
def test_bounds_are_reached_exactly(line: str) -> None:
    space = parse_pcs(line)
    rng = np.random.default_rng(0)
    rows = space.mutants(space.sample(50, rng), 1000, rng)
    parameter = space.parameters[0]
    assert np.sum(rows[:, 0] == parameter.low) > 10
    assert np.sum(rows[:, 0] == parameter.high) > 10


def test_steps_are_small_and_large() -> None:
    space = parse_pcs("x real [0, 1] [0.5]\n")
    parent, rows = mutants(space, 2000)
    distance = np.abs(rows - parent)
    assert np.quantile(distance, 0.2) < 0.02
    assert np.quantile(distance, 0.95) > 0.3


def test_a_categorical_takes_every_choice() -> None:
    space = parse_pcs("c {a, b, c, d, e} [a]\n")
    assert set(mutants(space)[1][:, 0]) == {0.0, 1.0, 2.0, 3.0, 4.0}


def test_fixed_parameters_of_a_subspace_stay() -> None:
    space = parse_pcs(MIXED).subspace({"algo": "two"})
    parents = parse_pcs(MIXED).sample(20, np.random.default_rng(1))
    rows = space.mutants(parents, 300, np.random.default_rng(2))
    assert set(rows[:, space.index["algo"]]) == {1.0}


def test_equal_streams_equal_mutants() -> None:
    space = parse_pcs(MIXED)
    np.testing.assert_array_equal(mutants(space, seed=3)[1], mutants(space, seed=3)[1])
