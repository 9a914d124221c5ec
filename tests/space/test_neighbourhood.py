"""The one-exchange neighbourhood: complete, legal, and of the stated shape."""

import numpy as np
import pytest
from scipy.stats import kstest, norm, truncnorm

from bbopt.space import ParameterKind, parse_pcs
from tests.space.golden_files import PCS_NAMES, space_of


def rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_one_active_parameter_changes_and_the_result_is_legal(stem):
    space = space_of(stem)
    values = space.sample(20, rng())
    moved, source = space.neighbours(values, rng(1))
    assert (np.diff(source) >= 0).all()
    assert not space.is_forbidden(moved).any()
    assert np.array_equal(moved, space.canonical(moved))
    assert all(
        a != b
        for a, b in zip(space.keys(moved), np.array(space.keys(values), dtype=object)[source], strict=True)
    )
    both_active = space.active(moved) & space.active(values)[source]
    assert (((moved != values[source]) & both_active).sum(axis=1) == 1).all()
    for column, parameter in zip(moved.T, space.parameters, strict=True):
        assert (parameter.low <= column).all()
        assert (column <= parameter.high).all()
        if parameter.kind is not ParameterKind.REAL:
            assert (column == np.floor(column)).all()


def test_the_same_stream_gives_the_same_neighbours():
    space = space_of("clasp-sat-params-nat")
    values = space.sample(5, rng())
    assert np.array_equal(space.neighbours(values, rng(2))[0], space.neighbours(values, rng(2))[0])


def test_choices():
    space = parse_pcs("c {p, q, r} [p]\no ordinal {s, m, l, xl} [s]")
    moved, source = space.neighbours(np.array([[1.0, 0.0], [2.0, 2.0]]), rng())
    found = {(int(row), *map(int, values)) for row, values in zip(source, moved, strict=True)}
    first = {(0, 0, 0), (0, 2, 0), (0, 1, 1)}
    assert found == first | {(1, 0, 2), (1, 1, 2), (1, 2, 1), (1, 2, 3)}
    assert len(moved) == len(found)


def test_many_choices_are_drawn_without_repetition():
    space = parse_pcs("c {" + ",".join(f"v{i}" for i in range(50)) + "} [v0]")
    moved, source = space.neighbours(np.full((30, 1), 7.0), rng())
    assert np.bincount(source).tolist() == [20] * 30
    for row in range(30):
        assert len(set(moved[source == row, 0])) == 20
    assert set(moved[:, 0]) == set(range(50)) - {7}
    exactly = parse_pcs("c {" + ",".join(f"v{i}" for i in range(21)) + "} [v0]")
    assert len(exactly.neighbours(np.zeros((1, 1)), rng())[0]) == 20


def test_conditional_parameters_stay_while_inactive():
    space = parse_pcs("a {x, y} [x]\nb real [0, 1] [0.25]\nb | a == y")
    moved, _ = space.neighbours(np.array([[0.0, 0.25]]), rng())
    assert moved.tolist() == [[1.0, 0.25]]
    moved, _ = space.neighbours(np.array([[1.0, 0.7]]), rng(), n_continuous=6)
    assert len(moved) == 7
    assert [0.0, 0.25] in moved.tolist()


def test_forbidden_neighbours_are_left_out():
    space = parse_pcs("a {x, y, z} [x]\nb {0, 1} [0]\n{a=y, b=0}")
    moved, _ = space.neighbours(np.array([[0.0, 0.0]]), rng())
    assert sorted(moved.tolist()) == [[0.0, 1.0], [2.0, 0.0]]


@pytest.mark.parametrize("centre", [0.0, 0.1, 0.5, 1.0])
def test_reals_follow_a_normal_whose_tails_are_at_the_bounds(centre):
    space = parse_pcs("x real [0, 1] [0.5]")
    moved, _ = space.neighbours(np.array([[centre]]), rng(), n_continuous=2000, spread=0.2)
    expected = truncnorm(-centre / 0.2, (1 - centre) / 0.2, loc=centre, scale=0.2)
    is_inside = (moved[:, 0] > 0) & (moved[:, 0] < 1)
    assert kstest(moved[is_inside, 0], expected.cdf).pvalue > 1e-3
    for bound, beyond in ((0.0, norm.cdf(-centre / 0.2)), (1.0, norm.cdf((centre - 1) / 0.2))):
        wanted = 0.0 if bound == centre else beyond  # where it is at the bound already, that is no change
        assert np.sum(moved[:, 0] == bound) / 2000 == pytest.approx(wanted, abs=0.04)


def test_the_spread_may_differ_by_row():
    space = parse_pcs("x real [1, 1000] [500] log")
    values = np.full((2, 1), 30.0)
    moved, source = space.neighbours(values, rng(), n_continuous=500, spread=np.array([0.01, 0.2]))
    steps = [np.abs(space.encode(moved[source == row]) - space.encode(values[:1])).mean() for row in (0, 1)]
    assert steps[0] == pytest.approx(0.01 * np.sqrt(2 / np.pi), rel=0.2)
    assert steps[1] > 10 * steps[0]


def test_integers_always_move():
    space = parse_pcs("n integer [1, 1000] [500]\nm integer [3, 3] [3]")
    moved, _ = space.neighbours(np.array([[3.0, 500.0]] * 20), rng(), n_continuous=4, spread=1e-6)
    assert len(moved) == 80
    assert set(moved[:, 1]) == {499.0, 501.0}
    for bound, inside in ((1.0, 2.0), (1000.0, 999.0)):
        moved, _ = space.neighbours(np.array([[3.0, bound]]), rng(), spread=1e-6)
        assert set(moved[:, 1]) == {inside}


def test_nothing_to_change():
    assert parse_pcs("").neighbours(np.empty((2, 0)), rng())[0].shape == (0, 0)
    single = parse_pcs("c {only} [only]")
    assert single.neighbours(np.zeros((2, 1)), rng())[0].shape == (0, 1)
    assert single.neighbours(np.zeros((0, 1)), rng())[0].shape == (0, 1)
