from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.scenario.delimited_lines import Delimiter, located_fields, split_fields

TEXT = st.text(alphabet=st.sampled_from('ab1,;\\" \t\u00a0\u2028é/.-'), max_size=8)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


@given(st.lists(TEXT, min_size=1, max_size=4), st.sampled_from(list(Delimiter)))
def test_quoted_fields_come_back(texts: list[str], delimiter: Delimiter) -> None:
    separator = {Delimiter.BLANKS: " \t", Delimiter.COMMAS: " , "}[delimiter]
    fields = located_fields(separator.join(map(quoted, texts)), delimiter)
    assert [field.text for field in fields] == texts
    assert all(field.is_quoted and not field.is_broken for field in fields)


@given(st.text(alphabet=st.sampled_from('ab,\\" \t\u00a0'), max_size=20), st.sampled_from(list(Delimiter)))
def test_both_ways_of_splitting_agree(line: str, delimiter: Delimiter) -> None:
    fields = located_fields(line, delimiter)
    assert split_fields(line, delimiter) == [field.text for field in fields]
    for field in fields:
        start = line[field.column :]
        assert start.startswith('"') if field.is_quoted else start.startswith(field.text)


@pytest.mark.parametrize(
    ("line", "delimiter", "expected"),
    [
        ("  a  b\t c ", Delimiter.BLANKS, ["a", "b", "c"]),
        ("", Delimiter.BLANKS, []),
        (" \t", Delimiter.COMMAS, []),
        ("a, b ,,c", Delimiter.COMMAS, ["a", "b", "", "c"]),
        ("a,", Delimiter.COMMAS, ["a", ""]),
        ("a, ", Delimiter.COMMAS, ["a", ""]),
        (",", Delimiter.COMMAS, ["", ""]),
        ('"a, b",c', Delimiter.COMMAS, ["a, b", "c"]),
        (r'"a \" b" c\d', Delimiter.BLANKS, ['a " b', r"c\d"]),
        (r'"C:\\x"', Delimiter.BLANKS, [r"C:\x"]),
        ('x"y z', Delimiter.BLANKS, ['x"y', "z"]),
        ("a\u00a0b", Delimiter.BLANKS, ["a\u00a0b"]),
    ],
)
def test_fields(line: str, delimiter: Delimiter, expected: list[str]) -> None:
    assert split_fields(line, delimiter) == expected


@pytest.mark.parametrize(
    ("line", "delimiter", "broken"),
    [
        ('a "b c', Delimiter.BLANKS, [False, True, False]),
        ('"a"b', Delimiter.BLANKS, [True]),
        ('"a"b,c', Delimiter.COMMAS, [True, False]),
        ('"a,b', Delimiter.COMMAS, [True, False]),
    ],
)
def test_quotes_that_do_not_close(line: str, delimiter: Delimiter, broken: list[bool]) -> None:
    assert [field.is_broken for field in located_fields(line, delimiter)] == broken
