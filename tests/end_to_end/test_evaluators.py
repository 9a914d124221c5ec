"""`--tae`: searches, calls and checks without a target program."""

from __future__ import annotations

import re
import signal
import time

import pytest

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.journals import read_journal

PLANE = "x0 real [-5, 10] [2.5]\nx1 real [0, 15] [7.5]\n"
SCENARIO = """pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
runcount-limit = 20
"""


@pytest.fixture
def plane(folder: ScenarioFolder) -> ScenarioFolder:
    """A scenario without a target."""
    folder.write("params.pcs", PLANE)
    folder.write("scenario.txt", SCENARIO)
    (folder.path / "target.sh").unlink()
    return folder


def runs(folder: ScenarioFolder, seed: int = 1) -> tuple[RecordedRun, ...]:
    return read_journal(
        folder.output / f"live-rundata-{seed}.json", read_pcs(folder.path / "params.pcs")
    ).runs


@pytest.mark.parametrize("seed", [1, 2])
def test_the_branin_function_is_minimised(plane: ScenarioFolder, seed: int) -> None:
    done = plane.tune(
        "--tae", "ANALYTIC", "--analytic-function", "BRANINS", "--runcount-limit", "60", seed=seed
    )
    assert done.returncode == 0, done.stderr
    recorded = runs(plane, seed)
    assert len(recorded) == 60
    assert 0.3978 < min(run.result.quality for run in recorded) < 0.3979 + 0.5
    assert {run.result.runtime_s == run.result.quality for run in recorded} == {True}
    assert (plane.output / f"log-warn{seed}.txt").read_text() == ""


def test_an_algo_that_does_not_exist_is_not_asked_for(plane: ScenarioFolder) -> None:
    plane.write("scenario.txt", SCENARIO + "algo = ./none.sh\ntae = CONSTANT\n")
    done = plane.tune("--constant-run-quality", "0.25", "--constant-additional-run-data", "more")
    assert done.returncode == 0, done.stderr
    assert {(run.result.quality, run.result.additional) for run in runs(plane)} == {(0.25, "more")}
    assert "; ./none.sh no_instance 0 " in done.stdout
    assert "with estimated mean quality: 0.25, based on 1 run(s) on 1 training instance(s)." in done.stdout


def test_a_search_without_an_algo_is_restored(plane: ScenarioFolder) -> None:
    options = ("--tae", "RANDOM", "--random-max-response", "3", "--random-trend-coefficient", "0.1")
    assert plane.tune(*options, "--rungroup", "whole").returncode == 0
    assert plane.tune(*options, "--runcount-limit", "9").returncode == 0
    done = plane.tune(*options, "--restore-scenario", str(plane.output / "state-run1"))
    assert done.returncode == 0, done.stderr
    whole = read_journal(
        plane.output.parent / "whole" / "live-rundata-1.json", read_pcs(plane.path / "params.pcs")
    ).runs
    assert [run.result.quality for run in runs(plane)] == [run.result.quality for run in whole]
    assert len({run.result.quality for run in whole}) == 20


def test_runs_over_the_cutoff_are_timeouts(plane: ScenarioFolder) -> None:
    done = plane.tune("--tae", "RANDOM", "--cutoff-time", "5", "--cores", "3")
    assert done.returncode == 0, done.stderr
    results = [run.result for run in runs(plane)]
    assert {result.status for result in results} == {RunStatus.SAT, RunStatus.TIMEOUT}
    for result in results:
        assert (result.runtime_s == 5.0) == (result.status is RunStatus.TIMEOUT)
        assert result.runtime_s <= 5.0


@pytest.mark.parametrize("status", ["CRASHED", "KILLED", "RUNNING"])
def test_a_constant_crash_stops_the_search_as_a_targets_does(plane: ScenarioFolder, status: str) -> None:
    done = plane.tune("--tae", "CONSTANT", "--constant-run-result", status)
    assert done.returncode == 255
    assert "the first run of the target algorithm crashed" in done.stderr
    assert f"the evaluator was told to answer {status}" in done.stderr
    done = plane.tune("--tae", "CONSTANT", "--constant-run-result", status, "--abort-on-first-run-crash", "0")
    assert done.returncode == 0
    assert [run.result.quality for run in runs(plane)] == [1e9] * 20


def test_prepared_answers_and_their_end(plane: ScenarioFolder) -> None:
    done = plane.tune("--tae", "PRELOADED", "--preload-response-data", "[SAT=1],[UNSAT=2],[TIMEOUT=3]")
    assert done.returncode == 255
    assert "the 3 answers of preload-response-data are used up" in done.stderr
    assert [(run.result.status.value, run.result.runtime_s) for run in runs(plane)] == [
        ("SAT", 1.0),
        ("UNSAT", 2.0),
        ("TIMEOUT", 3.0),
    ]


def test_a_black_hole_swallows_runs_until_a_signal(plane: ScenarioFolder) -> None:
    process = plane.start("--tae", "BLACKHOLE", "--cores", "2", "--terminate-on-delete", "params.pcs")
    while not (plane.output / "log-run1.txt").exists():
        assert process.poll() is None
        time.sleep(0.01)
    with pytest.raises(Exception, match="timed out"):
        process.wait(1.0)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, "")
    assert "No run has finished: there is no incumbent." in stdout
    assert runs(plane) == ()


def test_check_and_call(plane: ScenarioFolder) -> None:
    arguments = ("--scenario", "scenario.txt", "--tae", "ANALYTIC", "--analytic-function", "ADD")
    done = plane.bbopt("check", *arguments)
    assert done.returncode == 0, done.stderr
    assert "target      not started: ANALYTIC answers (the function ADD, " in done.stdout
    done = plane.bbopt("call", *arguments, "-P", "x0=-2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No command: ANALYTIC answers (the function ADD, ")
    assert "Output:\nResult for SMAC: SAT, 5.5, -1.0, 5.5, -1\n" in done.stdout
    assert re.search(r"quality: +5\.5\n", done.stdout)


def test_a_call_of_a_black_hole_does_not_wait_for_it(plane: ScenarioFolder) -> None:
    done = plane.bbopt("call", "--scenario", "scenario.txt", "--tae", "BLACKHOLE")
    assert done.returncode == 1
    assert "status:     KILLED" in done.stdout


@pytest.mark.parametrize("command", [["check"], ["call"], []])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--tae", "IPC", "--algo", "/bin/true"], ["tae = IPC: bbopt does not send its runs to a server"]),
        (["--tae", "PRELOADED"], ["there is none in preload-response-data"]),
        (["--tae", "ANALYTIC", "--search-subspace", "x2=1"], ["x2"]),
        ([], ["the required option algo-exec is missing"]),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_written(
    plane: ScenarioFolder, command: list[str], options: list[str], expected: list[str]
) -> None:
    done = plane.bbopt(*command, "--scenario", "scenario.txt", *options)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for text in expected:
        assert text in done.stderr
    assert not (plane.path / "bbopt-output").exists()


def test_several_seeds_share_an_analytic_function(plane: ScenarioFolder) -> None:
    done = plane.bbopt("--scenario", "scenario.txt", "--tae", "ANALYTIC", "--seeds", "1,2")
    assert done.returncode == 0, done.stderr
    assert len(runs(plane, 1)) >= 20
    assert len(runs(plane, 2)) >= 20
