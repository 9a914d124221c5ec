"""Numbers in Java's forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.java_numbers import LARGEST_DOUBLE, format_double, parse_double


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.0"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.0005828071252623558, "5.828071252623558E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (9e9, "9.0E9"),
        (123456789.0, "1.23456789E8"),
        (1e23, "1.0E23"),
        (-2.5e-10, "-2.5E-10"),
        (LARGEST_DOUBLE, "1.7976931348623157E308"),
        (1.3517000000000001, "1.3517000000000001"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_format_double(value: float, text: str) -> None:
    assert format_double(value) == text


@given(st.floats(allow_nan=False))
def test_what_is_written_reads_back_the_same(value: float) -> None:
    assert parse_double(format_double(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" 1.5 ", 1.5), (".5", 0.5), ("3.", 3), ("1e-3", 0.001), ("+2E2", 200), ("1.5f", 1.5),
     ("2D", 2), ("Infinity", math.inf), ("-Infinity", -math.inf), ("1e400", math.inf)],
)  # fmt: skip
def test_parse_double(text: str, value: float) -> None:
    assert parse_double(text) == value


def test_parse_nan() -> None:
    assert math.isnan(parse_double("NaN"))


@pytest.mark.parametrize(
    "text", ["", "1_000", "inf", "nan", "infinity", "1,5", "--1", "0x10", "1e", "e5", "٣", "+-1"]
)
def test_what_java_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_double(text)
