"""Files of runs: listed, followed while they grow, archived with what is known of each run."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.output_folder import OutputFolder
from bbopt.session import run_files as module
from bbopt.session.run_files import archive_runs, best_run, followed, run_files, runs_with_folders
from bbopt.stores import Results, store_in
from tests.stores.searches import IDENTITY, SPACE, run


@pytest.fixture
def output(tmp_path: Path) -> OutputFolder:
    """Two runs, the second one with folders in its own, and things that are no runs."""
    for name, files in {
        "1-2": {"process_output.log": "hello\n", ".bbopt-run.json": "{}"},
        "1-10": {"model/weights.bin": "\0" * 2000, "train.py": "print()"},
        "call-1": {"x": ""},
        "notes": {"x": ""},
    }.items():
        for file, text in files.items():
            path = tmp_path / "runs" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (tmp_path / "runs" / "1-10" / "data").symlink_to("/somewhere/data")
    with store_in(tmp_path).open(1, IDENTITY, SPACE) as recorder:
        recorder.record(run(1, run_id="1-2", quality=0.5))
        recorder.record(run(2, run_id="1-10", quality=0.25))
    return OutputFolder(tmp_path)


def test_which_runs_and_files_there_are(output: OutputFolder) -> None:
    assert runs_with_folders(output) == ["1-2", "1-10"]
    files = run_files(output, "1-10")
    assert [(file.name, file.n_bytes, file.link) for file in files] == [
        ("data", 0, "/somewhere/data"),
        ("model/weights.bin", 2000, None),
        ("train.py", 7, None),
    ]
    assert best_run(Results(output.path)) == "1-10"
    with pytest.raises(InputError, match="run 1-3 has no folder") as caught:
        run_files(output, "1-3")
    assert caught.value.remedy is None
    with pytest.raises(InputError, match="run 1-3 has no folder") as caught:
        run_files(OutputFolder(output.path / "runs"), "1-3")
    assert caught.value.remedy == "run-folders = true gives each run one"


def test_an_archive_has_a_manifest(output: OutputFolder, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert archive_runs(Results(output.path), ["1-2", "1-10"], path) == 4
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        manifest = json.loads(found.read("manifest.json"))["runs"]
        assert found.read("1-10/model/weights.bin") == bytes(2000)
        assert sorted(found.namelist()) == [
            "1-10/model/weights.bin",
            "1-10/train.py",
            "1-2/process_output.log",
            "manifest.json",
        ]
    assert manifest["1-10"]["run"]["quality"] == 0.25
    assert manifest["1-10"]["files"][0] == {"name": "data", "link": "/somewhere/data"}
    digest = hashlib.sha256(b"hello\n").hexdigest()
    assert manifest["1-2"]["files"] == [{"name": "process_output.log", "bytes": 6, "sha256": digest}]
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        archive_runs(Results(output.path), ["1-2"], path)
    assert path.read_bytes() == before


def test_no_archive_is_left_where_it_fails(
    output: OutputFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_copied", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        archive_runs(Results(output.path), ["1-2"], tmp_path / "all.zip")
    assert not (tmp_path / "all.zip").exists()


def steps(*actions: Callable[[], object]) -> Callable[[], bool]:
    """What happens before each look at the file; the run is over when nothing more does."""
    left: Iterator[Callable[[], object]] = iter(actions)

    def is_over() -> bool:
        action = next(left, None)
        if action is not None:
            action()
        return action is None

    return is_over


def test_a_file_is_followed_until_its_run_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POLL_S", 0.0)
    path = tmp_path / "log"

    def add(text: str) -> None:
        with path.open("a") as file:
            file.write(text)

    over = steps(
        lambda: None, lambda: add("one"), lambda: None, lambda: add("two"), lambda: path.write_text("3")
    )
    assert list(followed(path, over, 10)) == [b"one", b"two", b"3"]
    assert list(followed(path, steps(lambda: add("456789")), 4)) == [b"6789"]
    assert list(followed(tmp_path / "none", steps(), 4)) == []
