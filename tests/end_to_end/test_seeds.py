"""The searches of `--seeds`: they start none themselves, import the right files, and none is left over."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import filelock
import pytest

from bbopt.cli import seeds
from bbopt.cli.seeds import _Child, _Children
from bbopt.scenario import read_command_line
from bbopt.space import parse_pcs
from tests.end_to_end.conftest import PCS, ROOT, SCENARIO, TARGET, ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, runs, started, wait_for
from tests.journals import read_journal
from tests.target.processes import parent_of

SPACE = parse_pcs(PCS)

WAITS = TARGET.replace(
    "shift 5\n", "shift 5\necho x >> started\nwhile ! test -e go; do sleep 0.05; done\n", 1
)
"""Answers when there is a file named go."""

HOSTILE = "import os; open('hostile', 'a').write(__name__); raise SystemExit('the wrong module')\n"


@pytest.fixture
def waiting(folder: ScenarioFolder) -> Iterator[ScenarioFolder]:
    """Whose target waits; nothing outlives the test, however many processes there are."""
    folder.write("target.sh", WAITS, executable=True)
    yield folder
    kill_all_in(folder.path)


def start(folder: ScenarioFolder, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        folder.command("--scenario", "scenario.txt", *words), cwd=folder.path, text=True,
        env=folder.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def searches_of(process: subprocess.Popen[str], folder: ScenarioFolder) -> list[int]:
    return [pid for pid in processes_in(folder.path) if parent_of(pid) == process.pid]


def end(folder: ScenarioFolder, process: subprocess.Popen[str]) -> None:
    folder.write("go", "")
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert processes_in(folder.path) == []


@pytest.mark.parametrize("place", ["scenario file", "option file", "default file"])
def test_seeds_in_a_file_start_searches_that_start_none(waiting: ScenarioFolder, place: str) -> None:
    """One seed, so that what starts searches without end is a chain and no flood."""
    line, words = "Seeds: 7\n", ("--runcount-limit", "2")
    if place == "scenario file":
        waiting.write("scenario.txt", SCENARIO + line)
    elif place == "option file":
        words = (*words, "--option-file", str(waiting.write("options.txt", line)))
    else:
        (waiting.path / ".aeatk").mkdir()
        waiting.write(".aeatk/smac.opt", line)
    process = start(waiting, *words, HOME=str(waiting.path))
    wait_for(lambda: started(waiting) or len(processes_in(waiting.path)) > 6, 60)
    (search,) = searches_of(process, waiting)
    supervisors = [pid for pid in processes_in(waiting.path) if parent_of(pid) == search]
    assert [Path(f"/proc/{pid}/comm").read_text() for pid in supervisors] == ["run-keeper\n"]
    end(waiting, process)
    assert [path.name for path in waiting.output.glob("live-rundata-*")] == ["live-rundata-7.json"]


@pytest.mark.parametrize(
    "words",
    [
        ("--seeds", "1-2", "--share-model-mode", "false"),
        ("--SEEDS=1,2", "--num_run", "9"),
        ("-seeds", "1-2", "--numRun=9", "--shared-run-data=false"),
    ],
)
def test_options_of_each_search_are_found_in_every_spelling(
    waiting: ScenarioFolder, words: tuple[str, ...]
) -> None:
    process = start(waiting, *words, "--runcount-limit", "2")
    wait_for(lambda: started(waiting) >= 2, 60)
    assert len(searches_of(process, waiting)) == 2
    end(waiting, process)
    names = sorted(path.name for path in waiting.output.glob("live-rundata-*"))
    assert names == ["live-rundata-1.json", "live-rundata-2.json"]


def test_one_seed_on_the_command_line_makes_it_one_search(folder: ScenarioFolder) -> None:
    folder.write("scenario.txt", SCENARIO + "seeds = 7\n")
    assert folder.tune("--runcount-limit", "3", seed=1).returncode == 0
    assert len(runs(folder)) == 3
    state = str(folder.output / "state-run1")
    done = folder.bbopt("--restore-scenario", state, "--runcount-limit", "5")
    assert done.returncode == 0, done.stderr
    assert len(runs(folder)) == 5
    assert [path.name for path in folder.output.glob("live-rundata-*")] == ["live-rundata-1.json"]


@pytest.mark.parametrize("place", ["", "state-run2"])
def test_all_of_them_are_gone_on_with(folder: ScenarioFolder, place: str) -> None:
    words = ("--scenario", "scenario.txt", "--runcount-limit")
    assert folder.bbopt(*words, "2", "--seeds", "1-2").returncode == 0
    restored = ("--restore-scenario", str(folder.output / place))
    done = folder.bbopt("--runcount-limit", "4", "--seeds", "1-2", *restored)
    assert (done.returncode, done.stderr) == (0, "")
    for seed in (1, 2):
        assert re.search(r"Restored [2-9] runs", (folder.output / f"log-run{seed}.txt").read_text())
        assert len(read_journal(folder.output / f"live-rundata-{seed}.json", SPACE).runs) >= 4
    before = (folder.output / "live-rundata-1.json").read_bytes()
    refused = folder.bbopt(*words, "9", "--seeds", "1-3", *restored)
    assert refused.returncode == 1
    assert refused.stderr.count("error:") == 1
    assert "state-run3" in refused.stderr
    assert (folder.output / "live-rundata-1.json").read_bytes() == before


def console_script(path: Path) -> list[str]:
    """The command `bbopt` as installers make it."""
    path.write_text(f"#!{sys.executable}\nfrom bbopt.cli.main import main\nmain()\n")
    path.chmod(0o755)
    return [str(path)]


@pytest.mark.parametrize("way", ["script", "module"])
def test_files_of_the_folder_are_not_taken_for_modules(
    folder: ScenarioFolder, tmp_path: Path, way: str
) -> None:
    for name in ("random", "numpy", "sitecustomize", "usercustomize", "filelock"):
        folder.write(f"{name}.py", HOSTILE)
    if way == "script":
        folder.write("bbopt.py", HOSTILE)  # which `python -m bbopt` would execute instead
        command = console_script(tmp_path / "bbopt")
    else:
        command = [sys.executable, "-m", "bbopt"]
    done = subprocess.run(
        [*command, "--scenario", "scenario.txt", "--seeds", "1-2", "--runcount-limit", "8"],
        cwd=folder.path, env=folder.environment(), text=True, capture_output=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not (folder.path / "hostile").exists()


def test_what_the_command_imports_its_searches_import_from_the_same_place(
    folder: ScenarioFolder, tmp_path: Path
) -> None:
    package = tmp_path / "library" / "filelock"
    shutil.copytree(Path(filelock.__file__).parent, package)
    with (package / "__init__.py").open("a") as file:
        file.write("import os\nopen(os.environ['IMPORTERS'], 'a').write(f'{os.getpid()}\\n')\n")
    environment = {"PYTHONPATH": f"{package.parent}:{ROOT}", "IMPORTERS": str(tmp_path / "importers")}
    words = ("--scenario", "scenario.txt", "--seeds", "1-2", "--runcount-limit", "2")
    done = folder.bbopt(*words, **environment)
    assert done.returncode == 0, done.stderr
    assert len(set((tmp_path / "importers").read_text().split())) == 3


def test_searches_have_the_filters_of_warnings_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "warnoptions", ["error::UserWarning", "ignore"])
    words = seeds._command(4, read_command_line(["--algo", "x", "--seeds=4-5", "-Tname=a b"]))
    assert words[words.index("-c") - 2 : words.index("-c")] == ["-Werror::UserWarning", "-Wignore"]
    assert words[words.index("-c") + 2 :] == [
        "--algo=x", "-T=name=a b", "--seed=4", "--shared-model-mode=true"
    ]  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_stopped_searches_do_not_outlive_the_command(waiting: ScenarioFolder, number: signal.Signals) -> None:
    process = start(waiting, "--seeds", "1-2", "--kill-grace", "0.3")
    wait_for(lambda: started(waiting) >= 2, 60)
    for pid in searches_of(process, waiting):
        os.kill(pid, signal.SIGSTOP)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    wait_for(lambda: processes_in(waiting.path) == [])


def children(*commands: Sequence[str]) -> _Children:
    """Processes in the place of searches."""
    found = _Children(0.0)
    for seed, words in enumerate(commands):
        found.all.append(_Child(seed, subprocess.Popen(words), BytesIO()))
    return found


@pytest.mark.parametrize("n_signals", [1, 2, 3])
def test_searches_that_do_not_end_are_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, n_signals: int
) -> None:
    monkeypatch.setattr(seeds, "_HURRIED_END_S", 0.2 if n_signals == 2 else 600.0)
    monkeypatch.setattr(seeds, "longest_end_s", lambda _: 0.1 if n_signals == 1 else 600.0)
    monkeypatch.setattr(seeds, "_CLOSE_S", 0.1)
    ready = tmp_path / "ready"
    stubborn = f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done"
    searches = children(("/bin/sh", "-c", stubborn), ("sleep", "600"))
    wait_for(ready.exists)
    for _ in range(n_signals):
        searches.pass_on(signal.SIGTERM)
    while searches.running():
        searches.wait(5.0)
    assert [child.process.returncode for child in searches.all] == [-9, -15]
    assert searches.exit_code() == 143


def test_an_error_of_the_command_ends_its_searches() -> None:
    searches = children(("sleep", "600"), ("true",))
    searches.end()
    assert searches.all[0].process.returncode == -15
