"""Which databases say by themselves what a worker executes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError
from bbopt.workers import is_trusted, refuse_untrusted


@pytest.fixture
def address(tmp_path: Path) -> DatabaseAddress:
    file = tmp_path / "folder" / "jobs.db"
    file.parent.mkdir(mode=0o755)
    file.touch(mode=0o644)
    return DatabaseAddress.read("sqlite:///folder/jobs.db", tmp_path)


def test_a_file_of_ones_own_is_trusted(address: DatabaseAddress) -> None:
    refuse_untrusted(address)
    assert is_trusted(address)


def test_a_server_is_not() -> None:
    assert not is_trusted(DatabaseAddress("postgresql://me@host/db"))


@pytest.mark.parametrize(("of_folder", "mode"), [(False, 0o666), (True, 0o777), (True, 0o1777)])
def test_what_others_may_write_to_is_not(address: DatabaseAddress, of_folder: bool, mode: int) -> None:
    """In a sticky folder nobody replaces the file, but anybody adds a write-ahead log that SQLite reads."""
    file = Path(str(address.file))
    (file.parent if of_folder else file).chmod(mode)
    with pytest.raises(InputError, match="not trusted") as caught:
        refuse_untrusted(address)
    assert "everybody" in str(caught.value.got)


@pytest.mark.parametrize("of_folder", [False, True])
def test_what_another_user_owns_is_not(
    address: DatabaseAddress, of_folder: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(str(address.file))
    theirs, real = (file.parent if of_folder else file).stat().st_ino, os.stat

    def stat(path: str | Path, **options: Any) -> os.stat_result:
        values = list(real(path, **options))
        if values[1] == theirs:
            values[4] = os.getuid() + 1
        return os.stat_result(values)

    monkeypatch.setattr("os.stat", stat)
    with pytest.raises(InputError) as caught:
        refuse_untrusted(address)
    assert "another user" in str(caught.value.got)


def test_a_link_into_a_folder_of_all_is_not(address: DatabaseAddress, tmp_path: Path) -> None:
    Path(str(address.file)).parent.chmod(0o777)
    (tmp_path / "link.db").symlink_to(str(address.file))
    assert not is_trusted(DatabaseAddress.read("sqlite:///link.db", tmp_path))
