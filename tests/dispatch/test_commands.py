from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.dispatch import LogFolder, batch_name, dealt_out
from bbopt.errors import StateError


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("bbopt", "bbopt.3"),
        ("/opt/my tools/train it.py", "train_it.p.3"),
        ("2to3", "j2to3.3"),
        ("-", "j-.3"),
    ],
)
def test_a_batch_system_takes_the_name(program: str, name: str) -> None:
    assert batch_name([program, "x"], 3) == name
    assert len(batch_name(["a" * 99], 999)) <= 15  # of PBS


def test_logs_are_named_after_the_command_and_the_time() -> None:
    url = "postgres://me:secret@host/db?table=mlp"
    folder = LogFolder.of(Path("LOGS"), ["/usr/bin/bbopt", "sql", "-n", "5", url, "."], 1.25)
    assert folder.path.parent == Path("LOGS")
    assert folder.path.name.startswith("bbopt_sql_-n_5_postgres_me_host_db_table=mlp_19")
    assert folder.path.name.endswith(".250000")
    assert len(LogFolder.of(Path("LOGS"), ["x" * 999], 1.0).path.name) < 255


def test_a_folder_for_logs_is_a_new_one(tmp_path: Path) -> None:
    folder = LogFolder(tmp_path / "a" / "b")
    folder.make()
    with pytest.raises(StateError, match="cannot make the folder"):
        folder.make()
    (folder.path / "log").touch()
    folder.remove_if_empty()
    assert (folder.path / "log").exists()
    (folder.path / "log").unlink()
    folder.remove_if_empty()
    assert not folder.path.exists()


def test_commands_are_dealt_out() -> None:
    commands = [[name] for name in "abcde"]
    assert dealt_out(commands, None) == [[["a"]], [["b"]], [["c"]], [["d"]], [["e"]]]
    assert dealt_out(commands, 2) == [[["a"], ["c"], ["e"]], [["b"], ["d"]]]
    assert dealt_out(commands, 9) == dealt_out(commands, None)
