from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.database_address import DatabaseAddress, StudyAddress, looks_like_address, without_passwords
from bbopt.errors import InputError

HERE = Path("/somewhere")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///x.db", "sqlite:////somewhere/x.db"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
        ("SQLite:///a/b.db", "sqlite:////somewhere/a/b.db"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("postgres://h/db", "postgresql://h/db"),
        ("postgresql+psycopg:///db?host=/tmp", "postgresql:///db?host=/tmp"),
    ],
)
def test_addresses(written: str, meant: str) -> None:
    address = DatabaseAddress.read(written, HERE)
    assert (address.text, address.shown) == (meant, meant)
    assert address.file == (Path(meant.removeprefix("sqlite:///")) if meant.startswith("sqlite") else None)


@pytest.mark.parametrize(
    ("written", "meant", "study"),
    [
        ("sqlite:///x.db?study=a%20b", "sqlite:////somewhere/x.db", "a b"),
        ("postgresql://h/db?study=x", "postgresql://h/db", "x"),
        ("postgresql://h/db?sslmode=require&study=%26", "postgresql://h/db?sslmode=require", "&"),
        ("postgresql://h/db?study=x&sslmode=require", "postgresql://h/db?sslmode=require", "x"),
        ("postgresql://h/db?mystudy=x", "postgresql://h/db?mystudy=x", None),
    ],
)
def test_studies_behind_addresses(written: str, meant: str, study: str | None) -> None:
    address = DatabaseAddress.read(written, HERE)
    assert (address.text, address.study) == (meant, study)
    assert address == DatabaseAddress.read(meant, HERE)
    again = DatabaseAddress.read(address.text_with_study, HERE)
    assert (again, again.study) == (address, study)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgresql://u:sEcret@h:5432/db", "postgresql://u@h:5432/db"),
        ("postgres://u:sEcret/p@ss@h/db", "postgresql://u@h/db"),
        ("postgresql://u@h/db?password=sEcret&x=1", "postgresql://u@h/db?password=&x=1"),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
    ],
)
def test_passwords_are_not_shown(written: str, shown: str) -> None:
    address = DatabaseAddress.read(written, HERE)
    assert address.shown == shown
    assert "sEcret" not in repr(address)
    line = f"bbopt --storage '{written}' --email me@here"
    assert "sEcret" not in without_passwords(line)
    assert "me@here" in without_passwords(line)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("mysql://u:sEcret@h/db", "no address"),
        ("x.db", "no address"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///x.db?timeout=3", "names no file"),
        ("sqlite:///x.db?study=", "no name for a study"),
        ("postgresql://u:sEcret@h/db?study=a%0ab", "no name for a study"),
        ("postgresql://u:sEcret s@h/db", "blanks"),
    ],
)
def test_what_is_no_address(written: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        DatabaseAddress.read(written, HERE)
    assert "sEcret" not in str(caught.value)


def test_addresses_and_paths() -> None:
    assert looks_like_address("sqlite:///x")
    assert looks_like_address("nonsense://x")
    assert not looks_like_address("bbopt-output/sqlite")


@pytest.mark.parametrize(
    ("written", "database", "table"),
    [
        (
            "postgres://ift6266h10@gershwin/ift6266h10_sandbox_db?table=mlp_dumi",
            "postgresql://ift6266h10@gershwin/ift6266h10_sandbox_db",
            "mlp_dumi",
        ),
        ("postgresql://u:a?b@h:5432/db?table=t", "postgresql://u:a?b@h:5432/db", "t"),
        ("postgresql:///db?host=/tmp&table=my%20jobs&x=1", "postgresql:///db?host=/tmp&x=1", "my jobs"),
        ("sqlite:///x.db?table=mlp_dumi", "sqlite:////somewhere/x.db", "mlp_dumi"),
        ("sqlite:////tmp/x.db?table=mlp_dumi", "sqlite:////tmp/x.db", "mlp_dumi"),
    ],
)
def test_addresses_of_jobmans_tables(written: str, database: str, table: str) -> None:
    address = StudyAddress.read_table(written, HERE)
    assert (address.database.text, address.study) == (database, table)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("postgres://u:sEcret@h/db", "names no table"),
        ("postgres://u:sEcret?@h/db", "names no table"),
        ("postgres://u:sEcret@h/db?table=", "names no table"),
        ("postgres://u:sEcret@h/db?table=a&table=b", "more than one"),
        ("postgres://u:sEcret@h/db?table=../x", "names no table"),
        ("postgres://u:sEcret@h/db?table=..", "names no table"),
        ("postgres://u:sEcret@h/db?table=a%0Ab", "names no table"),
        ("mysql://u:sEcret@h/db?table=t", "no address"),
        ("sqlite:///x.db?table=t&timeout=3", "names no file"),
        ("?table=t", "no address"),
        ("x.db?table=t", "no address"),
    ],
)
def test_what_is_no_address_of_a_table(written: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        StudyAddress.read_table(written, HERE)
    assert "sEcret" not in str(caught.value)
