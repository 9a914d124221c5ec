"""Checkpoints on disk: whoever is killed between any two steps, what is there is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.target.supervisor import checkpoint_folder
from bbopt.target.supervisor.checkpoint_folder import MARKER, Checkpoint
from tests.stores.folder.mounts import fill, small_disk

STEPS = ("mkdir", "unlink", "rmdir", "symlink", "replace", "rename")
KILLED = 9


def opened(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoints" / "1-0123456789abcdef"
    checkpoint_folder.open_folder(str(folder), {"seed": 1})
    return folder


def leave(folder: Path, name: str, text: str) -> None:
    """What a run does that has succeeded."""
    write(folder, name, text)
    assert checkpoint_folder.take_out(str(folder / name))
    checkpoint_folder.promote(str(folder), name)


def write(folder: Path, name: str, text: str) -> None:
    checkpoint_folder.make_out(str(folder / name))
    (folder / name / "sub").mkdir()
    for file in ("state", "sub/more"):
        (folder / name / file).write_text(text)


def content(folder: Path) -> str | None:
    """What a run would go on from; both of its files have the same text where they are whole."""
    last = checkpoint_folder.current(str(folder))
    if last is None:
        return None
    first, second = (Path(last.path, file).read_text() for file in ("state", "sub/more"))
    assert first == second
    return first


def killed_at(n: int, act: Callable[[], None]) -> bool:
    """Whether a process that is killed before its `n`-th change of the disk was killed at all."""
    if (pid := os.fork()) == 0:
        left = [n]

        def mortal(step: Callable[..., object]) -> Callable[..., object]:
            def change(*arguments: object, **named: object) -> object:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(KILLED)
                return step(*arguments, **named)

            return change

        for name in STEPS:
            setattr(os, name, mortal(getattr(os, name)))
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == KILLED


def test_the_last_complete_run_is_gone_on_from(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    assert checkpoint_folder.current(str(folder)) is None
    leave(folder, "3-1-7-abcd", "three")
    assert checkpoint_folder.current(str(folder)) == Checkpoint(str(folder / "3-1-7-abcd"), 3, "1-7")
    leave(folder, "9-1-8-abcd", "nine")
    assert checkpoint_folder.current(str(folder)) == Checkpoint(str(folder / "9-1-8-abcd"), 9, "1-8")
    assert sorted(os.listdir(folder)) == [MARKER, "9-1-8-abcd", "current"]
    assert checkpoint_folder.about(str(folder)) == {"checkpoints": folder.name, "seed": 1}


def test_it_moves_with_its_folder(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    leave(folder, "3-1-7-abcd", "three")
    moved = tmp_path / "elsewhere" / folder.name
    shutil.copytree(folder.parent, moved.parent, symlinks=True)
    shutil.rmtree(folder.parent)
    assert content(moved) == "three"


def test_a_kill_at_any_moment_of_a_promotion(tmp_path: Path) -> None:
    n, seen = 0, set()
    while True:
        folder = opened(tmp_path / str(n))
        leave(folder, "3-1-7-abcd", "three")
        write(folder, "9-1-8-abcd", "nine")
        was_killed = killed_at(n, lambda folder=folder: checkpoint_folder.promote(str(folder), "9-1-8-abcd"))
        found = content(folder)
        checkpoint_folder.open_folder(str(folder), {"seed": 1})
        assert content(folder) == found
        assert len(os.listdir(folder)) == 3
        seen.add(found)
        if not was_killed:
            assert found == "nine"
            break
        n += 1
    assert seen == {"three", "nine"}
    assert n > 5


def test_a_kill_at_any_moment_of_a_removal(tmp_path: Path) -> None:
    n = 0
    while True:
        folder = opened(tmp_path / str(n))
        leave(folder, "3-1-7-abcd", "three")
        was_killed = killed_at(n, lambda folder=folder: checkpoint_folder.remove(str(folder)))
        assert content(folder) == ("three" if was_killed and n == 0 else None)
        if not was_killed:
            assert not folder.exists()
            break
        checkpoint_folder.open_folder(str(folder), {"seed": 1})
        checkpoint_folder.remove(str(folder))
        assert not folder.exists()
        n += 1
    assert n > 5


def test_a_kill_at_any_moment_of_the_beginning(tmp_path: Path) -> None:
    n = 0
    while True:
        folder = tmp_path / str(n) / "checkpoints" / "1-0123456789abcdef"
        was_killed = killed_at(n, lambda folder=folder: checkpoint_folder.open_folder(str(folder), {"a": 1}))
        checkpoint_folder.open_folder(str(folder), {"a": 1})
        assert checkpoint_folder.about(str(folder)) == {"checkpoints": folder.name, "a": 1}
        if not was_killed:
            break
        n += 1
    assert n > 1


def test_an_empty_folder_is_no_checkpoint(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    checkpoint_folder.make_out(str(folder / "3-1-7-abcd"))
    assert not checkpoint_folder.take_out(str(folder / "3-1-7-abcd"))
    checkpoint_folder.tidy(str(folder))
    assert os.listdir(folder) == [MARKER]


def test_a_folder_that_held_nothing_is_used_again(tmp_path: Path) -> None:
    n = 0
    while True:
        spare, folder = tmp_path / f".spare-1-{n}", opened(tmp_path / str(n))
        checkpoint_folder.make_out(str(folder / "3-1-7-abcd"))
        assert checkpoint_folder.set_free(str(folder), str(spare))
        other = str(folder.with_name("1-fedcba9876543210"))
        was_killed = killed_at(
            n, lambda other=other, spare=spare: checkpoint_folder.open_folder(other, {"a": 1}, str(spare))
        )
        checkpoint_folder.open_folder(other, {"a": 1})
        assert checkpoint_folder.about(other) == {"checkpoints": "1-fedcba9876543210", "a": 1}
        if not was_killed:
            break
        checkpoint_folder.remove_spare(str(spare))
        assert not spare.exists()
        n += 1
    assert n == 2


def test_what_another_run_was_to_write_to_is_used_again(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    leave(folder, "3-1-7-abcd", "three")
    write(folder, "9-1-8-abcd", "of a run that has failed")
    out = checkpoint_folder.new_out(str(folder), 9, "1-9", "0123456789")
    assert sorted(os.listdir(folder)) == [MARKER, "3-1-7-abcd", "9-1-9-01234567", "current"]
    checkpoint_folder.make_out(out)
    assert os.listdir(out) == []


def test_what_holds_something_is_not_set_free(tmp_path: Path) -> None:
    folder, spare = opened(tmp_path), str(tmp_path / ".spare-1-1")
    write(folder, "3-1-7-abcd", "half")
    assert not checkpoint_folder.set_free(str(folder), spare)
    checkpoint_folder.promote(str(folder), "3-1-7-abcd")
    assert not checkpoint_folder.set_free(str(folder), spare)
    checkpoint_folder.remove_spare(str(tmp_path))
    assert content(folder) == "half"


def test_another_try_finds_an_empty_folder(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    write(folder, "3-1-7-abcd", "of a worker that was lost")
    checkpoint_folder.make_out(str(folder / "3-1-7-abcd"))
    assert os.listdir(folder / "3-1-7-abcd") == []


def test_what_is_not_ours_is_neither_used_nor_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    with pytest.raises(FileExistsError):
        checkpoint_folder.open_folder(str(precious), {})
    checkpoint_folder.remove(str(precious))
    link = tmp_path / "1-0123456789abcdef"
    link.symlink_to(opened(tmp_path / "other"))
    with pytest.raises(FileExistsError):
        checkpoint_folder.open_folder(str(link), {})
    checkpoint_folder.remove(str(link))
    assert checkpoint_folder.about(str(link)) is None
    renamed = opened(tmp_path).rename(tmp_path / "mine")
    checkpoint_folder.remove(str(renamed))
    assert renamed.is_dir()
    assert os.listdir(precious) == ["file"]


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    """Nothing that a program does to its folder has anything removed, or read, elsewhere."""
    folder, precious = opened(tmp_path), tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    (folder / "3-1-7-abcd").symlink_to(precious)
    assert not checkpoint_folder.take_out(str(folder / "3-1-7-abcd"))
    for target in ("../../precious", "3-1-7-abcd", str(precious), MARKER):
        (folder / "current").unlink(missing_ok=True)
        (folder / "current").symlink_to(target)
        assert checkpoint_folder.current(str(folder)) is None
    write(folder, "9-1-8-abcd", "nine")
    (folder / "9-1-8-abcd" / "link").symlink_to(precious)
    checkpoint_folder.remove(str(folder))
    assert not folder.exists()
    assert (precious / "file").read_text() == "precious"


def test_whether_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        folder = opened(disk)
        out = folder / "3-1-7-abcd"
        out.mkdir()
        assert not checkpoint_folder.lacks_room(str(out))
        fill(out / "state")
        assert checkpoint_folder.lacks_room(str(out))
        assert sorted(os.listdir(folder)) == [MARKER, "3-1-7-abcd"]
