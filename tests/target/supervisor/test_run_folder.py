from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bbopt.target.supervisor import run_folder
from bbopt.target.supervisor.run_folder import MARKER, FolderOrder, bring_back, make, remove


def folder(tmp_path: Path, **settings: object) -> FolderOrder:
    return FolderOrder(str(tmp_path / "runs" / "1-1"), **settings)  # type: ignore[arg-type]


def test_everything_is_put_there(tmp_path: Path) -> None:
    source, tree = tmp_path / "weights.bin", tmp_path / "data"
    source.write_bytes(b"\x00\xff")
    tree.mkdir()
    (tree / "train.csv").write_text("1\n")
    order = folder(
        tmp_path,
        about={"settings": {"x": "1"}},
        files={"main.py": "caf\xe9\r\n", "in/run.sh": "#!/bin/sh\n"},
        executables=["in/run.sh"],
        copies={"w.bin": str(source), "data": str(tree)},
        links={"big": str(tree)},
    )
    make(order, "1-1")
    made = Path(order.path)
    assert (made / "main.py").read_bytes() == b"caf\xe9\r\n"
    assert os.access(made / "in/run.sh", os.X_OK)
    assert not os.access(made / "main.py", os.X_OK)
    assert (made / "w.bin").read_bytes() == b"\x00\xff"
    assert (made / "data/train.csv").read_text() == "1\n"
    assert os.readlink(made / "big") == str(tree)
    assert json.loads((made / MARKER).read_text()) == {"run": "1-1", "settings": {"x": "1"}}


def test_another_try_of_a_run_finds_its_folder_empty(tmp_path: Path) -> None:
    order = folder(tmp_path)
    make(order, "1-1")
    (Path(order.path) / "half.txt").write_text("half")
    make(order, "1-1")
    assert os.listdir(order.path) == [MARKER]


@pytest.mark.parametrize("owner", ["user", "other run"])
def test_what_is_somebody_elses_is_neither_used_nor_removed(tmp_path: Path, owner: str) -> None:
    order = folder(tmp_path)
    theirs = Path(order.path)
    theirs.mkdir(parents=True)
    (theirs / "thesis.txt").write_text("x")
    if owner == "other run":
        (theirs / MARKER).write_text('{"run": "2-1"}')
    with pytest.raises(FileExistsError):
        make(order, "1-1")
    remove(order.path, "1-1")
    assert (theirs / "thesis.txt").exists()


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    real = folder(tmp_path / "a")
    make(real, "1-1")
    order = folder(tmp_path / "b")
    Path(order.path).parent.mkdir(parents=True)
    os.symlink(real.path, order.path)
    with pytest.raises(FileExistsError):
        make(order, "1-1")
    remove(order.path, "1-1")
    assert os.path.isdir(real.path)


def test_removing_leaves_what_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_text("1\n")
    order = folder(tmp_path, links={"data": str(tmp_path / "data")})
    make(order, "1-1")
    remove(order.path, "1-1")
    assert not os.path.lexists(order.path)
    assert (tmp_path / "data/train.csv").exists()


def test_a_folder_that_can_only_be_made_in_part_is_not_left(tmp_path: Path) -> None:
    order = folder(tmp_path, files={"a": "1"}, copies={"b": str(tmp_path / "missing")})
    with pytest.raises(FileNotFoundError):
        make(order, "1-1")
    assert not os.path.lexists(order.path)


def test_a_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text("mine")
    source = str(tmp_path / "params.json")
    order = folder(tmp_path, files={"params.json": "{}"}, links={"params.json": source})
    with pytest.raises(FileExistsError):
        make(order, "1-1")
    assert (tmp_path / "params.json").read_text() == "mine"


def test_an_old_results_file_goes_and_a_new_one_is_read(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text('{"old": 1}')
    source = str(tmp_path / "out.json")
    order = folder(tmp_path, links={"out.json": source}, results_file="out.json")
    make(order, "1-1")
    run_folder.clear_results(order)
    assert run_folder.results(order) == ""
    assert (tmp_path / "out.json").exists()
    (Path(order.path) / "out.json").write_text('{"new": 2}')
    assert run_folder.results(order) == '{"new": 2}'


def test_a_folder_is_brought_to_its_place(tmp_path: Path) -> None:
    order = folder(tmp_path, kept_at=str(tmp_path / "shared" / "runs" / "1-1"))
    make(order, "1-1")
    assert bring_back(order) == ""
    assert not os.path.exists(order.path)
    assert os.listdir(order.kept_at) == [MARKER]


def test_a_folder_that_can_not_be_brought_back_stays(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("a file is in the way")
    order = folder(tmp_path, kept_at=str(tmp_path / "shared" / "runs" / "1-1"))
    make(order, "1-1")
    assert "could not be brought to" in bring_back(order)
    assert os.listdir(order.path) == [MARKER]
