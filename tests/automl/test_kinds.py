"""What columns hold, found from their cells, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.automl.kinds import Kind, cell_text, kind_of_cells, value_of_cell

ARRAYS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)
VALUES = {
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.REAL: st.floats(allow_nan=False).map(lambda x: x + 0.0),
    Kind.BOOLEAN: st.booleans(),
    Kind.BYTES: st.binary(),
    Kind.ARRAY: ARRAYS | ARRAYS.map(lambda x: [x, x]),
    Kind.INTEGER_ARRAY: st.lists(st.integers(), min_size=1),
    Kind.TEXT_ARRAY: st.lists(st.text(), min_size=1),
    Kind.JSON: st.dictionaries(st.text(), st.integers() | st.none(), min_size=1),
    Kind.TIMESTAMP: st.datetimes(),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_what_is_written_is_read_again(kind: Kind, data: st.DataObject) -> None:
    values = data.draw(st.lists(VALUES[kind], min_size=1))
    cells = [cell_text(value) for value in values]
    assert kind_of_cells([*cells, ""]) is kind
    assert [value_of_cell(cell, kind) for cell in cells] == values
    assert value_of_cell("", kind) is None


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["1", "2.5"], Kind.REAL, 1.0),
        (["1", "9" * 30], Kind.REAL, 1.0),
        (["1e-3", "NaN", "-inf"], Kind.REAL, 0.001),
        (["007", "8"], Kind.TEXT, "007"),
        (["1", "x"], Kind.TEXT, "1"),
        (["True", "FALSE"], Kind.BOOLEAN, True),
        (["2021-01-16 01:20:17", "2021-01-16T01:20:17.5"], Kind.TIMESTAMP, datetime(2021, 1, 16, 1, 20, 17)),
        (["2021-13-16 01:20:17"], Kind.TEXT, "2021-13-16 01:20:17"),
        (["[5.1,3.5]", "{4.9,3}"], Kind.ARRAY, [5.1, 3.5]),
        (["{{1,2},{3,4}}"], Kind.INTEGER_ARRAY, [[1, 2], [3, 4]]),
        (["[1,2]", "abc"], Kind.TEXT, "[1,2]"),
        (["[1,", "[2]"], Kind.TEXT, "[1,"),
        (["[1, null]"], Kind.JSON, [1, None]),
        (["[" * 100_000], Kind.TEXT, "[" * 100_000),
        (["\\x0z"], Kind.TEXT, "\\x0z"),
    ],
)
def test_the_narrowest_kind_of_all_cells(cells: list[str], kind: Kind, first: Any) -> None:
    assert kind_of_cells(cells) is kind
    assert value_of_cell(cells[0], kind) == first


@pytest.mark.parametrize("cells", [[], ["", ""]])
def test_without_any_value_it_is_text(cells: list[str]) -> None:
    assert kind_of_cells(cells) is Kind.TEXT
