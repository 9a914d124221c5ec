from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, InputErrors, Place
from bbopt.scenario.feature_tables import FeatureTable, parse_feature_table

GOLDEN = Path(__file__).parent.parent / "golden" / "smac2-run"


def parse(text: str) -> FeatureTable:
    return parse_feature_table(text, "f.csv")


def problems(text: str) -> tuple[InputError, ...]:
    with pytest.raises(InputError) as caught:
        parse(text)
    error = caught.value
    return error.errors if isinstance(error, InputErrors) else (error,)


def test_the_golden_table() -> None:
    table = parse((GOLDEN / "features.csv").read_text())
    assert table.names == ("nvars", "ratio")
    assert len(table.rows) == 6
    assert table.rows["inst/d.cnf"].line == 5
    assert table.rows["inst/d.cnf"].features == (("nvars", 40.0), ("ratio", 3.9))


def test_features_are_sorted_by_name_as_in_smac2() -> None:
    table = parse("x,b,B,a\ni,1,2,3\n")
    assert table.names == ("B", "a", "b")
    assert table.rows["i"].features == (("B", 2.0), ("a", 3.0), ("b", 1.0))


def test_blanks_quotes_line_ends_and_codes() -> None:
    table = parse('name , "f, one",g \r\n\r\n "i j" , -512 , 1e-3\r\nk,-1024,+.5d\r\n \r\n')
    assert table.rows["i j"].features == (("f, one", -512.0), ("g", 0.001))
    assert table.rows["k"].features == (("f, one", -1024.0), ("g", 0.5))


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert parse("name,f\n").rows == {}


def test_what_is_not_finite_is_taken_as_smac2_takes_it() -> None:
    rows = parse("name,f\na,NaN\nb,Infinity\nc,1e999\n").rows
    assert [rows[name].features[0][1] for name in "abc"] == [math.nan, math.inf, math.inf]


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "is empty"),
        ("\nname\n", 2, 1, "names no features"),
        ("name,f,,g\n", 1, 8, "has no name"),
        ("a,1,2\nb,3,4\n", 1, 3, "name is a number"),
        ("name,f,g,f\n", 1, 10, "same name"),
        ("name,f,g\na,1\n", 2, 4, "more or fewer values"),
        ("name,f,g\na,1,2,3\n", 2, 7, "more or fewer values"),
        ("name,f\na,1\nb, x\n", 3, 4, "the feature f is no number"),
        ("name,f\na,\n", 2, 3, "the feature f is no number"),
        ("name,f\na,nan\n", 2, 3, "the feature f is no number"),
        ("name,f\na,1_0\n", 2, 3, "the feature f is no number"),
        ("name,f\na,1\na,1\n", 3, 1, "two rows"),
    ],
)
def test_problems_have_their_place(text: str, line: int, column: int, what: str) -> None:
    first = problems(text)[0]
    assert first.place == Place("f.csv", line, column)
    assert what in first.what


def test_all_problems_come_at_once_but_not_thousands() -> None:
    assert len(problems("name,f,g\na,x,y\nb,1\n")) == 3
    assert len(problems("name,f\n" + "a,1\n" * 5000)) == 20


@given(
    st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), max_size=5)
)
def test_numbers_come_back_exactly(rows: list[list[float]]) -> None:
    text = "name,f,g\n" + "".join(f"i{i},{f!r},{g!r}\n" for i, (f, g) in enumerate(rows))
    found = parse(text)
    assert [[value for _, value in row.features] for row in found.rows.values()] == rows
