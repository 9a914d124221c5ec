"""One option's text checked against its kind and domain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.options import Assignment, Kind, Support, Value, default_value, option_table, parse_value

TABLE = option_table()
PLACE = Place("scenario.txt", 3, 9)


def parsed(name: str, text: str) -> Value:
    return parse_value(Assignment(TABLE[name], name, text, PLACE))


def refusal(name: str, text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parsed(name, text)
    assert caught.value.place == PLACE
    assert caught.value.got == repr(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), ("1", True), ("false", False), ("False", False), ("0", False)],
)
def test_flags(text: str, value: bool) -> None:
    assert parsed("algo-deterministic", text) is value


@pytest.mark.parametrize("text", ["yes", "no", "on", "2", "", "t"])
def test_other_words_are_no_flags(text: str) -> None:
    assert refusal("algo-deterministic", text).expected == "one of true, false"


def test_misspelled_flag() -> None:
    assert refusal("algo-deterministic", "ture").remedy == "did you mean true?"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("run-obj", "quality", "QUALITY"),
        ("run-obj", "qual", "QUALITY"),
        ("run-obj", "Runtime", "RUNTIME"),
        ("intra-obj", "mean10", "MEAN10"),
        ("intra-obj", "PAR10", "MEAN10"),
        ("inter-obj", "par1000", "MEAN1000"),
        ("intensification-percentage", "0", 0.0),
        ("intra-obj", "MEAN", "MEAN"),
        ("acq-func", "ei", "EI"),
        ("acq-func", "LCB", "LCB"),
        ("engine", "SMAC3", "smac3"),
    ],
)
def test_choices(name: str, text: str, value: str) -> None:
    assert parsed(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"), [("run-obj", "approx"), ("run-obj", "qua"), ("intra-obj", "MEAN1"), ("engine", "")]
)
def test_no_choices(name: str, text: str) -> None:
    assert refusal(name, text).expected is not None


def test_misspelled_choice() -> None:
    error = refusal("exec-mode", "ROARR")
    assert (error.expected, error.remedy) == ("one of SMAC, ROAR, PSEL", "did you mean ROAR?")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("runcount-limit", "1", 1),
        ("runcount-limit", "9223372036854775807", 9223372036854775807),
        ("runcount-limit", "+60", 60),
        ("cputime-limit", "0", 0),
        ("seed-offset", "-3", -3),
        ("cputime-limit", "MAX", 2147483647),
        ("restore-iteration", "12", 12),
        ("restore-iteration", "auto", None),
    ],
)
def test_integers(name: str, text: str, value: int | None) -> None:
    assert parsed(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("runcount-limit", "0", None),
        ("runcount-limit", "9223372036854775808", None),
        ("cputime-limit", "-1", None),
        ("cputime-limit", "1e3", "write 1000"),
        ("cputime-limit", "2.0", "write 2"),
        ("cputime-limit", "2.5", "integers have no decimals"),
        ("cputime-limit", "1_000", None),
        ("cputime-limit", "soon", None),
        ("num-challengers", "max", None),
    ],
)
def test_no_integers(name: str, text: str, remedy: str | None) -> None:
    assert refusal(name, text).remedy == remedy


def test_integers_have_ascii_digits() -> None:
    assert refusal("cputime-limit", "\u0663").expected is not None


def test_integer_error_shows_closed_interval_unit_and_words() -> None:
    assert refusal("wallclock-limit", "0").expected == "an integer in [1, 2147483647] (seconds), or max"
    assert refusal("rf-split-min", "-1").expected == "an integer in [0, 2147483647]"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("algo-cutoff-time", "2", 2.0),
        ("algo-cutoff-time", "1.7976931348623157E308", LARGEST_DOUBLE),
        ("algo-cutoff-time", "max", LARGEST_DOUBLE),
        ("max-timestamp", "-1", -1.0),
        ("max-timestamp", "0", 0.0),
        ("transform-crashed-quality-value", "-1e9", -1e9),
        ("rf-ratio-features", "1", 1.0),
        ("intensification-percentage", ".5", 0.5),
    ],
)
def test_numbers(name: str, text: str, value: float) -> None:
    assert parsed(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("algo-cutoff-time", "0"),
        ("algo-cutoff-time", "Infinity"),
        ("algo-cutoff-time", "NaN"),
        ("algo-cutoff-time", "2 s"),
        ("max-timestamp", "-0.5"),
        ("rf-ratio-features", "1.0001"),
        ("intensification-percentage", "1"),
        ("kill-run-exceeding-captime-factor", "0.99"),
        ("transform-crashed-quality-value", "NaN"),
    ],
)
def test_no_numbers(name: str, text: str) -> None:
    assert "a number in" in (refusal(name, text).expected or "") or not TABLE[name].domain


@given(st.integers(-(10**20), 10**20))
def test_integers_are_taken_exactly_within_the_domain(number: int) -> None:
    if 1 <= number <= 9223372036854775807:
        assert parsed("runcount-limit", str(number)) == number
    else:
        assert "[1, 9223372036854775807]" in (refusal("runcount-limit", str(number)).expected or "")


def test_an_integer_of_too_many_digits_is_out_of_the_domain() -> None:
    with pytest.raises(InputError) as caught:
        parsed("runcount-limit", "9" * 5000)
    assert "[1, 9223372036854775807]" in (caught.value.expected or "")


def test_pairs_need_a_name_and_an_equals_sign() -> None:
    assert parsed("T", "a=b=c") == ("a=b=c",)
    assert parsed("T", "a=") == ("a=",)
    assert refusal("T", "=b").expected == "name=value"
    assert refusal("T", "ab").expected == "name=value"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("algo-exec-dir", '"my dir"', "my dir"),
        ("algo-exec-dir", " my dir ", "my dir"),
        ("pcs-file", '" x.pcs"', " x.pcs"),
        ("instances", "'x'", "'x'"),
        ("algo-exec", '"python3 x.py"', "python3 x.py"),
        ("algo-exec", '"a b" "c d"', '"a b" "c d"'),
        ("algo-exec", 'sh "c d"', 'sh "c d"'),
        ("run-obj", '"quality"', "QUALITY"),
        ("runcount-limit", '"5"', 5),
        ("rungroup", '"x"', '"x"'),
        ("initial-challengers", ' "x" ', (' "x" ',)),
    ],
)
def test_double_quotes_around_a_value_as_in_smac2(name: str, text: str, value: object) -> None:
    assert parsed(name, text) == value


def test_double_quotes_around_a_wrong_value() -> None:
    assert (refusal("runcount-limit", '"few"').expected or "").startswith("an integer in ")


def test_paths_are_not_empty() -> None:
    assert refusal("pcs-file", "").expected == "a file"


def test_every_default_is_a_value_of_its_kind() -> None:
    for option in TABLE.options:
        if option.default is None or option.support in {Support.ACCEPT_AND_IGNORE, Support.SILENT}:
            continue
        value = default_value(option)
        assert value is not None, option.name
        assert isinstance(value, bool) == (option.kind is Kind.FLAG), option.name


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("wallclock-limit", "inf", "write max, or leave it out"),
        ("algo-cutoff-time", "Unlimited", "write max, or leave it out"),
        ("ac-mult-slack", "inf", None),
        ("algo-cutoff-time", "0,5", "decimals have a point: 0.5"),
        ("runcount-limit", "1,000", "decimals have a point: 1.000"),
        (
            "run-obj",
            "MAXIMIZE",
            "write run-obj = QUALITY and maximize = true",
        ),
    ],
)
def test_what_people_write(name: str, text: str, remedy: str | None) -> None:
    assert refusal(name, text).remedy == remedy
