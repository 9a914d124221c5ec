from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.options import resolve
from bbopt.scenario import read_command_line
from bbopt.scenario.input_paths import Folders
from bbopt.scenario.run_folders import KeptFolders, RunFolderSettings, read_run_folders


def read(folder: Path, *options: str) -> RunFolderSettings | None:
    scenario = folder / "scenario"
    for name in ("a.csv", "b.csv", "net.h5", "main.py.template"):
        scenario.mkdir(exist_ok=True)
        (scenario / name).write_text("x")
    (scenario / "sub").mkdir(exist_ok=True)
    return read_run_folders(resolve(read_command_line(options)), Folders(folder, None, None, str(scenario)))


def names(folder: Path, *options: str) -> list[str]:
    settings = read(folder, *options)
    assert settings is not None
    return sorted(settings.names)


def test_runs_have_folders_where_something_needs_them(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert read(tmp_path, "--run-folders=false") is None
    assert read(tmp_path, "--run-folders=true") is not None
    assert read(tmp_path, "--post-process=tail x") is not None


@pytest.mark.parametrize(
    "option", ["--template=main.py.template", "--keep-run-folders=none", "--run-folder-root=/tmp"]
)
def test_what_needs_folders_is_refused_without(tmp_path: Path, option: str) -> None:
    with pytest.raises(InputError, match="needs run folders"):
        read(tmp_path, "--run-folders=false", option)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--template=main.py.template -> main.py"], ["main.py"]),
        (["--template=main.py.template"], ["main.py.template"]),
        (["--link-files=*.csv net.h5"], ["a.csv", "b.csv", "net.h5"]),
        (
            ["--copy-files=*.csv -> data/", "--link-files=net.h5 -> weights"],
            ["data/a.csv", "data/b.csv", "weights"],
        ),
        (["--copy-files=sub", "--parameters-file=in/p.json"], ["in/p.json", "sub"]),
    ],
)
def test_names_in_the_folder(tmp_path: Path, options: list[str], expected: list[str]) -> None:
    assert names(tmp_path, *options) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--template=main.py.templat"], "the template does not exist"),
        (["--copy-files=net.h4"], "copy-files names a file that does not exist"),
        (["--link-files=*.txt"], "link-files names a file that does not exist"),
        (["--copy-files=a.csv", "--link-files=a.csv"], "two files of the run folder have the name a.csv"),
        (["--template=main.py.template -> ../main.py"], "this is no name of a file in the run folder"),
        (["--parameters-file=/etc/params.json"], "this is no name of a file in the run folder"),
        (["--parameters-file={slot}.json"], "a name in the run folder can't have the placeholder {slot}"),
        (["--parameters-file=p", "--results-file=./p"], "the results file has the name of a file that the"),
        (["--template=main.py.template", "--results-file=main.py.template"], "the results file has the name"),
        (["--template-delimiters=%", "--run-folders=true"], "template-delimiters can't be read"),
        (["--keep-run-folders=some", "--run-folders=true"], "keep-run-folders can't be read"),
        (["--keep-run-folders=all:3", "--run-folders=true"], "keep-run-folders can't be read"),
        (["--pre-process='open"], "can't be split into words"),
        (["--post-process=tail {run-foldr}"], "unknown placeholder {run-foldr}"),
    ],
)
def test_what_can_not_be_used_is_told(tmp_path: Path, options: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, *options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", KeptFolders()),
        ("none", KeptFolders(failed=False, others=False)),
        ("failed", KeptFolders(others=False)),
        ("best", KeptFolders(failed=False, others=False, n_best=1)),
        ("best: 3", KeptFolders(failed=False, others=False, n_best=3)),
    ],
)
def test_which_folders_are_kept(tmp_path: Path, text: str, expected: KeptFolders) -> None:
    settings = read(tmp_path, "--run-folders=true", f"--keep-run-folders={text}")
    assert settings is not None
    assert settings.kept == expected
