"""Rescale's table of number formats, Java's DecimalFormat, and the decimal module as second opinion."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.target.run_folder import parse_number_format

NUMBERS = ("0.9", "1.49", "-55.123", "9810")
ARTICLE = {
    "0": ("1", "1", "-55", "9810"),
    "0.0": ("0.9", "1.5", "-55.1", "9810.0"),
    "0.00##": ("0.90", "1.49", "-55.123", "9810.00"),
    "0E0": ("9E-1", "1E0", "-6E1", "1E4"),
    "00E00": ("90E-02", "15E-01", "-55E00", "98E02"),
    "0.0##E0": ("9.0E-1", "1.49E0", "-5.512E1", "9.81E3"),
    "##0.##E0": ("900E-3", "1.49E0", "-55.123E0", "9.81E3"),
    "000": ("001", "001", "-055", "9810"),
}
JAVA = [  # what Java 17 printed, rounding half to even
    ("0", "0.5", "0"),
    ("0", "2.5", "2"),
    ("0", "-0.3", "-0"),
    ("#", "0.5", "0"),
    ("#.##", "0.9", "0.9"),
    ("#.00", "0.9", ".90"),
    (".##", "0.9", ".9"),
    ("0.", "1.49", "1."),
    ("0E0", "99.99", "1E2"),
    ("##0.##E0", "999.5", "999.5E0"),
    ("##0.##E0", "1234567.891", "1.2346E6"),
    ("##00.0##E0", "1.49", "1.49E0"),
    ("0.00##", "1e20", "100000000000000000000.00"),
    ("0.###E0", "1e-30", "1E-30"),
    ("00.00", "0.999999", "01.00"),
    ("#E0", "0.9", ".9E0"),
]


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [
        *((form, *row) for form, texts in ARTICLE.items() for row in zip(NUMBERS, texts, strict=True)),
        *JAVA,
    ],
)
def test_digits_are_javas(form: str, number: str, text: str) -> None:
    assert parse_number_format(form).format(number) == text


@given(st.decimals(-10_000, 10_000, places=6), st.integers(0, 5), st.integers(0, 4))
def test_a_plain_number_is_the_nearest_with_as_many_places(number: Decimal, least: int, more: int) -> None:
    written = parse_number_format("0." + "0" * least + "#" * more).format(str(number))
    assert Decimal(written) == number.quantize(Decimal(1).scaleb(-least - more), ROUND_HALF_EVEN)
    assert len(written.rpartition(".")[2]) >= least


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12).filter(bool), st.integers(0, 6))
def test_an_exponent_leaves_one_digit_and_loses_less_than_half_of_the_last(
    number: Decimal, places: int
) -> None:
    written = parse_number_format(f"0.{'#' * places}E0").format(str(number))
    mantissa, _, _exponent = written.lstrip("-").partition("E")
    assert len(mantissa.partition(".")[0]) == 1
    assert abs(Decimal(written) - number) <= abs(Decimal(5).scaleb(number.adjusted() - places - 1))


def test_blanks_around_stay() -> None:
    assert parse_number_format("  00 ").format("7") == "  07 "


@pytest.mark.parametrize(
    "form", ["", " ", "0,000", "0.0.0", "%d", "0#", "0.#0", "E0", "0E", "0E#", "0 0", "."]
)
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(InputError, match="number format that can't be read"):
        parse_number_format(form)


@pytest.mark.parametrize("text", ["red", "", "nan", "inf", "1,5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no number"):
        parse_number_format("0.0").format(text)


def test_an_endless_row_of_zeros_is_refused() -> None:
    with pytest.raises(InputError, match="too large"):
        parse_number_format("0").format("1e300000")
    assert parse_number_format("0E0").format("1e300000") == "1E300000"
