"""Exchange with ConfigSpace, both ways."""

import itertools

import ConfigSpace
import numpy as np
import pytest

from bbopt.errors import InputError
from bbopt.space import from_configspace, parse_pcs
from tests.space.golden_files import PCS_NAMES, space_of

RICH = """
a categorical {x, y, z} [x]
o ordinal {s, m, l} [m]
n integer [1, 9] [4]
one integer [3, 3] [3]
r real [0.001, 10] [0.5] log
k real [0, 1] [0.5]
t categorical {p, q} [p]
only categorical {this} [this]
n | a != z
r | o > s && n < 8 || a == y
k | n != 4 && one == 3
t | a in {x, y}
t | o in {s, m}
only | one != 3
{a=y, t=q}
{n=9}
"""


def rng():
    return np.random.Generator(np.random.PCG64(0))


@pytest.mark.parametrize("stem", [*PCS_NAMES, "rich"])
def test_sampled_configurations_have_our_active_sets(stem):
    space = parse_pcs(RICH) if stem == "rich" else space_of(stem)
    exported = space.to_configspace(seed=3)
    assert sorted(exported) == list(space.names)
    for drawn in exported.sample_configuration(60):
        configuration = space.configuration_from_configspace(drawn)
        assert list(configuration.active) == sorted(drawn)
        assert not configuration.is_forbidden
        for name, text in configuration.active_values.items():
            value = drawn[name]
            assert str(value) == text or float(value) == pytest.approx(float(text), rel=1e-12)


@pytest.mark.parametrize("stem", [*PCS_NAMES, "rich"])
def test_our_samples_are_legal_there_and_come_back(stem):
    space = parse_pcs(RICH) if stem == "rich" else space_of(stem)
    exported = space.to_configspace()
    again = from_configspace(exported)
    values = space.sample(60, rng())
    assert again.names == space.names
    assert np.array_equal(again.active(values), space.active(values))
    raw = space.decode(rng().random((500, space.n_params)))
    assert np.array_equal(again.is_forbidden(raw), space.is_forbidden(raw))
    # ConfigSpace rounds the defaults of reals to 13 decimals
    np.testing.assert_allclose(again.default.row, space.default.row, rtol=0, atol=1e-13)
    for configuration in space.configurations(values):
        native = space.configspace_values(configuration)
        there = ConfigSpace.Configuration(exported, values=native)
        there.check_valid_configuration()
        back = space.configuration_from_configspace(there)
        assert back.active == configuration.active
        # ConfigSpace rounds reals to 13 decimals
        np.testing.assert_allclose(back.smac2_row(), configuration.smac2_row(), rtol=0, atol=1e-5)


def test_the_default_comes_back():
    for stem in PCS_NAMES:
        space = space_of(stem)
        default = space.to_configspace().get_default_configuration()
        assert space.configuration_from_configspace(default) == space.default


def test_seeds():
    space = space_of("probSAT")
    draws = [dict(space.to_configspace(seed).sample_configuration()) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_what_it_cannot_hold_is_listed():
    space = parse_pcs("x real [0, 1] [0]\ny {a, b} [a]\n{x > 0.5}\n{x=0.25, y=b}\n{ y == b && x < 0.1 }")
    expected = ("{x > 0.5} (line 3)", "{ y == b && x < 0.1 } (line 5)")
    assert space.configspace_unsupported == expected
    assert space.to_configspace().meta == {"bbopt_unsupported": list(expected)}
    assert len(space.to_configspace().forbidden_clauses) == 1
    assert space.subspace({"y": "a"}).configspace_unsupported == (*expected, "y held at a")
    assert space_of("probSAT").configspace_unsupported == ()


def test_inactive_values_that_a_clause_forbids_are_replaced():
    """ConfigSpace ignores clauses on inactive parameters, SMAC v2 does not."""
    space = parse_pcs("a {x, y} [x]\nb {0, 1} [0]\nb | a == x\n{a=y, b=0}")
    drawn = {str(c["a"]): c for c in space.to_configspace(1).sample_configuration(30)}
    configuration = space.configuration_from_configspace(drawn["y"])
    assert configuration.values == {"a": "y", "b": "1"}
    assert not configuration.is_forbidden


def test_import_of_everything_that_a_parameter_file_can_say():
    other = ConfigSpace.ConfigurationSpace()
    a = ConfigSpace.CategoricalHyperparameter("a", ["x", "y", 3], default_value="y")
    o = ConfigSpace.OrdinalHyperparameter("o", [1, 10, 100], default_value=10)
    c = ConfigSpace.Constant("c", 2.5)
    n = ConfigSpace.UniformIntegerHyperparameter("n", 1, 64, log=True, default_value=8)
    m = ConfigSpace.UniformIntegerHyperparameter("m", -5, 5, default_value=-2)
    r = ConfigSpace.UniformFloatHyperparameter("r", 1e-5, 1.0, log=True, default_value=1e-3)
    other.add([a, o, c, n, m, r])
    other.add(
        ConfigSpace.OrConjunction(
            ConfigSpace.AndConjunction(
                ConfigSpace.InCondition(r, a, ["x", 3]), ConfigSpace.GreaterThanCondition(r, n, 4)
            ),
            ConfigSpace.NotEqualsCondition(r, o, 1),
        )
    )
    other.add(
        ConfigSpace.ForbiddenAndConjunction(
            ConfigSpace.ForbiddenEqualsClause(a, "x"), ConfigSpace.ForbiddenInClause(n, [1, 2])
        )
    )
    other.add(ConfigSpace.ForbiddenGreaterThanClause(m, 3), ConfigSpace.ForbiddenLessThanRelation(n, m))
    space = from_configspace(other)
    assert space.default.values == {"a": "y", "c": "2.5", "m": "-2", "n": "8", "o": "10", "r": "0.001"}
    for drawn in other.sample_configuration(100):
        configuration = space.configuration_from_configspace(drawn)
        assert list(configuration.active) == sorted(drawn)
        assert not configuration.is_forbidden
    settings = {"a": "x", "m": "-2", "o": "1", "c": "2.5"}
    verdicts = [space.configuration({**settings, "n": str(n)}).is_forbidden for n in (1, 2, 3)]
    assert verdicts == [True, True, False]
    full = {**space.default.values, "n": "1"}
    assert space.configuration({**full, "m": "2"}).is_forbidden
    assert space.configuration({**full, "n": "64", "m": "4"}).is_forbidden


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ConfigSpace.BetaFloatHyperparameter("p", 2, 2, 0, 1), "parameter 'p'"),
        (lambda: ConfigSpace.BetaIntegerHyperparameter("p", 2, 2, 0, 9), "parameter 'p'"),
        (lambda: ConfigSpace.CategoricalHyperparameter("p", ["a", "b"], weights=[1, 2]), "weights of 'p'"),
        (lambda: ConfigSpace.CategoricalHyperparameter("p", ["a b", "c"]), "blank inside a value"),
        (lambda: ConfigSpace.Constant("p q", 1), "<ConfigSpace>:1"),
    ],
)
def test_import_refuses_what_a_parameter_file_cannot_say(make, words):
    other = ConfigSpace.ConfigurationSpace()
    other.add(make())
    with pytest.raises(InputError, match=words):
        from_configspace(other)


def test_relations_and_bounds_forbid_alike():
    other = ConfigSpace.ConfigurationSpace({"u": (0, 9), "v": (0, 9)})
    kinds = ConfigSpace.forbidden
    other["u"].default_value, other["v"].default_value = 4, 5
    u, v = other["u"], other["v"]
    clauses = [
        kinds.ForbiddenLessThanEqualsRelation(v, u),
        kinds.ForbiddenGreaterThanEqualsClause(u, 8),
        kinds.ForbiddenLessThanClause(v, 2),
        kinds.ForbiddenLessThanEqualsClause(u, 0),
    ]
    other.add(clauses)
    space = from_configspace(other)
    for values in itertools.product(range(10), repeat=2):
        expected = any(clause.is_forbidden_value({"u": values[0], "v": values[1]}) for clause in clauses)
        assert bool(space.is_forbidden(np.array([values], dtype=float))[0]) == expected


DISTRIBUTIONS = """
a real [0, 1] [0.5] normal(0.3, 0.2)
b real [1e-5, 1] [0.01] lognormal(-4, 1)
c integer [1, 64] [8] lognormal(2, 0.5)
d integer [-9, 9] [0] normal(20, 4)
e real [0.5, 0.999] [0.9] log_near_one
f real [0, 1] [0.3] step(0.1)
g integer [8, 128] [24] log step(16)
h real [0, 1] [0.5] normal(0.3, 0.2) step(0.0005)
i real [1e-30, 1] [0.5] lognormal(-60, 9)
k real [200, 900] [300] lognormal(6, 0.2)
b | f in {0.3, 0.7}
c | g > 24
{f=0.6, g=40}
"""


def test_distributions_come_back():
    space = parse_pcs(DISTRIBUTIONS.replace("1e-30", "1e-12"))
    exported = space.to_configspace(seed=1)
    path_and_back = ConfigSpace.ConfigurationSpace.from_serialized_dict(exported.to_serialized_dict())
    for other in (exported, path_and_back):
        again = from_configspace(other)
        assert [p.distribution for p in again.parameters] == [p.distribution for p in space.parameters]
        assert again.parameters[2].default == 8
        values = space.sample(50, rng())
        assert np.array_equal(again.active(values), space.active(values))
    for drawn in exported.sample_configuration(200):
        configuration = space.configuration_from_configspace(drawn)
        assert list(configuration.active) == sorted(drawn)
        there = ConfigSpace.Configuration(exported, values=space.configspace_values(configuration))
        assert space.configuration_from_configspace(there) == configuration
    assert [text.partition(" (line")[0] for text in space.configspace_unsupported] == [
        "log_near_one of e",
        "log of g",
        "step(0.0005) of h",
        "lognormal(-60, 9) of i",
    ]


def test_configspace_draws_as_we_do_and_its_own_normals_are_understood():
    text = "".join(
        f"{line}\n" for line in DISTRIBUTIONS.splitlines() if "normal" in line and line[0] in "abcdk"
    )
    space = parse_pcs(text)
    exported = space.to_configspace(seed=3)
    theirs = exported.sample_configuration(2000)
    ours = space.sample(2000, rng())
    foreign = ConfigSpace.ConfigurationSpace(list(exported.values()))
    for hyperparameter in foreign.values():
        hyperparameter.meta = None
    known = from_configspace(foreign)
    for column, (parameter, again) in enumerate(zip(space.parameters, known.parameters, strict=True)):
        one, other = ours[:, column], np.array([drawn[parameter.name] for drawn in theirs], dtype=float)
        assert abs(one.mean() - other.mean()) < 0.2 * one.std() + 0.05
        assert other.std() == pytest.approx(one.std(), rel=0.2)
        assert again.normal.mean == pytest.approx(parameter.normal.mean, abs=1e-6)
        assert again.normal.sd == pytest.approx(parameter.normal.sd, rel=1e-6)
