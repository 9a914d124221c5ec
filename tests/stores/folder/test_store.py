"""The folder as a store: the contract with real processes, and what goes with a journal."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder
from bbopt.stores import RunStore, store_in
from bbopt.stores.folder import FolderStore
from tests.children import run_child
from tests.contracts.store_contract import StoreContract
from tests.stores.searches import IDENTITY, SPACE, Process, run

OBEY = "import sys; from tests.stores.searches import obey; obey(*sys.argv[1:])"


class Child:
    """A Process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, command: str) -> str:
        assert self._process.stdout is not None
        self.tell(command)
        return self._process.stdout.readline().rstrip("\n")

    def tell(self, command: str) -> None:
        """Without waiting for the answer."""
        assert self._process.stdin is not None
        print(command, file=self._process.stdin, flush=True)

    def stop(self) -> None:
        """As Ctrl-Z does; returns when it stands still."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=60)


class TestFolderStore(StoreContract):
    def at(self, folder: Path) -> RunStore:
        return store_in(folder)

    @contextmanager
    def process(self, folder: Path, seed: int) -> Iterator[Process]:
        child = Child(run_child(OBEY, folder, seed, stdin=subprocess.PIPE))
        try:
            yield child
        finally:
            child.kill()


def write(store: RunStore, seed: int, *numbers: int) -> None:
    with store.open(seed, IDENTITY, SPACE) as recorder:
        for number in numbers:
            recorder.record(run(number))


def test_the_journal_is_smac2s_file(tmp_path: Path) -> None:
    write(store_in(tmp_path), 12)
    assert os.listdir(tmp_path) == ["live-rundata-12.json"]


def test_all_files_of_a_seed_are_set_aside_with_its_journal(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    write(store, 3, 1)
    for name in ("traj-run-3.txt", "traj-run-4.txt"):
        (tmp_path / name).write_text("")
    moved = store.set_aside(3)
    assert moved == str(tmp_path / "previous" / "run-3-1")
    assert sorted(os.listdir(moved)) == ["live-rundata-3.json", "traj-run-3.txt"]
    assert sorted(os.listdir(tmp_path)) == ["previous", "traj-run-4.txt"]
    (tmp_path / "log-run3.txt").write_text("of a search that never recorded anything")
    assert store.set_aside(3) == str(tmp_path / "previous" / "run-3-2")


def test_a_move_that_fails_leaves_no_lock(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    write(store, 3)
    (tmp_path / "previous").write_text("in the way")
    with pytest.raises(StateError, match="cannot set aside the earlier run of seed 3"):
        store.set_aside(3)
    assert sorted(os.listdir(tmp_path)) == ["live-rundata-3.json", "previous"]


class TestHidden:
    """`shared-model-mode-write-data false`: the journal is in the state folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> RunStore:
        return store_in(tmp_path, is_hidden=True)

    def test_others_do_not_see_its_runs_but_it_sees_theirs(self, store: RunStore, tmp_path: Path) -> None:
        write(store, 1, 1)
        write(store_in(tmp_path), 2, 2)
        assert (tmp_path / "state-run1" / "live-rundata-1.json").is_file()
        assert store_in(tmp_path).follow(2, IDENTITY, SPACE).poll() == []
        assert [foreign.seed for foreign in store.follow(1, IDENTITY, SPACE).poll()] == [2]
        record = store.runs(1, SPACE)
        assert record is not None
        assert len(record.runs) == 1

    def test_it_is_set_aside_with_the_state_folder(self, store: RunStore, tmp_path: Path) -> None:
        write(store, 1, 1)
        store.set_aside(1)
        assert os.listdir(tmp_path) == ["previous"]
        assert store.runs(1, SPACE) is None

    def test_a_hidden_search_has_its_seed_for_itself(self, store: RunStore, tmp_path: Path) -> None:
        with store.open(1, IDENTITY, SPACE):
            for other in (store, store_in(tmp_path)):
                with pytest.raises(StateError, match=f"in use by process {os.getpid()}"):
                    other.open(1, IDENTITY, SPACE)
                with pytest.raises(StateError, match=f"in use by process {os.getpid()}"):
                    other.set_aside(1)
        assert os.listdir(tmp_path) == ["state-run1"]

    def test_it_is_another_store(self, store: RunStore, tmp_path: Path) -> None:
        assert store == store_in(tmp_path, is_hidden=True)
        assert store != store_in(tmp_path)


def test_a_folder_has_many_names(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    link.symlink_to(folder)
    assert FolderStore(OutputFolder(folder)) != FolderStore(OutputFolder(link))  # there is none yet
    folder.mkdir()
    assert FolderStore(OutputFolder(folder)) == FolderStore(OutputFolder(link))
    assert FolderStore(OutputFolder(folder)) == FolderStore(OutputFolder(tmp_path / "link/../folder"))
    assert FolderStore(OutputFolder(folder)) != FolderStore(OutputFolder(tmp_path))


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"cannot make .*file"):
        store_in(tmp_path / "file" / "out").open(1, IDENTITY, SPACE)
