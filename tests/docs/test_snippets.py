"""What the documents show can be typed in: scenarios, parameter files, commands, Python, whole examples."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bbopt.cli.commands import COMMANDS
from bbopt.options import option_table
from bbopt.scenario import read_option_file, resolve
from bbopt.space import parse_pcs
from tests.docs.markdown import PAGES, README, ROOT, USER_PAGES, blocks, commands, example_files, name_of

DOCUMENTS = [README, *USER_PAGES]
MARKED = {"scenario", "pcs", "python", "sh", "text"}
PLAIN = {README}
"""Its shell blocks have no language, so that they show the same everywhere."""

FAKE_MINISAT = """#!/bin/sh
for last; do :; done
test -e "$last" || exit 1
echo SATISFIABLE
"""


def snippets(language: str) -> list[object]:
    return [
        pytest.param(block.text, id=f"{name_of(page)}-{number}")
        for page in DOCUMENTS
        for number, block in enumerate(blocks(page))
        if block.language == language
    ]


def bbopt(folder: Path, *arguments: str, first_on_path: Path | None = None) -> str:
    """What the command prints; it has to succeed."""
    path = os.pathsep.join(
        map(str, filter(None, (first_on_path, Path(sys.executable).parent, os.environ["PATH"])))
    )
    done = subprocess.run(
        [sys.executable, "-m", "bbopt", *arguments], cwd=folder, text=True, capture_output=True, timeout=110,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    found = {block.language for block in blocks(page)}
    assert found <= MARKED | ({""} if page in PLAIN else set())


@pytest.mark.parametrize("text", snippets("scenario"))
def test_scenario_snippets_are_understood(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.txt"
    path.write_text(text)
    given = read_option_file(path)
    assert given.entries
    resolve(given)  # raises for unknown options and impossible values


@pytest.mark.parametrize("text", snippets("pcs"))
def test_parameter_snippets_are_understood(text: str) -> None:
    assert parse_pcs(text).n_params


@pytest.mark.parametrize("text", snippets("python"))
def test_python_snippets_compile(text: str) -> None:
    compile(text, "snippet", "exec")


@cache
def help_of(command: str) -> str:
    return bbopt(ROOT, *command.split(), "--help")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_options_of_commands_exist(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line, comments=True)[1:]
        words = words[: words.index("--")] if "--" in words else words
        named = [name for name in (" ".join(words[:2]), words[0]) if name in COMMANDS]
        subcommand = named[0] if named else None
        for word in words:
            name = word.partition("=")[0]
            if not name.startswith("-") or " " in name or option_table().find(name) is not None:
                continue  # a value, perhaps a configuration, or an option of all commands
            assert subcommand is not None, f"{name} in: {line}"
            assert name in help_of(subcommand), f"{name} in: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_scenarios_of_commands_exist(page: Path) -> None:
    shown = {name for other in USER_PAGES for name in example_files(other)}
    for line in commands(page):
        words = shlex.split(line, comments=True)
        for flag, path in itertools.pairwise(words):
            if flag == "--scenario" and path not in {"FILE", "S"}:
                assert path in shown or (ROOT / path).is_file(), line


@pytest.mark.slow
def test_the_example_of_the_training_script_runs(tmp_path: Path) -> None:
    for name, text in example_files(ROOT / "docs" / "training-script.md").items():
        (tmp_path / name).write_text(text)
    in_one_line = next(line for line in commands(ROOT / "docs" / "training-script.md") if " run " in line)
    tuned = bbopt(tmp_path, *shlex.split(in_one_line.replace("--runs 40", "--runs 2"))[1:])
    assert "Total number of runs performed: 2" in tuned
    called = bbopt(tmp_path, "call", "--scenario", "scenario.txt")
    assert "status:     SAT" in called
    tuned = bbopt(tmp_path, "--scenario", "scenario.txt", "--seed", "1", "--runcount-limit", "2")
    assert "Total number of runs performed: 2" in tuned


@pytest.mark.slow
def test_the_quick_start_with_a_script_runs(tmp_path: Path) -> None:
    """Its commands word for word, with a shorter search; what it shows, but for times."""
    page = ROOT / "docs" / "quick-start-script.md"
    (tmp_path / "train.py").write_text(example_files(page)["train.py"])
    init, search = (line for line in commands(page) if "train.py" in line or "--scenario" in line)
    shown = next(block.text for block in blocks(page) if block.language == "text")
    printed = bbopt(tmp_path, *shlex.split(init)[1:])
    measured = re.compile(r"[0-9.]+(?= s$)|(?<=accuracy: )[0-9.]+(?=[\",])", re.MULTILINE)
    assert measured.sub("N", printed) == measured.sub("N", shown)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["params.pcs", "scenario.txt", "train.py"]
    tuned = bbopt(tmp_path, *shlex.split(search)[1:], "--runcount-limit", "2")
    assert "Total number of runs performed: 2" in tuned


def run_page(name: str, folder: Path, *search_options: str) -> list[str]:
    """What the commands of a quick start print, which are run as they stand; searches may be shorter."""
    page = ROOT / "docs" / name
    for file, text in example_files(page).items():
        (folder / file).write_text(text)
    printed = []
    for line in "".join(block.text for block in blocks(page) if block.language == "sh").splitlines():
        program, *words = shlex.split(line)
        if program == "bbopt":
            is_search = words[0] == "--scenario"
            printed.append(bbopt(folder, *words, *(search_options if is_search else ())))
        else:
            subprocess.run([sys.executable, *words], cwd=folder, check=True)
    return printed


def test_the_quick_start_with_a_simulation_runs(tmp_path: Path) -> None:
    folder = tmp_path / "throw"
    folder.mkdir()
    checked, called, searched, *found = run_page("quick-start-simulation.md", folder)
    assert "no problems found" in checked
    assert "status:     SAT" in called
    assert "Total number of runs performed: 30" in searched
    page = ROOT / "docs" / "quick-start-simulation.md"
    shown = next(block.text for block in blocks(page)[::-1] if block.language == "text")
    number = re.compile(r"[0-9][0-9.-]*")
    as_shown = "".join(found).replace(str(tmp_path), "/home/me")
    assert number.sub("N", as_shown) == number.sub("N", shown)
    assert float(found[0].split()[1]) > 80


@pytest.mark.skipif(shutil.which("minisat") is None, reason="minisat is not installed")
def test_the_quick_start_with_a_solver_runs(tmp_path: Path) -> None:
    limit = ("--runcount-limit", "10")
    checked, called, searched, _, validated = run_page("quick-start-solver.md", tmp_path, *limit)
    assert "12 training instances, 12 test instances" in checked
    assert re.search(r"status: +(UN)?SAT\n", called)
    assert "Total number of runs performed: 10" in searched
    assert "based on 12 run(s) on 12 test instance(s)" in searched
    assert "12 runs for each configuration" in validated


def test_the_example_of_the_solver_runs(tmp_path: Path) -> None:
    """With a program in MiniSat's place, and instances of its own."""
    for name, text in example_files(ROOT / "docs" / "solver.md").items():
        (tmp_path / name).write_text(text)
    programs, instances = tmp_path / "programs", tmp_path / "instances"
    programs.mkdir()
    instances.mkdir()
    (programs / "minisat").write_text(FAKE_MINISAT)
    (programs / "minisat").chmod(0o755)
    names = [f"instances/{letter}.cnf" for letter in "abc"]
    for name in names:
        (tmp_path / name).touch()
    for listed in ("training.txt", "test.txt"):
        (instances / listed).write_text("".join(f"{name} 0\n" for name in names))
    (instances / "features.csv").write_text("instance,size\n" + "".join(f"{name},1\n" for name in names))
    words = ("--scenario", "plain.txt", "--seed", "1", "--runcount-limit", "4")
    tuned = bbopt(tmp_path, *words, first_on_path=programs)
    assert "Total number of runs performed: 4" in tuned
    assert "based on 3 run(s) on 3 test instance(s)" in tuned


@pytest.mark.slow
def test_the_example_in_python_runs(tmp_path: Path) -> None:
    for name in ("scenarios", "targets"):
        (tmp_path / name).symlink_to(ROOT / name)
    text = "\n".join(block.text for block in blocks(ROOT / "docs" / "python.md"))
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, text=True, capture_output=True, timeout=110,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert float(lines[0].partition(" ")[0]) < 0.5
    assert lines[1].startswith("Best(settings={")
    assert lines[2] == "True"
    assert "\n0.25\n" in done.stdout
    assert "\n20 ('x1', 'x2', 'status', 'quality'," in done.stdout


CHECKPOINTED = {
    "keras": """
import os, keras, numpy
keras.utils.set_random_seed(1)
x = numpy.random.default_rng(0).normal(size=(32, 4))
y = x[:, :1] * x[:, 1:2]
validation = x, y
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
""",
    "torch": """
import os, torch
torch.manual_seed(1)
x = torch.randn(32, 4)
y = x[:, :1] * x[:, 1:2]
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), 0.05)
validation_loss = lambda model: torch.nn.functional.mse_loss(model(x), y).item()
def train_one_epoch(model, optimizer):
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
""",
}
"""What the scripts have before the lines that are shown; one batch an epoch, so that no order matters."""


STRETCHES = """
import json, os, sys
script, stretches = json.load(sys.stdin)
for budget, done in stretches:
    os.environ["BBOPT_BUDGET"], os.environ["BBOPT_BUDGET_DONE"] = str(budget), str(done)
    os.environ["BBOPT_CHECKPOINT_IN"] = f"from-{done}" if done else ""
    os.environ["BBOPT_CHECKPOINT_OUT"] = f"from-{budget}"
    os.makedirs(f"from-{budget}", exist_ok=True)
    exec(script, {})
"""


@pytest.mark.slow
@pytest.mark.parametrize("library", CHECKPOINTED)
def test_training_that_goes_on_comes_to_what_it_does_in_one_go(library: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    page = ROOT / "docs" / "checkpoints.md"
    (shown,) = (block.text for block in blocks(page) if f"{library}." in block.text)
    stretches = [(2, 0), (5, 2), (5, 5), (5, 0)]
    done = subprocess.run(
        [sys.executable, "-c", STRETCHES], cwd=tmp_path, text=True, capture_output=True, timeout=110,
        input=json.dumps([CHECKPOINTED[library] + shown, stretches]),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    losses = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("val_loss: ")]
    early, gone_on, had_all, in_one_go = losses
    assert gone_on == pytest.approx(in_one_go, rel=1e-4)
    assert had_all == pytest.approx(in_one_go, rel=1e-4)
    assert early != pytest.approx(in_one_go, rel=1e-2)
