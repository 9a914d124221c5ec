"""`bbopt init`: from a script that nobody knows to a search, and what is said where that is not possible."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.init.shapes import HELPERS, NAMES, SCRIPTS, words_of

SCRIPT = """import argparse, os
open("before.txt", "w").write("x")
os.makedirs("runs", exist_ok=True)
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
p.add_argument("--nesterov", action="store_true")
p.add_argument("--seed", type=int, default=0)
a = p.parse_args()
for epoch in (1, 2):
    print(f"epoch {epoch} train_loss: 0.1 val_loss: {a.lr + (a.opt == 'sgd') + a.nesterov + epoch:.3f}")
"""
ONE_NUMBER = (
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\n"
)
FAULTS = {
    "none.py": ("print('loss: 1')\n", "has no parser that could be asked"),
    "argv.py": ("import sys\nprint('loss:', sys.argv[1])\n", "it reads sys.argv itself"),
    "empty.py": (f"{ONE_NUMBER}p.parse_args([])\n", "parses an empty list at empty.py:4"),
    "unused.py": (f"{ONE_NUMBER}print('loss: 1')\n", "ended without reading any arguments"),
    "syntax.py": ("x = (\n", "no Python"),
    "texts.py": (ONE_NUMBER.replace("--lr", "--log-interval") + "p.parse_args()\n", "has nothing to search"),
    "needs.py": (ONE_NUMBER + "p.add_argument('data')\np.parse_args()\n", "can't do without DATA"),
    "commands.py": (
        ONE_NUMBER.replace("--lr", "--log-interval")
        + "s = p.add_subparsers()\ns.add_parser('fit')\np.parse_args()\n",
        "has subcommands; which one is to be tuned?",
    ),
}


def test_a_script_to_a_search(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    for name in ("params.pcs", "scenario.txt"):
        (folder.path / name).unlink()
    done = folder.bbopt("init", "train.py", "--no-try", "--output", "dry")
    assert done.returncode == 1, "the metric is a guess, and nothing was run"
    assert "Guessed from what the script's text would print" in done.stdout
    assert not (folder.path / "before.txt").exists()
    assert not (folder.path / "runs").exists()
    assert not list(folder.path.rglob("__pycache__"))
    done = folder.bbopt("init", "train.py", "--runs", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert "val_loss: 3.1" in done.stdout
    scenario = (folder.path / "scenario.txt").read_text()
    assert "algo = python3 train.py --seed {seed}\n" in scenario
    assert "metric = val_loss\n" in scenario
    assert "flag-style = nesterov: store_true\n" in scenario
    assert "runcount-limit = 7\n" in scenario
    searched = folder.bbopt("--scenario", "scenario.txt", "--seed", "1")
    assert searched.returncode == 0, searched.stderr
    assert "Total number of runs performed: 7" in searched.stdout
    before = scenario, (folder.path / "params.pcs").read_text()
    again = folder.bbopt("init", "train.py")
    assert again.returncode == 1
    assert again.stderr.count("it is not replaced") == 2
    assert (scenario, (folder.path / "params.pcs").read_text()) == before


def test_what_can_not_be_described(folder: ScenarioFolder) -> None:
    for name, (text, message) in FAULTS.items():
        folder.write(name, text)
        done = folder.bbopt("init", name, "--output", "out")
        assert done.returncode == 1, name
        assert message in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert not (folder.path / "out").exists()


def test_scripts_that_can_not_be_started_or_print_nothing(folder: ScenarioFolder) -> None:
    print_loss = "a = p.parse_args()\nprint(f'loss: {a.lr}')\n"
    folder.write("library.py", f"import no_such_library\n{ONE_NUMBER}{print_loss}")
    done = folder.bbopt("init", "library.py", "--output", "library")
    assert done.returncode == 1
    assert "there is no module no_such_library (imported at library.py:1)" in done.stderr
    assert "lr real [1e-5, 1] [0.1] log" in (folder.path / "library" / "params.pcs").read_text()
    folder.write("asks.py", f"input('who? ')\n{ONE_NUMBER}{print_loss}")
    assert (
        "asks on its standard input at asks.py:1"
        in folder.bbopt("init", "asks.py", "--output", "asks").stderr
    )
    folder.write("silent.py", f"{ONE_NUMBER}p.parse_args()\nprint('done')\n")
    done = folder.bbopt("init", "silent.py", "--output", "silent")
    assert done.returncode == 1
    assert "no number with a name" in done.stdout
    assert "write metric = NAME into silent/scenario.txt" in done.stdout
    folder.write("crashes.py", f"{ONE_NUMBER}{print_loss}raise MemoryError('full')\n")
    done = folder.bbopt("init", "crashes.py", "--output", "crashes")
    assert done.returncode == 1
    assert "found the loss 0.1, but the program ended with exit status 1" in done.stdout


def test_any_program_by_its_help_text(folder: ScenarioFolder) -> None:
    folder.write(
        "solver",
        """#!/bin/sh
rate=0.95
for word; do
  case "$word" in
    --help) echo "Usage: solver [options]"; echo "  -rate  = <double> [ 0 .. 1] (default: 0.95)"
            echo "  -luby, -no-luby   (default: on)"; exit;;
    -rate=*) rate=${word#-rate=};;
  esac
done
echo "conflicts: 10"; echo "cost: $rate"
""",
        executable=True,
    )
    assert "--from-help starts it" in folder.bbopt("init", "./solver", "--output", "out").stderr
    done = folder.bbopt("init", "./solver", "--from-help", "--output", "out")
    assert done.returncode == 0, done.stderr
    assert "cost: 0.95" in done.stdout
    scenario = (folder.path / "out" / "scenario.txt").read_text()
    assert "param-format = -{name}={value}\n" in scenario
    assert "param-template = luby=false: -no-luby\n" in scenario


def test_a_script_in_the_place_of_a_scenario(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    done = folder.bbopt("--scenario", "train.py")
    assert done.returncode == 1
    assert "this is a Python script" in done.stderr
    assert "bbopt init train.py" in done.stderr
    assert "did you mean bbopt init train.py?" in folder.bbopt("train.py").stderr


def test_the_metric_is_asked_for_on_a_terminal(folder: ScenarioFolder) -> None:
    folder.write("train.py", SCRIPT)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        folder.command("init", "train.py", "--output", "out"), cwd=folder.path,
        env=folder.environment(NO_COLOR="1"), stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"A number or a name" not in shown:
        assert select.select([ours], [], [], 60)[0], shown
        shown += os.read(ours, 4096)
    assert b"train_loss (smaller is better)" in shown
    os.write(ours, b"val_acc\n")
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # its other end is closed
            break
    os.close(ours)
    assert process.wait() == 1, "there is no val_acc"
    assert b"no val_acc was found in the output" in shown
    assert "maximize = true\n" in (folder.path / "out" / "scenario.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_style_of_script_is_searched(name: str, tmp_path: Path) -> None:
    for path in (f"{each}.py" for each in (name, *HELPERS)):
        (tmp_path / path).write_text((SCRIPTS / path).read_text())
    folder = ScenarioFolder(tmp_path)
    words = ("--python", sys.executable, "--output", "out", f"{name}.py", *words_of(name))
    assert folder.bbopt("init", *words).returncode == 0
    done = folder.bbopt("--scenario", "out/scenario.txt", "--seed", "1", "--runcount-limit", "10")
    assert done.returncode == 0, done.stderr
    assert "Total number of runs performed: 10" in done.stdout
    assert "CRASHED" not in folder.bbopt("table", "bbopt-output/out", "--columns", "status").stdout
