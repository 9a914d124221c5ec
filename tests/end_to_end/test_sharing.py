"""Several seeds in one folder: shared runs, one command for all, the status of a folder."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from bbopt.cli.seeds import parse_seeds
from bbopt.errors import InputError, Place
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import PCS, ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, wait_for
from tests.journals import read_journal

Sleeping = Callable[[float], ScenarioFolder]


def runs(folder: ScenarioFolder, seed: int) -> tuple[RecordedRun, ...]:
    return read_journal(
        folder.output / f"live-rundata-{seed}.json", read_pcs(folder.path / "params.pcs")
    ).runs


def together(folder: ScenarioFolder, seeds: range, *arguments: str) -> list[str]:
    """Run the seeds at the same time; their standard outputs."""
    processes = [
        subprocess.Popen(
            folder.command(
                "--scenario", "scenario.txt", "--seed", str(seed), "--shared-model-mode", "true", *arguments
            ),
            cwd=folder.path, env=folder.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for seed in seeds
    ]  # fmt: skip
    return [process.communicate(timeout=100)[0] for process in processes]


def test_seeds_share_their_runs_and_end_with_the_same_incumbent(sleeping: Sleeping) -> None:
    folder = sleeping(0.15)
    outputs = together(folder, range(1, 4), "--runcount-limit", "15")
    executed: dict[str, int] = {}
    for seed in (1, 2, 3):
        own = [run for run in runs(folder, seed) if run.reused_from is None]
        assert len(own) == 15
        for run in own:
            call = run.request.configuration.call_text()
            executed[call] = executed.get(call, 0) + 1
    assert sum(executed.values()) - len(executed) <= 2, "work was done twice"
    best = min(run.result.quality for seed in (1, 2, 3) for run in runs(folder, seed))
    ends = [re.search(r"estimated mean quality: ([\d.E-]+), based", text) for text in outputs]
    costs = [float(end[1]) for end in ends if end]
    assert min(costs) == best
    assert max(costs) < 0.05
    for seed, text in enumerate(outputs, start=1):
        assert "Detected new source(s) of run data which we will read from : [live-rundata-" in text
        n_recorded = len(runs(folder, seed))
        assert f"/live-rundata-{seed}.json had {n_recorded} runs added to it" in text
        assert re.search(r"At shutdown: we retrieved atleast \d+ runs .*\[live-rundata-\d\.json=>\d+, ", text)
    for seed in (1, 2, 3):
        assert (folder.output / f"log-warn{seed}.txt").read_text() == ""


def test_all_runs_of_the_file_are_told_at_the_end_and_count_once(folder: ScenarioFolder) -> None:
    """SMAC v2 has one number for the runs in its file, those that it says it added, and its local ones."""
    folder.tune("--runcount-limit", "5", seed=2)
    done = folder.tune("--shared-model-mode", "true", "--runcount-limit", "3")
    n_recorded = len(runs(folder, 1))
    assert n_recorded > 3, "none was reused"
    assert (
        f"At shutdown: {folder.output}/live-rundata-1.json had {n_recorded} runs added to it" in done.stdout
    )
    assert f"[live-rundata-2.json=>5] which now has 8 runs ({n_recorded} local)" in done.stdout


def test_paths_stand_in_the_file_and_in_printed_calls_as_smac2_writes_them(folder: ScenarioFolder) -> None:
    (folder.path / "sub").mkdir()
    folder.write("sub/params.pcs", PCS)
    done = folder.tune("--pcs-file", "./sub//params.pcs", "--runcount-limit", "1", seed=1)
    text = (folder.output / "live-rundata-1.json").read_text()
    assert re.findall(r'"algo-exec-dir" *: *"([^"]*)"', text) == [str(folder.path)]
    assert re.findall(r'"pcs-filename" *: *"([^"]*)"', text) == [f"{folder.path}/./sub/params.pcs"]
    assert done.stdout.count(f"\ncd {folder.path}; ./target.sh no_instance ") >= 2
    given = folder.tune("--execdir", ".", "--runcount-limit", "1", seed=2)
    assert given.stdout.count(f"\ncd {folder.path}/.; ./target.sh no_instance ") >= 2


def test_a_file_of_another_scenario_is_refused_once_with_the_reason(folder: ScenarioFolder) -> None:
    folder.tune("--algo", "./target.sh --other", "--runcount-limit", "3", seed=7)
    done = folder.tune("--shared-model-mode", "true", "--runcount-limit", "6")
    assert done.returncode == 0
    warnings = (folder.output / "log-warn1.txt").read_text()
    assert warnings.count("live-rundata-7.json of seed 7 is not used") == 1
    assert "algo" in warnings


def test_runs_kept_from_the_others(folder: ScenarioFolder) -> None:
    arguments = ("--shared-model-mode", "true", "--shared-model-mode-write-data", "false")
    folder.tune(*arguments, "--runcount-limit", "4")
    assert not list(folder.output.glob("live-rundata-*.json"))
    state = str(folder.output / "state-run1")
    done = folder.tune(*arguments, "--runcount-limit", "6", "--restore-scenario", state)
    assert "Restored 4 runs" in done.stdout
    assert "Total number of runs performed: 6," in done.stdout


@pytest.mark.parametrize(
    ("handling", "is_default_reused"), [("USE_ALL", True), ("SKIP_FIRST_TWO", False), ("IGNORE_ALL", False)]
)
def test_default_handling(folder: ScenarioFolder, handling: str, is_default_reused: bool) -> None:
    folder.tune("--runcount-limit", "5", seed=2)
    folder.tune(
        "--shared-model-mode", "true", "--shared-model-mode-default-handling", handling,
        "--runcount-limit", "3",
    )  # fmt: skip
    first = runs(folder, 1)[0]
    assert first.request.configuration.is_default
    assert (first.reused_from == 2) == is_default_reused


def test_results_are_not_reused_when_told_so(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "5", seed=2)
    folder.tune("--shared-model-mode", "true", "--shared-model-mode-tae", "false", "--runcount-limit", "4")
    assert [run.reused_from for run in runs(folder, 1)] == [None] * 4


def test_seeds_in_one_command(folder: ScenarioFolder) -> None:
    done = folder.bbopt("--scenario", "scenario.txt", "--seeds", "1-3", "--runcount-limit", "8")
    assert done.returncode == 0, done.stderr
    for seed in (1, 2, 3):
        assert len([run for run in runs(folder, seed) if run.reused_from is None]) == 8
    best = min(run.result.quality for seed in (1, 2, 3) for run in runs(folder, seed))
    found = re.search(r"Best of all: seed \d, cost (\S+)", done.stdout)
    assert found is not None
    assert float(found[1]) == best
    shown = folder.bbopt("status", str(folder.output)).stdout
    assert f"cost {found[1]}" in shown
    assert len(re.findall(r"^ +[123] +ended", shown, flags=re.MULTILINE)) == 3


def test_a_signal_ends_all_seeds(sleeping: Sleeping) -> None:
    folder = sleeping(0.5)
    process = subprocess.Popen(
        folder.command("--scenario", "scenario.txt", "--seeds", "1,2"), cwd=folder.path,
        env=folder.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_for(lambda: folder.bbopt("status", str(folder.output)).stdout.count("running") == 2, 30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert processes_in(folder.path) == []


def test_seeds_do_not_outlive_the_command(sleeping: Sleeping) -> None:
    folder = sleeping(30)
    process = subprocess.Popen(
        folder.command("--scenario", "scenario.txt", "--seeds", "1-2"), cwd=folder.path,
        env=folder.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for((folder.path / "started").exists)
    process.kill()
    process.wait()
    wait_for(lambda: processes_in(folder.path) == [], 30)


def test_bad_input_with_several_seeds_is_told_once(folder: ScenarioFolder) -> None:
    folder.write("params.pcs", "garbage\n")
    done = folder.bbopt("--scenario", "scenario.txt", "--seeds", "1-4")
    assert done.returncode == 1
    assert done.stderr.count("bbopt: error") == 1


def test_status_of_what_is_no_output_folder(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "2")
    done = folder.bbopt("status", "bbopt-output")
    assert done.returncode == 1
    assert "did you mean bbopt-output/work?" in done.stderr
    assert folder.bbopt("status", "nowhere").returncode == 1


def test_several_runs_at_once(sleeping: Sleeping) -> None:
    folder = sleeping(0.3)
    started = time.monotonic()
    done = folder.tune("--cores", "4", "--runcount-limit", "16")
    elapsed = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    recorded = runs(folder, 1)
    assert len({run.request.configuration for run in recorded}) == 16
    spans = [
        (run.result.started_at, run.result.started_at + run.result.wallclock_s)
        for run in recorded
        if run.result.started_at is not None
    ]
    most = max(sum(a <= start < b for a, b in spans) for start, _ in spans)
    assert most == 4, f"at most {most} runs at once in {elapsed:.1f} s"


@pytest.mark.parametrize(("text", "seeds"), [("1-4", (1, 2, 3, 4)), ("3", (3,)), ("7, 1-2,1", (7, 1, 2))])
def test_parse_seeds(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text, Place("here")) == seeds


@pytest.mark.parametrize("text", ["", "a", "4-1", "1-", "-3", "0-5000", "9" * 5000, "1-" + "9" * 5000])
def test_what_names_no_seeds(text: str) -> None:
    with pytest.raises(InputError, match="no seeds"):
        parse_seeds(text, Place("here"))
