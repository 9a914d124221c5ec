"""Tables in two parts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bbopt.automl import Kind, Split, Tables, train_test_split
from bbopt.errors import InputError


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    tables = Tables.open("sqlite:///iris.db", tmp_path)
    rows = [{"id": n, "kind": "abc"[n % 3 if n < 90 else 0], "x": n / 2} for n in range(150)]
    tables.create("data", {"id": Kind.INTEGER, "kind": Kind.TEXT, "x": Kind.REAL}, rows)
    return tables


def ids(tables: Tables, name: str) -> list[int]:
    return [row["id"] for row in tables.read(name)]


def test_two_tables_share_the_rows_in_their_order(tables: Tables) -> None:
    assert train_test_split(tables, "data", "iris", Split(), separate_output_tables=True) == (120, 30)
    train, test = ids(tables, "iris_train"), ids(tables, "iris_test")
    assert sorted(train + test) == list(range(150))
    assert (sorted(train), sorted(test)) == (train, test)
    assert tables.columns("iris_test") == tables.columns("data")


def test_the_choice_is_the_seed_s(tables: Tables) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train_test_split(tables, "data", name, Split(seed=seed), separate_output_tables=True)
    assert ids(tables, "a_test") == ids(tables, "b_test") != ids(tables, "c_test")


def test_one_table_tells_the_parts_by_a_column(tables: Tables) -> None:
    split = Split(0.5, 0.2)
    assert train_test_split(tables, "data", "both", split, target_cols=["id"]) == (75, 30)
    assert list(tables.columns("both")) == ["id", "split"]
    assert Counter(row["split"] for row in tables.read("both")) == {1: 75, 0: 30}


def test_strata_keep_their_shares(tables: Tables) -> None:
    train_test_split(tables, "data", "s", Split(grouping_cols=["kind"]), separate_output_tables=True)
    assert Counter(row["kind"] for row in tables.read("s_test")) == {"a": 18, "b": 6, "c": 6}


@pytest.mark.parametrize("shares", [(0.0, None), (1.0, None), (0.8, 0.3), (1.5, None), (float("nan"), None)])
def test_shares_that_can_not_be(shares: tuple[float, float | None]) -> None:
    with pytest.raises(InputError, match="no two parts of a table"):
        Split(*shares)


def test_what_can_not_be_split(tables: Tables) -> None:
    tables.create("one", {"id": Kind.INTEGER}, [{"id": 1}])
    with pytest.raises(InputError, match="too few rows"):
        train_test_split(tables, "one", "parts", Split())
    with pytest.raises(InputError, match="the table data has no column kinds"):
        train_test_split(tables, "data", "parts", Split(grouping_cols=["kinds"]))
    with pytest.raises(InputError, match="the table data has no column ids"):
        train_test_split(tables, "data", "parts", Split(), target_cols=["ids"])
    tables.create("old_test", {"id": Kind.INTEGER})
    with pytest.raises(InputError, match="the table old_test exists already"):
        train_test_split(tables, "data", "old", Split(), separate_output_tables=True)
    assert not tables.exists("old_train")
