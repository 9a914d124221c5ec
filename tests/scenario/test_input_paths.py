"""Where relative paths of input files lead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbopt.errors import InputError, Place
from bbopt.scenario.input_paths import (
    Folders,
    expand_home,
    find_file,
    find_folder,
    home_folder,
    joined,
)

PLACE = Place("scenario.txt", 1, 1)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for name in ("current", "home", "experiment", "scenario"):
        (tmp_path / name).mkdir()
    return Folders(tmp_path / "current", tmp_path / "home", f"{tmp_path}/experiment", f"{tmp_path}/scenario")


def refusal(text: str, folders: Folders) -> InputError:
    with pytest.raises(InputError) as caught:
        find_file(text, folders, "pcs-file", PLACE)
    assert caught.value.place == PLACE
    return caught.value


def test_current_then_experiment_then_scenario_folder(folders: Folders) -> None:
    assert [Path(folder).name for folder in folders.search_order] == ["current", "experiment", "scenario"]
    for folder in reversed(folders.search_order):
        Path(folder, "x.pcs").touch()
        assert find_file("x.pcs", folders, "pcs-file", PLACE) == f"{folder}/x.pcs"


def test_paths_keep_their_dots_as_in_smac2(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.pcs").touch()
    folders = Folders(tmp_path, None, None, f"{tmp_path}/./a")
    assert find_file(".//a/../a//b/x.pcs", folders, "pcs-file", PLACE) == f"{tmp_path}/./a/../a/b/x.pcs"
    assert find_file("./b/x.pcs", folders, "pcs-file", PLACE) == f"{tmp_path}/./a/./b/x.pcs"
    assert find_folder("b/.//", folders, "warmstart", PLACE) == f"{tmp_path}/./a/b/."


@pytest.mark.parametrize(
    ("folder", "text", "path"),
    [
        ("/a", "b", "/a/b"),
        ("/a", "", "/a"),
        ("/", "b", "/b"),
        ("/", ".", "/."),
        ("/a/.", "./b//./c/", "/a/././b/./c"),
        ("/a", "//b///..//", "/b/.."),
        ("/a", "/", "/"),
    ],
)
def test_joined(folder: str, text: str, path: str) -> None:
    assert joined(folder, text) == path


def test_absolute_and_home_paths(folders: Folders, tmp_path: Path) -> None:
    path = tmp_path / "home" / "x.pcs"
    path.touch()
    assert find_file(str(path), folders, "pcs-file", PLACE) == str(path)
    assert find_file("~/x.pcs", folders, "pcs-file", PLACE) == str(path)
    assert expand_home("~", folders.home, PLACE) == str(folders.home)
    assert expand_home("~other/x", folders.home, PLACE) == "~other/x"


def make_homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Path.home does for a user whom the system does not know."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)


def test_without_a_home_only_its_own_paths_fail(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_homeless(monkeypatch)
    home = home_folder()
    assert home is None
    homeless = Folders(folders.current, home)
    path = folders.current / "x.pcs"
    path.touch()
    assert find_file("x.pcs", homeless, "pcs-file", PLACE) == str(path)
    error = refusal("~/x.pcs", homeless)
    assert error.what == "the home folder is not known"
    assert "HOME" in (error.remedy or "")


def test_missing_file_names_all_places_and_the_nearest_name(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "scenario" / "params.pcs").touch()
    error = refusal("parms.pcs", folders)
    assert error.what == "the pcs-file does not exist"
    assert error.remedy == "did you mean params.pcs?"
    for folder in folders.search_order:
        assert f"{folder}/parms.pcs" in (error.expected or "")


def test_repeated_folders_are_named_once(tmp_path: Path) -> None:
    error = refusal("none.pcs", Folders(tmp_path, tmp_path, None, f"{tmp_path}/."))
    assert (error.expected or "").count("none.pcs") == 1


def test_a_folder_is_no_file(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "current" / "x.pcs").mkdir()
    assert refusal("x.pcs", folders).what == "the pcs-file is not a file"


def test_unreadable_file(folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "current" / "x.pcs").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    error = refusal("x.pcs", folders)
    assert error.what == "the pcs-file can't be read"
    assert (error.remedy or "").startswith("chmod u+r ")


def test_folders_are_found_alike(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "scenario" / "state").mkdir()
    assert find_folder("state", folders, "warmstart", PLACE) == f"{tmp_path}/scenario/state"
    (tmp_path / "current" / "state").touch()
    with pytest.raises(InputError, match="the warmstart is not a folder"):
        find_folder("state", folders, "warmstart", PLACE)


@pytest.mark.parametrize("text", ["x" * 300, "x" * 300 + "/y", "zero\0byte"])
def test_paths_that_the_system_refuses_do_not_exist(folders: Folders, text: str) -> None:
    assert refusal(text, folders).what == "the pcs-file does not exist"
    with pytest.raises(InputError, match="the warmstart does not exist"):
        find_folder(text, folders, "warmstart", PLACE)


def test_a_folder_that_cannot_be_entered(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refuse)  # as for every user but root
    assert refusal("locked/x.pcs", folders).what == "the pcs-file does not exist"


def test_a_pipe_is_no_file(folders: Folders, tmp_path: Path) -> None:
    """Opening one would wait for its writer, who may never come."""
    os.mkfifo(tmp_path / "current" / "x.pcs")
    assert refusal("x.pcs", folders).what == "the pcs-file is not a file"
