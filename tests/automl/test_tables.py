"""Named tables: one contract for SQLite, PostgreSQL and files of comma-separated values."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from bbopt.automl import Kind, Tables
from bbopt.automl.tables import derived_name
from bbopt.errors import InputError
from tests.stores.sql.databases import KINDS, database_for

COLUMNS = {
    "id": Kind.INTEGER,
    "loss": Kind.REAL,
    "class_text": Kind.TEXT,
    "is_used": Kind.BOOLEAN,
    "weights": Kind.BYTES,
    "attributes": Kind.ARRAY,
    "iters": Kind.INTEGER_ARRAY,
    "classes": Kind.TEXT_ARRAY,
    "arch": Kind.JSON,
    "at": Kind.TIMESTAMP,
}
FULL = {
    "id": 7,
    "loss": 0.1,
    "class_text": 'a "b", c\n\'; DROP TABLE t; --',
    "is_used": False,
    "weights": bytes(range(256)),
    "attributes": [[5.1, 3.5], [1.5, 1e-300]],
    "iters": [1, 2, 3],
    "classes": ["Iris-setosa", "it's, {x}", None],
    "arch": {"class_name": "Sequential", "config": [{"units": 10, "name": None}]},
    "at": datetime(2021, 1, 16, 1, 20, 17),
}
EMPTY = {**dict.fromkeys(COLUMNS), "id": 8}


@dataclass
class Place:
    """Tables of one kind, and names in it that nobody else has."""

    kind: str
    tables: Tables
    made: list[str] = field(default_factory=list)

    def name(self, stem: str = "t") -> str:
        unique = f"{stem}_{uuid.uuid4().hex[:8]}"
        self.made.append(f"{unique}.csv" if self.kind == "csv" else unique)
        return self.made[-1]


@pytest.fixture(params=(*KINDS, "csv"))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    database = database_for("sqlite" if request.param == "csv" else request.param, tmp_path)
    place = Place(request.param, Tables.open(database.text, tmp_path))
    yield place
    for name in place.made:
        place.tables.drop(name)


def test_values_of_all_kinds_come_back_as_they_were(place: Place) -> None:
    name, tables = place.name(), place.tables
    assert not tables.exists(name)
    tables.create(name, COLUMNS, [FULL, EMPTY])
    assert tables.exists(name)
    assert tables.columns(name) == COLUMNS
    assert tables.read(name) == [FULL, EMPTY]
    assert tables.read(name, ["iters", "id"]) == [{"iters": [1, 2, 3], "id": 7}, {"iters": None, "id": 8}]


def test_numbers_of_an_array_are_all_of_one_type(place: Place) -> None:
    name = place.name()
    place.tables.create(name, {"a": Kind.ARRAY}, [{"a": [1, 2.5, float("inf")]}, {"a": (1, 2)}])
    assert place.tables.read(name) == [{"a": [1.0, 2.5, float("inf")]}, {"a": [1.0, 2.0]}]


def test_rows_are_ordered_null_last_and_limited(place: Place) -> None:
    name = place.name()
    rows = [{"metric": m, "loss": x} for m, x in ((0.9, 2.0), (None, 1.0), (1.0, 3.0), (0.9, 1.0))]
    place.tables.create(name, {"metric": Kind.REAL, "loss": Kind.REAL}, rows)
    found = place.tables.read(name, order_by=["metric desc", "loss"])
    assert found == [rows[2], rows[3], rows[0], rows[1]]
    assert place.tables.read(name, order_by=["metric"], limit=1)[0]["metric"] == 0.9
    assert place.tables.read(name, ["loss"], where={"metric": 0.9}, order_by=["loss"]) == [
        {"loss": 1.0},
        {"loss": 2.0},
    ]
    with pytest.raises(InputError, match="has no column loos") as error:
        place.tables.read(name, order_by=["loos DESC"])
    assert error.value.remedy == "did you mean loss?"


def test_a_table_that_exists_stays_unless_it_is_to_be_replaced(place: Place) -> None:
    name, tables = place.name(), place.tables
    tables.create(name, {"id": Kind.INTEGER}, [{"id": 1}])
    with pytest.raises(InputError, match="exists already") as error:
        tables.create(name, {"other": Kind.TEXT}, [])
    assert "--overwrite" in str(error.value)
    assert tables.read(name) == [{"id": 1}]
    tables.create(name, {"other": Kind.TEXT}, [{"other": "x"}], overwrite=True)
    assert tables.read(name) == [{"other": "x"}]


def test_what_fails_half_way_leaves_the_earlier_table(place: Place) -> None:
    def rows() -> Iterator[dict[str, int]]:
        yield {"id": 2}
        raise ValueError("no more")

    name, tables = place.name(), place.tables
    tables.create(name, {"id": Kind.INTEGER}, [{"id": 1}])
    with pytest.raises(ValueError, match="no more"):
        tables.create(name, {"id": Kind.INTEGER}, rows(), overwrite=True)
    assert tables.read(name) == [{"id": 1}]


def test_added_rows_are_numbered_on(place: Place) -> None:
    name, tables = place.name(), place.tables
    columns = {"model_id": Kind.INTEGER, "name": Kind.TEXT}
    tables.create(name, columns)
    assert tables.append(name, [{"name": "Sophie"}, {"name": "Maria"}], numbered="model_id") == [1, 2]
    tables.append(name, [{"model_id": 9, "name": "Nine"}])
    assert tables.append(name, [{"name": "Ten"}], numbered="model_id") == [10]
    assert [row["model_id"] for row in tables.read(name)] == [1, 2, 9, 10]


@pytest.mark.parametrize("stem", ['a"b', "x'; DROP TABLE iris; --", "per%cent", "select", "ÄÖ ü"])
def test_names_are_quoted_and_never_executed(place: Place, stem: str) -> None:
    name, tables, bystander = place.name(stem), place.tables, place.name("iris")
    columns = {f"{stem} %(x)s :y": Kind.INTEGER}
    tables.create(bystander, {"id": Kind.INTEGER}, [{"id": 1}])
    tables.create(name, columns, [dict.fromkeys(columns, 1)])
    tables.append(name, [dict.fromkeys(columns)], numbered=next(iter(columns)))
    assert [list(row.values()) for row in tables.read(name, order_by=list(columns))] == [[1], [2]]
    tables.drop(name)
    assert not tables.exists(name)
    assert tables.read(bystander) == [{"id": 1}]


def test_a_table_that_is_not_there_is_said_to_be_none(place: Place) -> None:
    near = place.name("iris_train")
    place.tables.create(near, {"id": Kind.INTEGER})
    with pytest.raises(InputError) as error:
        place.tables.read(near.replace("train", "trian"))
    if place.kind != "csv":
        assert f"did you mean {near}?" in str(error.value)


def test_a_database_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such database"):
        Tables.open("sqlite:///iris.db", tmp_path).read("iris")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pg_temp.x", "pg_temp is not allowed"),
        ("pg_temp_3.x", "pg_temp is not allowed"),
        ("bbopt_runs", "names that begin with bbopt_"),
        ("x" * 64, "at most 63 bytes"),
        ("", "no name for a table"),
        ("a\0b", "no name for a table"),
    ],
)
def test_names_that_no_new_table_can_have(tmp_path: Path, name: str, said: str) -> None:
    tables = Tables.open("sqlite:///iris.db", tmp_path)
    with pytest.raises(InputError, match=said):
        tables.create(name, {"id": Kind.INTEGER}, overwrite=True)
    with pytest.raises(InputError, match=said):
        tables.drop(name)
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_tables_gets_no_others(tmp_path: Path) -> None:
    tables = Tables.open("sqlite:///iris.db", tmp_path)
    tables.create("iris", {"id": Kind.INTEGER})
    with create_engine(f"sqlite:///{tmp_path / 'iris.db'}").connect() as connection:
        found = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    assert found == ["iris"]


def psql(place: Place) -> Callable[[str], list[object]]:
    url = make_url(place.tables._address.text).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)

    def query(sql: str) -> list[object]:
        with engine.begin() as connection:
            result = connection.execute(text(sql))
            return list(result.scalars()) if result.returns_rows else []

    return query


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Place]:
    place = Place("postgresql", Tables.open(database_for("postgresql", tmp_path).text))
    yield place
    for name in place.made:
        place.tables.drop(name)


def test_postgresql_has_real_arrays_and_schemas(postgresql: Place) -> None:
    query, name = psql(postgresql), postgresql.name("s")
    query(f"CREATE SCHEMA {name}")
    try:
        postgresql.tables.create(f"{name}.t", COLUMNS, [FULL])
        sums = query(f"SELECT attributes[2][1] + iters[3] FROM {name}.t WHERE 'Iris-setosa' = ANY(classes)")
        assert sums == [4.5]
        assert query(f"SELECT arch ->> 'class_name' FROM {name}.t") == ["Sequential"]
        assert postgresql.tables.read(f"{name}.t") == [FULL]
    finally:
        query(f"DROP SCHEMA {name} CASCADE")


def test_a_schema_that_is_not_there(postgresql: Place) -> None:
    with pytest.raises(InputError, match="there is no such schema"):
        postgresql.tables.create("nowhere.t", {"id": Kind.INTEGER})


def test_tables_that_madlib_users_have_are_read(postgresql: Place) -> None:
    query, name = psql(postgresql), postgresql.name("iris")
    query(f"CREATE TABLE {name} (id serial, attributes numeric[], class_text varchar, note text, day date)")
    query(f"INSERT INTO {name}(attributes, class_text, day) VALUES (ARRAY[5.1,3.5], 'a', '2020-01-02')")
    row = {"id": 1, "attributes": [5.1, 3.5], "class_text": "a", "note": None, "day": "2020-01-02"}
    assert postgresql.tables.read(name) == [row]
    assert postgresql.tables.columns(name)["attributes"] is Kind.ARRAY


def test_tables_that_others_have_made_in_sqlite_are_read(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'iris.db'}").begin() as connection:
        connection.execute(text("CREATE TABLE iris (id integer, x numeric(3, 1), name, attributes text)"))
        connection.execute(text("INSERT INTO iris VALUES (1, 5.1, 'a', '[1, 2]')"))
    tables = Tables.open("sqlite:///iris.db", tmp_path)
    assert list(tables.columns("iris").values()) == [Kind.INTEGER, Kind.REAL, Kind.TEXT, Kind.TEXT]
    assert tables.read("iris") == [{"id": 1, "x": 5.1, "name": "a", "attributes": "[1, 2]"}]


def test_rows_of_a_file_that_are_too_long_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("id,x\n1,2\n1\n1,2,3\n")
    with pytest.raises(InputError) as error:
        Tables.open(folder=tmp_path).read("iris.csv")
    assert [one.place.line for one in error.value.errors if one.place] == [3, 4]


def test_tables_that_belong_to_another_have_names_of_its_kind() -> None:
    assert derived_name("automl_output", "_info") == "automl_output_info"
    assert derived_name("out/automl.csv", "_info") == "out/automl_info.csv"
