"""Bad input: one clear message on standard error, exit code 1, no output folder, no traceback."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.cli.commands import COMMANDS
from tests.end_to_end.conftest import PCS, SCENARIO, ScenarioFolder

Spoil = Callable[[ScenarioFolder], None]


def scenario(replace: str, by: str) -> Spoil:
    assert replace in SCENARIO
    return lambda folder: folder.write("scenario.txt", SCENARIO.replace(replace, by)) and None


def pcs(text: str) -> Spoil:
    return lambda folder: folder.write("params.pcs", text) and None


def not_executable(folder: ScenarioFolder) -> None:
    (folder.path / "target.sh").chmod(0o644)


def missing_target(folder: ScenarioFolder) -> None:
    (folder.path / "target.sh").unlink()


def file_in_the_way(folder: ScenarioFolder) -> None:
    folder.write("bbopt-output", "a file")


CASES: dict[str, tuple[Spoil, list[str], list[str]]] = {
    "unknown option in the scenario": (
        scenario("runcount-limit", "runcont-limit"), [],
        ["scenario.txt:6:1", "runcont-limit", "runcount-limit"],
    ),
    "unknown option on the command line": (pcs(PCS), ["--runcount-limt", "3"], ["--runcount-limit"]),
    "value outside its domain": (
        scenario("runcount-limit = 20", "runcount-limit = 0"), [],
        ["scenario.txt:6:18", "[1, 9223372036854775807]"],
    ),
    "not a number": (pcs(PCS), ["--wallclock-limit", "ten"], ["'ten'", "an integer"]),
    "missing algo": (scenario("algo = ./target.sh\n", ""), [], ["algo", "missing"]),
    "missing pcs file option": (scenario("pcs-file = params.pcs\n", ""), [], ["pcs-file", "missing"]),
    "pcs file not found": (scenario("params.pcs", "parms.pcs"), [], ["parms.pcs", "scenario.txt:2:12"]),
    "target not found": (missing_target, [], ["target.sh"]),
    "target not executable": (not_executable, [], ["target.sh", "chmod"]),
    "scenario not found": (lambda folder: (folder.path / "scenario.txt").unlink(), [], ["scenario.txt"]),
    "pcs garbage": (pcs(PCS + "garbage line\n"), [], ["params.pcs:3:1"]),
    "pcs default out of range": (pcs("x real [0, 1] [1.5]\n"), [], ["params.pcs:1:16", "1.5"]),
    "duplicate parameter": (pcs(PCS + "x real [0,1] [0.5]\n"), [], ["params.pcs:3:1", "x"]),
    "condition cycle": (
        pcs("a {x,y}[x]\nb {p,q}[p]\na | b in {p}\nb | a in {x}\n"), [], ["cycle", "params.pcs"],
    ),
    "forbidden default": (pcs(PCS + "{x=0.9, colour=green}\n"), [], ["params.pcs:3", "default"]),
    "unknown value in a condition": (pcs(PCS + "x | colour in {rde}\n"), [], ["params.pcs:3:16", "red"]),
    "everything forbidden but the default": (
        pcs("x integer [1, 9] [5]\n{x < 5}\n{x > 5}\n"), ["--initial-incumbent", "-x 6"], ["forbidden"],
    ),
    "output folder in the way of a file": (file_in_the_way, [], ["bbopt-output", "file is in the way"]),
    "initial incumbent with an unknown parameter": (
        pcs(PCS), ["--initial-incumbent", "-x 0.5 -color red"],
        ["command line: initial-incumbent", "color", "colour"],
    ),
    "a fixed parameter that does not exist": (
        pcs(PCS), ["--search-subspace", "color=red"], ["command line: search-subspace", "color", "colour"],
    ),
    "nothing is legal": (
        pcs("x real [0, 1] [0]\ny real [0, 1] [0]\n{x > 0}\n{y > 0.5}\n"), [],
        ["no legal configuration", "x > 0"],
    ),
    "a very long name": (pcs(PCS), ["--pcs-file", "p" * 300], ["pcs-file"]),
    "a parameter file that is no text": (
        lambda folder: (folder.path / "params.pcs").write_bytes(PCS.encode() + b"\xff") and None, [],
        ["params.pcs:3:1: the parameter file is not UTF-8 text", "byte 0xff", "save the file as UTF-8"],
    ),
    "a subspace file that is no text": (
        lambda folder: (folder.path / "part").write_bytes(b"x=0.5\n\xff") and None,
        ["--search-subspace-file", "part"], ["part:2:1: the file of the search subspace is not UTF-8 text"],
    ),
    "restore folder that is none": (
        pcs(PCS), ["--restore-scenario", "."], ["state-run"],
    ),
    "no instance file": (
        scenario("use-instances = false", "use-instances = true"), [],
        ["no instances are named", "instances = FILE", "use-instances = false"],
    ),
    "the runtime objective without a cutoff": (
        scenario("run-obj = QUALITY", "run-obj = RUNTIME"), [],
        ["the runtime objective needs a cutoff", "cutoff-time"],
    ),
    "adaptive capping of qualities": (
        scenario("run-obj = QUALITY", "run-obj = QUALITY\nadaptive-capping = true"), [],
        ["adaptive-capping", "run-obj = RUNTIME"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input(folder: ScenarioFolder, name: str) -> None:
    spoil, arguments, expected = CASES[name]
    spoil(folder)
    before = sorted(path.name for path in folder.path.iterdir())
    done = folder.tune(*arguments)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("bbopt: error: ")
    for text in expected:
        assert text in done.stderr
    assert sorted(path.name for path in folder.path.iterdir()) == before


def test_all_problems_are_reported_at_once(folder: ScenarioFolder) -> None:
    folder.write("scenario.txt", SCENARIO.replace("= 20", "= many") + "frobnicate = 1\n")
    folder.write("params.pcs", "x real [0,1]\ny real [1,0] [0.5]\n")
    for command in ("check",):
        done = folder.bbopt(command, "--scenario", "scenario.txt", "--wallclock-limit", "-3")
        assert done.returncode == 1
        for text in ("frobnicate", "'many'", "'-3'", "params.pcs:1", "params.pcs:2"):
            assert text in done.stderr


def test_a_scenario_that_is_no_text_has_no_other_problem(folder: ScenarioFolder) -> None:
    (folder.path / "scenario.txt").write_bytes(SCENARIO.encode("utf-16"))
    for command in ((), ("check",)):
        done = folder.bbopt(*command, "--scenario", "scenario.txt")
        assert done.returncode == 1
        assert done.stderr.startswith("bbopt: error: scenario.txt:1:1: the scenario file is not UTF-8 text\n")
        assert done.stderr.count("error:") == 1


def test_a_traceback_is_shown_only_with_debug(folder: ScenarioFolder) -> None:
    folder.write("params.pcs", "nonsense\n")
    assert "Traceback" not in folder.tune().stderr
    assert "Traceback" in folder.tune("--log-level", "DEBUG").stderr


def test_an_internal_error_is_saved_and_exits_255(folder: ScenarioFolder) -> None:
    folder.write("sitecustomize.py", "import bbopt.tuning\nbbopt.tuning.Tuner.run = lambda self: 1 / 0\n")
    done = folder.tune(PYTHONPATH=f"{folder.path}{os.pathsep}{Path(__file__).resolve().parents[2]}")
    assert done.returncode == 255
    assert "internal error: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    saved = Path(done.stderr.strip().rsplit(" ", 1)[1])
    assert "ZeroDivisionError" in saved.read_text()


def test_a_restore_folder_of_another_space(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "3")
    folder.write("params.pcs", "other real [0, 1] [0.5]\n")
    before = {path: path.read_bytes() for path in folder.output.rglob("*") if path.is_file()}
    done = folder.tune("--restore-scenario", str(folder.output / "state-run1"))
    assert done.returncode == 1
    assert "another parameter space" in done.stderr
    assert {path: path.read_bytes() for path in folder.output.rglob("*") if path.is_file()} == before


def test_a_crash_of_the_first_run_says_what_was_called_and_printed(folder: ScenarioFolder) -> None:
    folder.write(
        "target.sh",
        "#!/bin/sh\necho loading data\necho no such file: train.csv >&2\nexit 7\n",
        executable=True,
    )
    done = folder.tune()
    assert done.returncode == 255
    for text in (
        "first run",
        "target.sh no_instance",
        "exit status 7",
        "no such file: train.csv",
        "abort-on-first-run-crash",
    ):
        assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_target_that_answers_abort(folder: ScenarioFolder) -> None:
    folder.write(
        "target.sh", '#!/bin/sh\necho "Result of algorithm run: ABORT, 0, 0, 0, 0"\n', executable=True
    )
    done = folder.tune()
    assert done.returncode == 255
    assert "ABORT" in done.stderr


def test_no_arguments_show_the_commands(folder: ScenarioFolder) -> None:
    done = folder.bbopt()
    assert done.returncode == 0
    assert "bbopt --scenario FILE" in done.stdout
    assert "\n  check  " in done.stdout
    assert "--runcount-limit" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("graph", "x"), "bbopt alone"),
        (("chekc", "--scenario", "scenario.txt"), "did you mean bbopt check?"),
        (("run_limited",), "did you mean bbopt run-limited?"),
        (("scenario.txt",), "did you mean bbopt --scenario scenario.txt?"),
        (("",), "bbopt alone"),
    ],
)
def test_a_word_that_is_no_command(folder: ScenarioFolder, arguments: tuple[str, ...], near: str) -> None:
    done = folder.bbopt(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"bbopt: error: command line: there is no command {arguments[0]}\n")
    assert f"{', '.join(COMMANDS)}, or options of a search" in done.stderr
    assert near in done.stderr


@pytest.mark.parametrize("limit", [8, 16, 24])
def test_too_few_file_descriptors(folder: ScenarioFolder, limit: int) -> None:
    words = " ".join(folder.command("--scenario", "scenario.txt", "--seed", "1"))
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -n {limit}; exec {words}"], cwd=folder.path, text=True,
        env=folder.environment(), capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 255
    assert done.stderr == (
        f"bbopt: error: too few file descriptors may be opened\n  got:      a limit of {limit}\n"
        "  expected: at least 33\n  remedy:   ulimit -n 33, or more\n"
    )
    assert not folder.output.exists()


def test_a_stream_s_seed_of_thousands_of_digits(folder: ScenarioFolder) -> None:
    done = folder.bbopt("check", "--scenario", "scenario.txt", f"-SSEARCH={'9' * 5000}")
    assert done.returncode == 1
    assert "is no seed\n" in done.stderr
