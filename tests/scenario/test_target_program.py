"""Finding the target's program and the folder to run it in."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from bbopt.errors import InputError, Place
from bbopt.scenario.target_program import (
    ExecFolder,
    TargetProgram,
    find_program,
    program_problem,
    shell_warnings,
    split_command,
)

PLACE = Place("scenario.txt", 1, 8)


@pytest.fixture
def folders(tmp_path: Path) -> list[ExecFolder]:
    """The current folder and the scenario's, with execdir `.`; each beside a folder of programs."""
    for name in ("current", "scenario", "bin"):
        (tmp_path / name).mkdir()
    program(tmp_path / "bin" / "interpreter")
    return [ExecFolder(tmp_path / name, f"{tmp_path / name}/.") for name in ("current", "scenario")]


def program(path: Path, mode: int = 0o755) -> Path:
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(mode)
    return path


def found(text: str, folders: list[ExecFolder]) -> TargetProgram:
    search_path = str(folders[0].path.parent / "bin")
    return find_program(split_command(text, PLACE), folders, search_path, PLACE)


def refusal(text: str, folders: list[ExecFolder]) -> InputError:
    with pytest.raises(InputError) as caught:
        found(text, folders)
    assert caught.value.place == PLACE
    return caught.value


def test_words_are_split_like_a_shell_command_line() -> None:
    assert split_command("./run  'a b' \"c d\" e\\ f", PLACE) == ("./run", "a b", "c d", "e f")


def test_words_that_cannot_be_split() -> None:
    with pytest.raises(InputError, match="split into words") as caught:
        split_command("./run 'a", PLACE)
    assert caught.value.remedy == "No closing quotation"
    with pytest.raises(InputError, match="names no program"):
        split_command("''", PLACE)


def test_a_program_with_a_slash_stands_in_the_current_folder_first(folders: list[ExecFolder]) -> None:
    there = program(folders[1].path / "run.py")
    assert found("./run.py -v", folders) == TargetProgram(there, folders[1])
    here = program(folders[0].path / "run.py")
    assert found("./run.py -v", folders) == TargetProgram(here, folders[0])


def test_a_missing_program(folders: list[ExecFolder]) -> None:
    error = refusal("./run.py", folders)
    assert error.what == "the target's program does not exist"
    assert all(str(folder.path / "run.py") in (error.expected or "") for folder in folders)


def test_a_folder_is_no_program(folders: list[ExecFolder]) -> None:
    (folders[0].path / "run").mkdir()
    assert refusal("./run", folders).what == "the target's program is not a file"


def test_a_program_that_is_not_executable(folders: list[ExecFolder]) -> None:
    path = program(folders[0].path / "my run", mode=0o644)
    error = refusal("'./my run'", folders)
    assert error.what == "the target's program is not executable"
    assert error.remedy == f'chmod +x "{path}"'


def test_a_program_without_a_slash_is_looked_up_in_path(folders: list[ExecFolder], tmp_path: Path) -> None:
    program(folders[0].path / "interpreter")
    assert found("interpreter", folders) == TargetProgram(tmp_path / "bin" / "interpreter", folders[0])


def test_a_missing_program_that_lies_at_hand(folders: list[ExecFolder]) -> None:
    program(folders[0].path / "run")
    error = refusal("run", folders)
    assert error.what == "the target's program is in no folder of PATH"
    assert error.remedy == "write ./run"
    assert refusal("walk", folders).remedy == "install it or give its path"


def test_the_folder_of_the_script_is_taken(folders: list[ExecFolder]) -> None:
    (folders[1].path / "wrapper.py").touch()
    assert found("interpreter -u wrapper.py", folders).folder is folders[1]
    (folders[0].path / "wrapper.py").touch()
    assert found("interpreter -u wrapper.py", folders).folder is folders[0]


@pytest.mark.parametrize(
    "command",
    [
        """interpreter -c 'python wrapper.py fit "$@" && cat metrics.json' sh""",
        "interpreter -c 'exec <wrapper.py'",
        "interpreter -c \"'wrapper.py'; true\"",
        "interpreter 'a b' wrapper.py",
    ],
)
def test_the_folder_of_a_script_in_a_shell_command_is_taken(folders: list[ExecFolder], command: str) -> None:
    (folders[1].path / "wrapper.py").touch()
    assert found(command, folders).folder is folders[1]


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("LR=5 python 'my train.py'", 'write env LR=5 python "my train.py"'),
        ("PYTHONPATH=./src python train.py", "write env PYTHONPATH=./src python train.py"),
        ("cd x && python train.py", "write sh -c 'cd x && python train.py \"$@\"' sh"),
        (
            "source v/activate ; python train.py",
            "write bash -c 'source v/activate ; python train.py \"$@\"' sh",
        ),
    ],
)
def test_commands_for_a_shell(folders: list[ExecFolder], command: str, remedy: str) -> None:
    assert refusal(command, folders).remedy == f"no shell reads the command: {remedy}"


@pytest.mark.parametrize(
    ("command", "sign"),
    [
        ('python train.py && cat "a b"', "&&"),
        ("python train.py | tee log", "|"),
        ("python train.py '|' -F '>' x&y a>b", None),
        ("sh -c 'cd x && y' sh", None),
    ],
)
def test_signs_of_a_shell_are_warned_of(command: str, sign: str | None) -> None:
    told = list(shell_warnings(command, PLACE))
    assert len(told) == (sign is not None)
    if sign is not None:
        rest = command.partition(sign)[2]
        assert f": {sign} is passed to the program as it stands; no shell reads the command" in told[0]
        assert told[0].endswith(f"write sh -c 'python train.py \"$@\" {sign}{rest}' sh")


def test_a_missing_script_is_no_error(folders: list[ExecFolder]) -> None:
    assert found("interpreter wrapper.py", folders).folder is folders[0]


def test_an_absolute_program_takes_the_folder_of_its_script(
    folders: list[ExecFolder], tmp_path: Path
) -> None:
    (folders[1].path / "wrapper.py").touch()
    path = tmp_path / "bin" / "interpreter"
    assert found(f"{path} wrapper.py", folders) == TargetProgram(path, folders[1])


def test_a_missing_folder_is_passed_over(folders: list[ExecFolder], tmp_path: Path) -> None:
    missing = ExecFolder(tmp_path / "none", "none")
    there = program(folders[1].path / "run")
    assert find_program(("./run",), [missing, folders[1]], "", PLACE) == TargetProgram(there, folders[1])
    with pytest.raises(InputError, match="the folder to run the target in does not exist"):
        find_program(("./run",), [missing], "", PLACE)


@pytest.mark.parametrize("name", ["x" * 300, "zero\0byte"])
def test_names_that_the_system_refuses(folders: list[ExecFolder], name: str) -> None:
    assert refusal(shlex.quote(f"./{name}"), folders).what == "the target's program does not exist"
    assert refusal(shlex.quote(name), folders).what == "the target's program is in no folder of PATH"
    assert found(f"interpreter -c {shlex.quote(name)}", folders).folder is folders[0]
    with pytest.raises(InputError, match="the folder to run the target in does not exist"):
        find_program(("./run",), [ExecFolder(folders[0].path / name, name)], "", PLACE)


SCRIPTS = {
    "windows": ("#!/bin/sh\r\necho\r\n", "carriage return", "sed -i "),
    "empty": ("#! \n", "names no interpreter", "#!"),
    "lost": (
        "#!/no/such/interpreter -x\n",
        "needs the interpreter /no/such/interpreter, which",
        "first line",
    ),
    "astray": ("#!bin/sh\n", "needs the interpreter bin/sh, which does not exist", "first line"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_without_an_interpreter(folders: list[ExecFolder], name: str) -> None:
    text, what, remedy = SCRIPTS[name]
    path = program(folders[0].path / name)
    path.write_bytes(text.encode())
    error = refusal(f"./{name}", folders)
    assert what in error.what
    assert remedy in (error.remedy or "")
    assert error.got == str(path)
    problem = program_problem(f"./{name}", folders[0].path)
    assert problem is not None
    assert error.what == f"the target's program {problem.what}"


def test_a_relative_interpreter_is_looked_up_where_the_program_runs(folders: list[ExecFolder]) -> None:
    (folders[0].path / "bin").mkdir()
    program(folders[0].path / "bin" / "sh")
    program(folders[0].path / "run").write_bytes(b"#!bin/sh\n")
    assert found("./run", folders).folder is folders[0]
    assert program_problem(str(folders[0].path / "run"), folders[0].path) is None
    assert program_problem(str(folders[0].path / "run"), folders[1].path) is not None


def test_problems_of_a_program_in_one_folder(
    folders: list[ExecFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders[0].path
    program(folder / "good")
    (folder / "binary").write_bytes(b"\x7fELF")
    (folder / "binary").chmod(0o755)
    program(folder / "plain", mode=0o644)
    program(tmp_path / "bin" / "lost").write_bytes(b"#!/no/such/interpreter\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("./good", "./binary", str(folder / "good"), "interpreter"):
        assert program_problem(name, folder) is None
    for name, what, remedy in (
        ("./missing", "does not exist", "its path is relative to algo-exec-dir"),
        (str(folder / "missing"), "does not exist", None),
        ("./plain", "is not executable", f"chmod +x {folder / 'plain'}"),
        ("plain", "is in no folder of PATH", "write ./plain"),
        ("missing", "is in no folder of PATH", "install it or give its path"),
        (
            "lost",
            "needs the interpreter /no/such/interpreter, which does not exist",
            "correct its first line",
        ),
    ):
        problem = program_problem(name, folder)
        assert problem is not None
        assert (problem.what, problem.remedy) == (what, remedy)
