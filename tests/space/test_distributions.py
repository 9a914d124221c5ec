"""Scales, distributions and steps of numbers: what is drawn, where it lies in the unit cube, its text."""

import math
import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from bbopt.space import never_holding, parse_pcs


def rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def drawn(line, n=4000):
    """Values of the only parameter, and the uniform numbers that they come from."""
    space = parse_pcs(line)
    unit = np.sort(rng().random((n, 1)), axis=0)
    return space.decode(space.spread(unit))[:, 0], unit[:, 0]


NORMALS = [
    # declaration, the same of scipy, from the number to what is normal
    ("x real [0, 1] [0.5] normal(0.3, 0.2)", stats.truncnorm(-1.5, 3.5, 0.3, 0.2), lambda x: x),
    ("x real [-5, 5] [0] normal(0, 1)", stats.truncnorm(-5, 5, 0, 1), lambda x: x),
    ("x real [0, 1] [0.5] normal(3, 0.1)", stats.truncnorm(-30, -20, 3, 0.1), lambda x: x),
    ("x real [0, 1] [0.5] normal(-3, 0.1)", stats.truncnorm(30, 40, -3, 0.1), lambda x: x),
    ("x real [1e-5, 1] [0.01] lognormal(-4, 1)", stats.truncnorm(-7.5129254649702284, 4, -4, 1), np.log),
]


@pytest.mark.parametrize(("line", "known", "scaled"), NORMALS)
def test_normal_numbers_are_cut_to_the_range(line, known, scaled):
    values, unit = drawn(line)
    np.testing.assert_allclose(scaled(values), known.ppf(unit), rtol=1e-9, atol=1e-12)
    space = parse_pcs(line)
    np.testing.assert_allclose(space.gather(space.encode(values[:, None]))[:, 0], unit, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("line", "known", "scaled"), NORMALS)
def test_densities_are_compared_with_a_uniform_one(line, known, scaled):
    space = parse_pcs(line)
    unit = np.linspace(0, 1, 101)[:, None]
    values = space.decode(unit)
    low, high = (scaled(space.parameters[0].low), scaled(space.parameters[0].high))
    expected = known.logpdf(scaled(values[:, 0])) + math.log(high - low)
    np.testing.assert_allclose(space.log_density(values), np.logaddexp(expected, math.log(1e-12)), rtol=1e-8)
    mean = integrate.trapezoid(np.exp(space.log_density(values)), dx=0.01)
    assert mean == pytest.approx(1, abs=0.05) or abs(known.mean() - (low + high) / 2) > (high - low) / 3


def test_both_ends_of_the_unit_interval():
    for line, known, _ in NORMALS:
        space = parse_pcs(line)
        ends = space.decode(space.spread(np.array([[0.0], [1.0]])))
        assert ends[:, 0].tolist() == [space.parameters[0].low, space.parameters[0].high], known


def test_the_narrowest_and_the_farthest_distributions():
    values, _ = drawn("x real [0, 1] [0.5] normal(0.25, 1e-300)", 50)
    assert (values == 0.25).all()
    values, _ = drawn("x real [0, 1] [0.5] normal(1e6, 1.1)", 50)
    assert ((values > 0.9999) & (values <= 1)).all()
    space = parse_pcs("x real [0, 1] [0.5] normal(1e6, 1.1)")
    assert np.isfinite(space.log_density(np.linspace(0, 1, 11)[:, None])).all()


def test_a_normal_keeps_the_plain_scale():
    """Distances do not follow the distribution: see ARCHITECTURE.md."""
    for plain, normal in (("", "normal(0.2, 0.05)"), ("log", "lognormal(-1, 0.3)")):
        one, other = (parse_pcs(f"x real [0.1, 1] [0.5] {words}") for words in (plain, normal))
        unit = rng().random((50, 1))
        assert np.array_equal(one.decode(unit), other.decode(unit))


def test_log_near_one():
    values, unit = drawn("x real [0.5, 0.9999] [0.9] log_near_one")
    exponent = math.log10(1 - 0.5) + unit * (math.log10(1 - 0.9999) - math.log10(1 - 0.5))
    np.testing.assert_allclose(values, 1 - 10**exponent, rtol=1e-12)
    ends, _ = drawn("x real [-3, 0.75] [0] log_near_one")
    assert (ends >= -3).all()
    assert (ends <= 0.75).all()


def test_integers_are_normal_before_they_are_rounded():
    values, unit = drawn("n integer [1, 9] [5] normal(4, 2)")
    expected = np.rint(stats.truncnorm(-3.5 / 2, 5.5 / 2, 4, 2).ppf(unit))
    assert np.mean(values == expected) > 0.99
    values, _ = drawn("n integer [1, 64] [8] lognormal(2, 0.5)")
    assert np.log(values).mean() == pytest.approx(2, abs=0.05)


def test_steps_have_equal_shares():
    values, _ = drawn("x real [0, 1] [0.5] step(0.25)")
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(counts / counts.sum(), 0.2, atol=0.02)


def test_steps_on_a_logarithmic_scale():
    """As often as the logarithm is between the middles of the steps; the ends go as far out as in."""
    values, _ = drawn("n integer [8, 64] [8] log step(16)")
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == [8, 24, 40, 56]
    edges = np.log([4, 16, 32, 48, 56 * 56 / 48])
    np.testing.assert_allclose(counts / counts.sum(), np.diff(edges) / (edges[-1] - edges[0]), atol=0.02)


def test_steps_are_counted_from_the_lower_bound():
    space = parse_pcs("x real [0.05, 1] [0.35] step(0.1)\nn integer [3, 20] [8] step(5)")
    assert [p.high for p in space.parameters] == [18, 0.95]
    assert space.size == 40
    rows = space.enumerate_values(100)
    texts = {c.values["x"] for c in space.configurations(rows)}
    assert texts == {"0.05", "0.15", "0.25", "0.35", "0.45", "0.55", "0.65", "0.75", "0.85", "0.95"}
    assert sorted({c.values["n"] for c in space.configurations(rows)}, key=int) == ["3", "8", "13", "18"]


decimals = st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False)
sizes = st.decimals("0.001", 50, places=3, allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(
    low=decimals,
    size=sizes,
    count=st.integers(1, 10**4),
    unit=st.floats(0, 1),
    words=st.sampled_from(["", "log", "log_near_one", "normal(0.2, 3)", "lognormal(1, 2)"]),
)
def test_values_with_steps_are_exact_decimals(low, size, count, unit, words):
    if "log" in words:
        low = abs(low) + size
    if words == "log_near_one":
        low = Decimal("0.999") - count * size
    space = parse_pcs(f"x real [{low:f}, {low + count * size:f}] [{low:f}] {words} step({size:f})")
    value = space.decode(np.array([[unit]]))
    text = space.configurations(value)[0].values["x"]
    position = (Decimal(text) - low) / size
    assert position == int(position)
    assert 0 <= position <= count
    assert len(Decimal(text).normalize().as_tuple().digits) <= 9
    assert space.parameters[0].native(text) == value[0, 0]
    assert np.array_equal(space.decode(space.encode(value)), value)


@settings(deadline=None)
@given(
    low=st.floats(1e-6, 0.9),
    share=st.floats(0.01, 0.999),
    mean=st.floats(-50, 50),
    sd=st.floats(1e-3, 1e3),
    unit=st.floats(0, 1),
    kind=st.sampled_from(["log_near_one", "normal", "lognormal"]),
)
def test_any_distribution_stays_in_its_range(low, share, mean, sd, unit, kind):
    high = low + share * (1 - low)
    words = kind if kind == "log_near_one" else f"{kind}({mean!r}, {sd!r})"
    space = parse_pcs(f"x real [{low!r}, {high!r}] [{low!r}] {words}")
    value = space.decode(space.spread(np.array([[unit]])))
    assert low <= value[0, 0] <= high
    np.testing.assert_allclose(space.decode(space.encode(value)), value, rtol=1e-9)
    assert math.isfinite(space.log_density(value)[0])
    again = parse_pcs(f"x real [{low!r}, {high!r}] [{low!r}] {space.parameters[0].distribution}")
    assert again.parameters == space.parameters


STEPPED = """
x real [0, 1] [0.3] step(0.1)
n integer [8, 128] [24] log step(16)
y real [0, 1] [0.5]
z real [0, 1] [0.5] normal(0.5, 0.1)
y | x in {0.3, 0.7}
z | n > 24
{x=0.6, n=40}
{x + 0.1 == 0.9}
"""


def test_conditions_and_clauses_compare_steps_exactly():
    space = parse_pcs(STEPPED)
    assert space.configuration({"x": "0.3", "n": "24", "y": "0.1"}).active == ("n", "x", "y")
    assert space.configuration({"x": "0.4", "n": "40", "z": "0.1"}).active == ("n", "x", "z")
    assert space.configuration({"x": "0.6", "n": "40", "z": "0.1"}).is_forbidden
    assert space.configuration({"x": "0.8", "n": "24"}).is_forbidden == (0.8 + 0.1 == 0.9)
    assert list(never_holding(space)) == []
    never = parse_pcs(STEPPED + "{x > 0.31 && x < 0.39}\n{n > 104 && n < 120}")
    assert [text.split(" can")[0].split("(")[0] for text in never_holding(never)] == [
        "the forbidden clause {x > 0.31 && x < 0.39} ",
        "the forbidden clause {n > 104 && n < 120} ",
    ]


def test_neighbours_and_mutants_are_steps():
    space = parse_pcs(STEPPED)
    rows = space.sample(200, rng())
    moved, _ = space.neighbours(rows, rng(), spread=0.001)
    for values in (rows, moved, space.mutants(rows, 500, rng())):
        for column in (space.index["n"], space.index["x"]):
            assert set(values[:, column]) <= set(space.parameters[column].listed)
    one = space.configuration({"x": "0.3", "n": "24", "y": "0.1"}).row[None, :]
    moved, _ = space.neighbours(one, rng(), n_continuous=8, spread=1e-6)
    assert {c.values["x"] for c in space.configurations(moved)} == {"0.2", "0.3", "0.4"}


def test_texts_beside_the_steps_are_refused_and_rounding_is_not():
    space = parse_pcs(STEPPED)
    assert space.parameters[space.index["x"]].native("0.30000000000000004") == 0.3
    with pytest.raises(Exception, match=r"in steps of 0\.1") as caught:
        space.configuration({"x": "0.33", "n": "24"})
    assert "0.3" in caught.value.remedy
    with pytest.raises(Exception, match="in steps of 16"):
        space.configuration({"x": "0.3", "n": "25", "y": "0"})
    settings = [{"x": "0.3", "n": "24", "y": "0", "z": "0"}, {"x": "0.35", "n": "24", "y": "0", "z": "0"}]
    found = space.complete_configurations(settings)
    assert found[0] is not None
    assert found[1] is None
    assert pickle.loads(pickle.dumps(space)).default == space.default


def test_inactive_parameters_tell_nothing_of_likelihood():
    space = parse_pcs(STEPPED)
    inactive = space.configuration({"x": "0.4", "n": "8", "z": "0.5"}).row
    active = space.configuration({"x": "0.4", "n": "40", "z": "0.5"}).row
    found = space.log_density(np.array([inactive, active]))
    assert found[0] == 0
    assert found[1] == pytest.approx(stats.norm.logpdf(0, 0, 0.1), abs=1e-5)
    assert parse_pcs("x real [0, 1] [0] step(0.5)").log_density(np.array([[0.5], [1.0]])).tolist() == [0, 0]


def test_plain_words_are_what_they_were():
    space = parse_pcs(
        "a real [1, 2] [1]\nb [1, 2] [1]il\nc integer [1, 9] [2] step(1)\nd real [1, 2] [1] log"
    )
    assert [p.distribution for p in space.parameters] == ["", "log", "", "log"]
    unit = rng().random((5, 4))
    assert space.spread(unit) is unit
