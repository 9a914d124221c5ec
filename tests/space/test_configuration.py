"""Configurations: values as text, identity, and every form in which settings are written."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import InputError, InputErrors
from bbopt.space import Space, parse_pcs
from tests.space.golden_files import PCS_NAMES, space_of

PCS = """
heur categorical {fast, slow, mixed} [slow]
alpha real [0, 1] [0.90]
beta integer [1, 100] [50.0] log
rate real [1e-5, 100] [20] log
beta | heur in {fast, mixed}
{heur=mixed, alpha=0.5}
"""
SPACE = parse_pcs(PCS)


def test_the_default_is_printed_as_the_file_has_it():
    assert SPACE.default.values == {"alpha": "0.90", "beta": "50", "heur": "slow", "rate": "20"}
    assert SPACE.default.is_default
    assert not SPACE.default.is_forbidden


def test_texts():
    assert SPACE.default.call_text() == "-alpha '0.90' -heur 'slow' -rate '20'"
    assert SPACE.default.state_text() == "alpha='0.90', beta='50', heur='slow', rate='20'"
    assert SPACE.default.active_values == {"alpha": "0.90", "heur": "slow", "rate": "20"}
    assert list(SPACE.default.values) == ["alpha", "beta", "heur", "rate"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("20.000000000000004", "20"),
        ("19.999999999999996", "20"),
        ("2.0E1", "20"),
        ("20.1", "20.1"),
        ("100.00000000000001", "100.0"),
        ("9.999999999999999E-6", "1e-05"),
        ("0.1", "0.1"),
        (" 3 ", "3.0"),
    ],
)
def test_rounding_noise_of_smac2_is_read_away(text, printed):
    assert SPACE.configuration({"heur": "slow", "alpha": "0.1", "rate": text}).values["rate"] == printed


@pytest.mark.parametrize("text", ["inf", "NaN", "1_0", "", "0x1p3", "100.1", "abc"])
def test_numbers_that_java_refuses_or_that_are_out_of_range(text):
    with pytest.raises(InputError, match="illegal value for parameter 'rate'"):
        SPACE.configuration({"heur": "slow", "alpha": "0.1", "rate": text})


@settings(deadline=None)
@given(st.floats(0, 1), st.integers(1, 100), st.sampled_from(["fast", "slow", "mixed"]))
def test_values_survive_as_text(alpha, beta, heur):
    row = np.array([[alpha, beta, ["fast", "slow", "mixed"].index(heur), 0.3]])
    configuration = SPACE.configurations(row)[0]
    for again in (
        SPACE.configuration(configuration.values),
        SPACE.configuration(configuration.active_values),
        SPACE.parse_configuration(configuration.call_text()),
        SPACE.parse_configuration(configuration.state_text()),
    ):
        assert again == configuration or abs(alpha - 0.9) < 1e-14 or alpha < 1e-14 or alpha > 1 - 1e-14
        assert again.active == configuration.active


def one_by_one(space, settings):
    """What `complete_configurations` should make of settings."""
    try:
        made = space.configuration(settings)
    except InputError:
        return None
    return made if set(settings) == set(space.names) else None


def test_many_at_once_are_as_one_by_one():
    default = SPACE.default.values
    texts = [
        "0.9",
        "0.8999999999999999",
        "0",
        "-0.0",
        "1",
        "1.0000000000000002",
        "20.000000000000004",
        "1e-5",
    ]
    texts += ["9.999999999999999E-6", "7", "7.0", "7.5", "1e1", "1E+1", " 3 ", ".5", "2.", "2d", "1_0", "٣"]
    texts += ["100", "101", "NaN", "Infinity", "-1", "", "abc", "0x1", "fast", "mixed", "Mixed", "1e999"]
    many = [default | {name: text} for name in default for text in texts]
    many += [{}, {"heur": "slow", "alpha": "0.1", "rate": "1"}, default | {"x": "1"}]
    many += [{"x" if name == "beta" else name: text for name, text in default.items()}]
    expected = [one_by_one(SPACE, settings) for settings in many]
    found = SPACE.complete_configurations(many)
    assert found == expected
    assert 40 < found.count(None) < len(many) - 25
    for made, other in zip(found, expected, strict=True):
        if made is not None:
            assert (made.key, made.row.tobytes()) == (other.key, other.row.tobytes())
    with pytest.raises(ValueError, match="read-only"):
        found[0].row[0] = 0.0


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_many_at_once_in_real_spaces(stem):
    space = space_of(stem)
    configurations = [space.default, *space.configurations(space.sample(20, np.random.default_rng(6)))]
    many = [configuration.values for configuration in configurations]
    found = space.complete_configurations(many)
    assert found == configurations
    for made, texts in zip(found, many, strict=True):
        assert made.row.tobytes() == space.configuration(texts).row.tobytes()


def test_many_at_once_at_the_edges():
    assert SPACE.complete_configurations([]) == []
    assert SPACE.complete_configurations([{}, {}]) == [None, None]
    empty = Space(())
    assert empty.complete_configurations([{}, {"a": "1"}]) == [empty.default, None]
    again = pickle.loads(pickle.dumps(SPACE))
    assert again.complete_configurations([SPACE.default.values]) == [SPACE.default]


@pytest.mark.parametrize("stem", PCS_NAMES)
def test_printed_forms_are_read_back(stem):
    space = space_of(stem)
    for configuration in space.configurations(space.sample(20, np.random.default_rng(5))):
        assert space.parse_configuration(configuration.call_text()) == configuration
        assert space.parse_configuration(configuration.state_text()) == configuration
        bare = " ".join(f"-{name} {value}" for name, value in configuration.active_values.items())
        assert space.parse_configuration(bare) == configuration
        options = " ".join(f"-P{name}={value}" for name, value in configuration.active_values.items())
        assert space.parse_configuration(options) == configuration


def test_identity_is_that_of_the_call():
    first = SPACE.configuration({"heur": "slow", "alpha": "0.1", "beta": "7", "rate": "1"})
    second = SPACE.configuration({"heur": "slow", "alpha": "0.10", "rate": "1.0"})
    assert first == second
    assert hash(first) == hash(second)
    assert first.values["beta"] == "7"
    assert second.values["beta"] == "50"
    assert first != SPACE.configuration({"heur": "fast", "alpha": "0.1", "beta": "7", "rate": "1"})
    assert first != parse_pcs(PCS.replace("alpha", "gamma")).default
    assert first != "text"


def test_rows_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        SPACE.default.row[0] = 0.0
    SPACE.default.values["alpha"] = "7"
    assert SPACE.default.values["alpha"] == "0.90"
    values = SPACE.sample(2, np.random.default_rng(0))
    configuration = SPACE.configurations(values)[0]
    values[:] = 0.0
    assert configuration.row.any()


def test_forbidden():
    assert SPACE.configuration({"heur": "mixed", "alpha": "0.5", "beta": "3", "rate": "1"}).is_forbidden
    assert not SPACE.configuration({"heur": "mixed", "alpha": "0.6", "beta": "3", "rate": "1"}).is_forbidden


def test_forbidden_looks_at_inactive_values():
    space = parse_pcs("a {x, y} [x]\nb {0, 1} [0]\nb | a == y\n{a=x, b=1}")
    assert space.configuration({"a": "x", "b": "1"}).is_forbidden
    assert not space.configuration({"a": "x"}).is_forbidden


def test_problems_of_settings_are_all_reported():
    with pytest.raises(InputErrors) as caught:
        SPACE.configuration({"heur": "fats", "alpa": "0.1", "beta": "0.5"})
    assert len(caught.value.errors) == 3
    assert "did you mean fast?" in str(caught.value)
    assert "did you mean alpha?" in str(caught.value)
    assert "an integer in [1, 100]" in str(caught.value)


def test_missing_active_parameters():
    with pytest.raises(InputErrors, match="no value for the active parameter 'alpha'"):
        SPACE.configuration({"heur": "slow"})
    with pytest.raises(InputError, match="no value for the active parameter 'beta'"):
        SPACE.configuration({"heur": "fast", "alpha": "0.1", "rate": "1"})


EXOTIC = parse_pcs('-x real [0,1] [0.5]\nx {a, it\'s} [a]\na,b {p|q, "r"} [p|q]\n@1:y integer [-9, 9] [0]')


@pytest.mark.parametrize(
    "text",
    [
        "--x '0.25' -@1:y '-3' -a,b '\"r\"' -x 'it's'",
        '--x 0.25 -@1:y -3 -a,b "r" -x it\'s',
        "-x='0.25', @1:y='-3', a,b='\"r\"', x='it's'",
        '-P-x=0.25 -P@1:y=-3 -Pa,b="r" -Px=it\'s',
        ' -x "it\'s"  --x = 0.25\t-@1:y=-3   -a,b=\'"r"\' ',
    ],
)
def test_exotic_names_and_values(text):
    expected = {"-x": "0.25", "@1:y": "-3", "a,b": '"r"', "x": "it's"}
    assert EXOTIC.parse_configuration(text).values == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-heur 'slow' -alfa '0.1' -rate 1", "did you mean alpha"),
        ("-heur 'slow' -heur 'slow'", "set twice"),
        ("-heur 'slow' -alpha '0.1", "not closed"),
        ("-heur", "unknown parameter|illegal value|no value"),
        ("nonsense", "unknown parameter 'nonsense'"),
        ("-alpha x -heur slow -rate 1", "illegal value for parameter 'alpha'"),
    ],
)
def test_faulty_settings(text, words):
    with pytest.raises(InputError, match=words):
        SPACE.parse_configuration(text)


@pytest.mark.parametrize("start", ["", "-heur ", "-alpha '", "rate="])
@settings(deadline=None)
@given(text=st.text())
def test_any_settings_are_read_or_refused(start, text):
    try:
        configuration = SPACE.parse_configuration(start + text)
    except InputError:
        return
    assert set(configuration.values) == set(SPACE.names)
