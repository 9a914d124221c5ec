"""Encoding, activity, identity, sampling and enumeration of whole matrices."""

import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.space import ParameterKind, Space, parse_pcs, read_pcs
from bbopt.space.sampling import MOST_DRAWS
from tests.space.golden_files import FOLDER, PCS_NAMES, space_of

FILES = pytest.mark.parametrize("stem", PCS_NAMES)


def rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@FILES
def test_decoded_values_are_in_their_domains(stem):
    space = space_of(stem)
    corners = np.repeat([[0.0], [1.0], [0.5]], space.n_params, axis=1)
    for values in (space.decode(rng().random((300, space.n_params))), space.decode(corners)):
        for column, parameter in zip(values.T, space.parameters, strict=True):
            assert (parameter.low <= column).all()
            assert (column <= parameter.high).all()
            if parameter.kind is not ParameterKind.REAL:
                assert (column == np.floor(column)).all()


@FILES
def test_decoding_undoes_encoding(stem):
    space = space_of(stem)
    values = space.decode(rng().random((300, space.n_params)))
    unit = space.encode(values)
    assert ((unit >= 0) & (unit <= 1)).all()
    again = space.decode(unit)
    is_whole = np.array([p.kind is not ParameterKind.REAL for p in space.parameters])
    assert np.array_equal(again[:, is_whole], values[:, is_whole])
    np.testing.assert_allclose(again, values, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(space.encode(again), unit, rtol=0, atol=1e-12)


@settings(deadline=None)
@given(low=st.floats(1e-6, 1e6), factor=st.floats(1.001, 1e9), unit=st.floats(0, 1), is_log=st.booleans())
def test_reals_of_any_range(low, factor, unit, is_log):
    high = low * factor
    space = parse_pcs(f"x real [{low!r}, {high!r}] [{low!r}]" + " log" * is_log)
    value = space.decode(np.array([[unit]]))
    assert low <= value[0, 0] <= high
    assert space.encode(value)[0, 0] == pytest.approx(unit, abs=1e-6)
    assert space.configurations(value)[0] == space.configuration(space.configurations(value)[0].values)


@settings(deadline=None)
@given(low=st.integers(-(10**6), 10**6), width=st.integers(0, 10**6), unit=st.floats(0, 1))
def test_integers_of_any_range(low, width, unit):
    space = parse_pcs(f"x integer [{low}, {low + width}] [{low}]")
    value = space.decode(np.array([[unit]]))
    assert low <= value[0, 0] <= low + width
    assert np.array_equal(space.decode(space.encode(value)), value)


def test_every_integer_has_its_share_of_the_unit_interval():
    space = parse_pcs("x integer [1, 4] [1]")
    edges = np.array([[0.0], [0.249], [0.251], [0.499], [0.501], [0.749], [0.751], [1.0]])
    assert space.decode(edges)[:, 0].tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


def test_choices_have_equal_shares():
    space = parse_pcs("o ordinal {a, b, c, d} [a]\nc {p, q, r, s} [p]")
    assert space.encode(np.array([[0.0, 3.0]])).tolist() == [[0.125, 0.875]]
    assert space.category_sizes.tolist() == [4, 0]


@FILES
def test_the_default_goes_through_the_unit_cube_unchanged(stem):
    space = space_of(stem)
    row = space.default.row[None, :]
    assert np.array_equal(space.decode(space.encode(row)), row)


@FILES
def test_decoded_values_survive_as_text(stem):
    space = space_of(stem)
    near_default = space.encode(space.default.row[None, :]) + 2.0**-53 * np.arange(-9, 10)[:, None]
    for configuration in space.configurations(space.decode(np.clip(near_default, 0, 1))):
        assert np.array_equal(space.configuration(configuration.values).row, configuration.row)


def test_bounds_beyond_exact_integers_are_not_left():
    space = parse_pcs("x integer [1, 9223372036854775807] [7]")
    top = space.configurations(space.decode(np.array([[1.0]])))[0]
    assert int(top.values["x"]) <= 9223372036854775807


@FILES
def test_samples_are_legal_and_canonical(stem):
    space = space_of(stem)
    values = space.sample(200, rng())
    assert values.shape == (200, space.n_params)
    assert not space.is_forbidden(values).any()
    assert np.array_equal(values, space.canonical(values))
    assert np.array_equal(values, space.sample(200, rng()))


@FILES
def test_activity_against_a_reading_of_the_conditions_row_by_row(stem):
    space = space_of(stem)
    for row in space.decode(rng(3).random((20, space.n_params))):
        expected = {name for name in space.names if is_active(space, name, row)}
        assert set(itertools.compress(space.names, space.active(row[None, :])[0])) == expected


def is_active(space: Space, name: str, row) -> bool:
    """Recursive and scalar, straight from the definition."""
    return all(
        any(all(holds(space, literal, row) for literal in literals) for literals in condition.alternatives)
        for condition in space.conditions
        if condition.child == name
    )


def holds(space: Space, literal, row) -> bool:
    value = row[space.index[literal.parent]]
    compare = {
        "==": lambda: value == literal.values[0],
        "!=": lambda: value != literal.values[0],
        "<": lambda: value < literal.values[0],
        ">": lambda: value > literal.values[0],
        "in": lambda: value in literal.values,
    }
    return is_active(space, literal.parent, row) and compare[literal.operator.value]()


CHAIN = """
top categorical {on, off} [on]
mid integer [0, 5] [1]
low real [0, 1] [0.5]
other ordinal {s, m, l} [s]
mid | top == on
low | mid > 2 || other > m
"""


EVERY_KIND = """c {x, y, z} [y]
o ordinal {low, high} [low]
n integer [1, 900] [3] log
r real [-1, 1] [0.25]
m real [0.5, 0.999] [0.9] log_near_one
s real [0, 1] [0.3] step(0.1)
"""


def test_cells_are_encoded_and_decoded_as_whole_matrices():
    space = parse_pcs(EVERY_KIND)
    unit = rng().random((50, space.n_params))
    unit[0] = space.encode(space.default_row)
    values = space.decode(unit)
    rows, columns = rng(1).permutation(np.argwhere(np.ones_like(unit))).T
    np.testing.assert_allclose(
        space.encoding.decode(unit[rows, columns], columns), values[rows, columns], rtol=1e-14
    )
    np.testing.assert_allclose(
        space.encoding.encode(values[rows, columns], columns), space.encode(values)[rows, columns], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("settings", "active"),
    [
        ({"top": "on", "mid": "3", "other": "s"}, "low mid other top"),
        ({"top": "on", "mid": "2", "other": "s"}, "mid other top"),
        ({"top": "off", "mid": "3", "other": "s"}, "other top"),
        ({"top": "off", "mid": "3", "other": "l"}, "low other top"),
    ],
)
def test_inactivity_is_passed_on_but_another_alternative_may_hold(settings, active):
    configuration = parse_pcs(CHAIN).configuration({**settings, "low": "0.1"})
    assert " ".join(configuration.active) == active


def test_conditions_before_declarations_and_names_with_operator_signs():
    space = parse_pcs("x | a<b==1 && c|d != q\na<b {0, 1} [0]\nc|d {p, q} [p]\nx [0,1][0]")
    assert space.names == ("a<b", "c|d", "x")
    rows = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    assert space.active(rows)[:, 2].tolist() == [True, False, False]


def test_keys_ignore_inactive_values_and_the_sign_of_zero():
    space = parse_pcs("a {x, y} [x]\nb real [-1, 1] [0]\nc real [-1, 1] [0]\nb | a == y")
    keys = space.keys(np.array([[0.0, 0.5, 0.0], [0.0, -1.0, -0.0], [1.0, 0.5, 0.0], [1.0, 0.25, 0.0]]))
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert keys[0] == space.configurations(np.array([[0.0, 0.5, 0.0]]))[0].key


def test_canonical_rows_have_inactive_defaults():
    space = parse_pcs("a {x, y} [x]\nb real [0, 1] [0.25]\nb | a == y")
    values = np.array([[0.0, 0.5], [1.0, 0.5]])
    assert space.canonical(values).tolist() == [[0.0, 0.25], [1.0, 0.5]]


SPOILING = "a {x, y, z} [x]\nb {0, 1} [0]\nb | a == x\n{a=y, b=0}\n"


def test_a_row_that_its_inactive_default_would_forbid_keeps_its_value():
    """Clauses look at inactive parameters too, so a=y is legal with b=1 only."""
    space = parse_pcs(SPOILING)
    assert space.canonical(np.array([[1.0, 1.0], [2.0, 1.0]])).tolist() == [[1.0, 1.0], [2.0, 0.0]]
    sampled = space.sample(200, rng())
    assert not space.is_forbidden(sampled).any()
    assert set(sampled[:, 0]) == {0.0, 1.0, 2.0}


def test_from_unit_is_canonical():
    space = space_of("probSAT")
    unit = rng().random((50, space.n_params))
    assert np.array_equal(space.from_unit(unit), space.canonical(space.decode(unit)))


def test_sampling_gives_up_with_the_clauses_that_forbid_most():
    space = parse_pcs("x real [0, 1] [0]\ny real [0, 1] [0]\n{x > 0}\n{y > 0.5}\n")
    with pytest.raises(InputError) as caught:
        space.sample(3, rng())
    message = str(caught.value)
    assert "no legal configuration found" in message
    assert f"at least one legal configuration in {MOST_DRAWS:,} draws" in message
    assert message.index("{x > 0} (line 3): 100.0%") < message.index("{y > 0.5} (line 4): ")


def test_rare_legal_rows_are_found():
    space = parse_pcs("x real [0, 1] [0]\n{x > 0.001}\n")
    assert (space.sample(20, rng())[:, 0] <= 0.001).all()


def test_nothing_to_sample():
    assert space_of("lpg").sample(0, rng()).shape == (0, 67)
    empty = parse_pcs("")
    assert empty.sample(3, rng()).shape == (3, 0)
    assert empty.keys(np.empty((3, 0))) == [b""] * 3
    assert empty.default.values == {}
    assert empty.enumerate_values(5).shape == (1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "a {x, y, z} [x]\nb integer [1, 4] [2]\nc ordinal {p, q} [p]",
        "a {x, y, z} [x]\nb integer [1, 4] [2]\nb | a in {x, y}\nc {p, q} [p]\nc | b > 2",
        "a {x, y, z} [x]\nb integer [1, 4] [2]\nb | a in {x}\n{a=y}\n{b > 2 && a == x}",
        SPOILING,
        SPOILING + "{a=z}",
    ],
)
def test_enumeration_against_all_products(text):
    space = parse_pcs(text)
    ranges = [np.arange(p.low, p.high + 1) for p in space.parameters]
    everything = np.array(list(itertools.product(*ranges)))
    expected = set(space.keys(everything[~space.is_forbidden(everything)]))
    found = space.enumerate_values(len(expected))
    assert len(found) == len(expected)
    assert set(space.keys(found)) == expected
    assert not space.is_forbidden(found).any()
    assert space.enumerate_values(len(expected) - 1) is None
    assert len(expected) <= space.size


def test_enumeration_of_large_spaces_stops_early():
    assert space_of("clasp-sat-params-nat").enumerate_values(10**6) is None
    switches = "\n".join(f"s{i} {{0, 1}} [0]" for i in range(200))
    assert parse_pcs(switches).enumerate_values(10**6) is None
    assert parse_pcs("x integer [0, 4000000000] [0]").enumerate_values(100) is None


def test_size():
    assert parse_pcs("a {x, y} [x]\nb integer [1, 10] [1]").size == 20
    assert parse_pcs("a {x, y} [x]\nb real [1, 10] [1]").size == math.inf
    assert math.isfinite(parse_pcs("\n".join(f"s{i} {{0, 1}} [0]" for i in range(2000))).size)


def test_subspaces_hold_parameters():
    space = space_of("probSAT")
    part = space.subspace({"fct": "0", "cb1": "<DEFAULT>", "luby": "1"})
    values = part.sample(100, rng())
    fixed = {name: set(values[:, space.index[name]]) for name in ("fct", "cb1", "luby")}
    assert fixed == {"fct": {0.0}, "cb1": {2.3}, "luby": {1.0}}
    moved, _ = part.neighbours(values[:10], rng())
    assert set(moved[:, space.index["fct"]]) == {0.0}
    assert part.default == space.default
    assert (part.from_unit(rng().random((5, 9)))[:, space.index["cb1"]] == 2.3).all()
    small = parse_pcs("a {x, y} [x]\nb integer [1, 9] [1]").subspace({"b": "4"})
    assert small.size == 2
    assert small.enumerate_values(2).tolist() == [[0.0, 4.0], [1.0, 4.0]]


def test_subspaces_refuse_what_is_unknown():
    with pytest.raises(InputError, match="did you mean cb"):
        space_of("probSAT").subspace({"cb": "2"})
    with pytest.raises(InputError, match="illegal value"):
        space_of("probSAT").subspace({"cb1": "9"})


@FILES
def test_spaces_and_configurations_travel_between_processes(stem):
    space = space_of(stem)
    configuration = space.configurations(space.sample(1, rng()))[0]
    again = pickle.loads(pickle.dumps(configuration))
    assert again == configuration
    assert again.values == configuration.values
    assert again.space.names == space.names


def test_files_with_a_mark_and_carriage_returns(tmp_path):
    path = tmp_path / "params.pcs"
    plain = (FOLDER / "probSAT.pcs").read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"))
    space = read_pcs(path)
    assert space.names == space_of("probSAT").names
    assert space.source == path


def test_where_legal_rows_are_rare_fewer_are_drawn():
    space = parse_pcs("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 0.05}\n")  # one in 800
    rows = space.sample(1000, rng())
    assert 0 < len(rows) < 1000
    assert not space.is_forbidden(rows).any()


def test_a_small_space_with_one_legal_configuration_is_sampled_all_the_same():
    space = parse_pcs("a integer [1, 300] [300]\nb integer [1, 300] [300]\n{a + b < 600}\n")
    rows = space.sample(2, rng())
    assert len(rows) >= 1
    assert np.all(rows == 300)
