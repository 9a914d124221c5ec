"""Validation as a user meets it: after a search, as a command, and interrupted."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, wait_for

TARGET = f"""#!{sys.executable}
import sys, time
instance, info, cutoff, length, seed, *flags = sys.argv[1:]
x = float(flags[flags.index("-x") + 1])
with open("calls", "a") as file:
    file.write(f"{{instance}} {{seed}} {{cutoff}} {{x}}\\n")
if instance.startswith("slow") and PAUSE_S:
    time.sleep(PAUSE_S)
if instance == "crash":
    sys.exit("oh no")
status, runtime = ("TIMEOUT", cutoff) if instance == "timeout" else ("SAT", 0.1 + x)
print(f"Result for SMAC: {{status}}, {{runtime}}, 0, {{x + len(instance)}}, {{seed}}")
"""

SCENARIO = """algo = ./target.py
pcs-file = params.pcs
instances = train.txt
test-instances = test.txt
run-obj = {objective}
cutoff-time = 5
runcount-limit = 6
"""

TABLES = ("CallStrings", "ObjectiveMatrix", "PerformanceDebug", "Results", "RunResultLineMatrix")

Make = Callable[..., ScenarioFolder]


@pytest.fixture
def make(folder: ScenarioFolder) -> Make:
    def make(
        objective: str = "RUNTIME", test: tuple[str, ...] = ("a", "bb", "ccc", "dddd"), pause_s: float = 0
    ) -> ScenarioFolder:
        folder.write("target.py", TARGET.replace("PAUSE_S", str(pause_s)), executable=True)
        folder.write("params.pcs", "x real [0, 1] [0.5]\n")
        folder.write("train.txt", "one\ntwo\n")
        folder.write("test.txt", "".join(f"{name}\n" for name in test))
        folder.write("scenario.txt", SCENARIO.format(objective=objective))
        return folder

    return make


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def table(folder: ScenarioFolder, name: str, of: str = "traj-run-1-walltime") -> list[list[str]]:
    """The files of configurations by hand are in the current folder, as by smac-validate."""
    return rows((folder.path if of.startswith("cli") else folder.output) / f"validation{name}-{of}.csv")


def calls(folder: ScenarioFolder) -> list[list[str]]:
    file = folder.path / "calls"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def test_after_a_search_by_runtime(make: Make) -> None:
    folder = make(test=("a", "crash", "timeout", "dd"))
    done = folder.tune("--deterministic", "false")
    assert done.returncode == 0, done.stderr
    found = {row[0]: row[2] for row in table(folder, "ObjectiveMatrix")[1:]}
    assert set(found) == {"a", "crash", "timeout", "dd"}
    assert found["crash"] == found["timeout"] == "5.0"
    solved = float(found["a"])
    cost = float(table(folder, "Results")[1][2])
    assert cost == pytest.approx((2 * 50 + 2 * solved) / 4)
    assert f"on test set: {cost}, based on 4 run(s) on 4 test instance(s)." in done.stdout
    assert done.stdout.index("SMAC has finished.") < done.stdout.index("Now starting offline validation.")
    tested = [call for call in calls(folder) if call[0] not in {"one", "two"}]
    assert len(tested) == 4
    assert {call[2] for call in tested} == {"5.0"}
    assert len({call[1] for call in tested}) == 4, "each with a seed of its own"
    assert "validation run on crash" in (folder.output / "log-warn1.txt").read_text()


def test_after_a_search_by_quality_of_a_deterministic_target(make: Make) -> None:
    folder = make("QUALITY")
    done = folder.tune("--deterministic", "true", "--num-validation-runs", "9", "--validation-cores", "3")
    assert done.returncode == 0, done.stderr
    matrix = table(folder, "ObjectiveMatrix")[1:]
    assert [row[:2] for row in matrix] == [[name, "-1"] for name in ("a", "bb", "ccc", "dddd")]
    assert float(table(folder, "Results")[1][2]) == pytest.approx(sum(float(row[2]) for row in matrix) / 4)


def test_the_search_does_not_depend_on_it(make: Make) -> None:
    folder = make()
    journals = []
    for group, validation in (("with", "true"), ("without", "false")):
        done = folder.tune("--rungroup", group, "--validation", validation, "--deterministic", "true")
        assert done.returncode == 0, done.stderr
        output = folder.output.parent / group
        names = {path.name for path in output.glob("validation*")}
        assert len(names) == (5 if validation == "true" else 0)
        rows_of_state = next((output / "state-run1").glob("paramstrings-it*.txt")).read_text()
        journals.append(rows_of_state)
        assert ("offline validation" in done.stdout) == (validation == "true")
    assert journals[0] == journals[1]
    searched = [call for call in calls(folder) if call[0] in {"one", "two"}]
    assert searched[:6] == searched[6:]


def test_a_scenario_without_test_instances_has_no_validation(make: Make) -> None:
    folder = make()
    folder.write(
        "scenario.txt", SCENARIO.format(objective="QUALITY").replace("test-instances = test.txt\n", "")
    )
    done = folder.tune()
    assert done.returncode == 0, done.stderr
    assert "validation" not in done.stdout
    assert list(folder.output.glob("validation*")) == []


@pytest.mark.parametrize("is_deterministic", [True, False], ids=["deterministic", "noisy"])
def test_a_black_box_ends_as_in_smac_v2(make: Make, is_deterministic: bool) -> None:
    folder = make("QUALITY")
    done = folder.tune("--use-instances", "false", "--deterministic", str(is_deterministic).lower())
    assert done.returncode == 0, done.stderr
    made = calls(folder)
    assert len(made) == (6 if is_deterministic else 7), "a deterministic one would say the same again"
    assert not is_deterministic or {call[1] for call in made} == {"-1"}
    assert made[-1][1] not in {call[1] for call in made[:-1]} or is_deterministic
    found = list(folder.output.glob("validation*"))
    assert len(found) == 5
    (row,) = table(folder, "ObjectiveMatrix")[1:]
    assert row[0] == "no_instance"
    lines = done.stdout.splitlines()
    (estimate,) = [line for line in lines if line.startswith("Estimated mean quality of final incumbent ")]
    assert estimate.endswith(f" on test set: {row[2]}, based on 1 run(s) on 1 test instance(s).")
    assert "[INFO ] Now starting offline validation." in lines
    assert "[INFO ] Validation needs 1 algorithm runs to validate 1 configurations found, " in done.stdout
    (final,) = [line for line in lines if line.startswith("SMAC's final incumbent:")]
    assert final.endswith(" run(s) on 1 training instance(s).")
    assert (folder.output / "state-run1" / "instances.txt").read_text() == "no_instance\n"
    assert ("1 of 1 runs were on record in" in done.stdout) == is_deterministic
    if is_deterministic:
        assert float(row[2]) == float(table(folder, "Results")[1][1])


def test_the_command_validates_trajectories_and_configurations(make: Make) -> None:
    folder = make()
    assert folder.tune("--validation", "false").returncode == 0
    assert folder.tune("--validation", "false", seed=12).returncode == 0
    done = folder.bbopt("validate", "--scenario", "scenario.txt")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[:2] == [
        ["4", "instances,", "4", "runs", "for", "each", "configuration"],
        ["from", "time", "config", "PAR10", "runs", "timeouts", "crashed"],
    ]
    assert [(line[0], *line[4:]) for line in lines[2:4]] == [
        ("traj-run-1", "4", "0", "0"),
        ("traj-run-12", "4", "0", "0"),
    ]
    for name in TABLES:
        assert table(folder, name, "traj-run-12-walltime")
    one = folder.bbopt(
        "validate", "--scenario=scenario.txt", "--configuration=DEFAULT", "--configuration", "-x '0.25'",
        "--validate-test-instances", "false", "--output-file-suffix", "train", "--seed", "7",
    )  # fmt: skip
    assert one.returncode == 0, one.stderr
    results = table(folder, "Results", "cli-7-walltime-train")
    assert [float(row[2]) for row in results[1:]] == pytest.approx([0.6, 0.35])
    assert "cli-7, config 2: -x '0.25'" in one.stdout


def test_contradicting_answers_end_it(make: Make) -> None:
    folder = make()
    liar = TARGET.replace("PAUSE_S", "0").replace('"SAT"', '("SAT" if x == 0.5 else "UNSAT")')
    folder.write("target.py", liar, executable=True)
    words = (
        "validate", "--scenario=scenario.txt", "--configuration=DEFAULT", "--configuration", "-x '0.25'",
        "--seed", "7",
    )  # fmt: skip
    done = folder.bbopt(*words)
    assert done.returncode == 255
    assert "answers to instance a contradict each other" in done.stderr
    assert len([line for line in done.stderr.splitlines() if "./target.py a 0 5.0" in line]) == 2
    assert len(table(folder, "ObjectiveMatrix", "cli-7-walltime")) == 5
    assert folder.bbopt(*words, "--check-sat-consistency", "false").returncode == 0


def test_a_shells_pattern_and_other_spellings(make: Make) -> None:
    folder = make()
    assert folder.tune("--validation", "false").returncode == 0
    files = [str(path) for path in sorted(folder.output.glob("*traj-run-1.*"))]
    assert len(files) == 2
    done = folder.bbopt(
        "validate", "--trajectoryFile", *files, "--scenario", "scenario.txt", "--useScenarioOutDir", "true"
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert len(calls(folder)) == 6 + 4, "both files have the same incumbent, which is run once"
    assert len(list(folder.output.parent.glob("validationResults-*traj-run-1-walltime.csv"))) == 2
    assert list(folder.output.glob("validation*")) == []


def test_files_are_beside_the_trajectory_and_other_ones_in_the_current_folder(make: Make) -> None:
    folder = make()
    assert folder.tune("--validation", "false", "--runcount-limit", "2").returncode == 0
    kept = folder.path / "kept"
    kept.mkdir()
    (folder.output / "traj-run-1.txt").rename(kept / "traj-run-1.txt")
    words = ("validate", "--scenario", "scenario.txt")
    assert folder.bbopt(*words, "--trajectory-file", "kept/traj-run-1.txt").returncode == 0
    assert len(list(kept.glob("validation*"))) == 5
    assert folder.bbopt(*words, "--configuration", "DEFAULT", "--seed", "3").returncode == 0
    assert len(list(folder.path.glob("validation*-cli-3-walltime.csv"))) == 5
    (kept / "some").write_text("DEFAULT\n-x 0.25\n")
    assert folder.bbopt(*words, "--configuration-list", "kept/some").returncode == 0
    assert len(list(kept.glob("validation*-some-walltime.csv"))) == 5
    assert list(folder.output.glob("validation*")) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no trajectory to validate"),
        (("--trajectory-file", "params.pcs"), "params.pcs:1: this is no trajectory file"),
        (("--configuration", "-y 1"), "--configuration: unknown parameter 'y'"),
        (("--random-configurations", "many"), "random-configurations can't have this value"),
        (("--configuration", "DEFAULT", "--validate-test-instances", "no"), "validate-test-instances can't"),
        (("--configuration",), "--configuration needs a value"),
        (("--cnfiguration", "DEFAULT"), "unknown option --cnfiguration"),
    ],
)
def test_bad_input(make: Make, arguments: tuple[str, ...], message: str) -> None:
    done = make().bbopt("validate", "--scenario", "scenario.txt", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_bad_options_are_told_before_the_search(make: Make) -> None:
    folder = make()
    done = folder.tune("--mult-factor", "0.5")
    assert done.returncode == 1
    assert "mult-factor does not lead from the last time to earlier ones" in done.stderr
    assert calls(folder) == []


SLOW = ("a", "bb", "slow1", "slow2")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_during_the_validation(make: Make, number: signal.Signals, code: int) -> None:
    folder = make(test=SLOW, pause_s=60)
    process = folder.start()
    wait_for(lambda: any(call[0] == "slow1" for call in calls(folder)), 60)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == code, stderr
    assert stderr == ""
    assert f"Validation was interrupted by {number.name}: 2 of 4 runs have finished." in stdout
    assert "SMAC has finished. Reason: algorithm run limit (6 runs) has been reached." in stdout
    check_two_finished(folder, "traj-run-1-walltime")
    assert processes_in(folder.path) == []


def check_two_finished(folder: ScenarioFolder, of: str) -> None:
    matrix = table(folder, "ObjectiveMatrix", of)
    assert [row[2] == "NaN" for row in matrix[1:]] == [False, False, True, True]
    for name in TABLES:
        assert table(folder, name, of)


@pytest.mark.parametrize("n_signals", [1, 2])
def test_a_signal_during_the_command(make: Make, n_signals: int) -> None:
    folder = make(test=SLOW, pause_s=60)
    process = start_command(folder)
    for _ in range(n_signals):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    stdout, stderr = process.communicate(timeout=30)
    assert "Traceback" not in stderr
    assert processes_in(folder.path) == []
    if n_signals == 1:
        assert process.returncode == 143
        assert "Interrupted: 2 of 4 runs have finished." in stdout
        check_two_finished(folder, "cli-1-walltime")


def test_after_kill_9_nothing_is_left_running_and_the_command_goes_on(make: Make) -> None:
    folder = make(test=SLOW, pause_s=60)
    process = start_command(folder)
    process.kill()
    process.communicate()
    wait_for(lambda: processes_in(folder.path) == [])
    hurry(folder)
    done = folder.bbopt("validate", "--scenario", "scenario.txt", "--configuration", "DEFAULT")
    assert done.returncode == 0, done.stderr
    assert [call[0] for call in calls(folder)] == ["a", "bb", "slow1", "slow1", "slow2"]
    assert f"2 of 4 runs were on record in {folder.path}/live-validation-1.json" in done.stdout
    assert [row[2] for row in table(folder, "ObjectiveMatrix", "cli-1-walltime")[1:]] == ["0.6"] * 4


def hurry(folder: ScenarioFolder) -> None:
    folder.write("target.py", TARGET.replace("PAUSE_S", "0"), executable=True)


@pytest.mark.parametrize("is_restored", [True, False], ids=["restored", "validate"])
def test_after_kill_9_the_validation_of_a_search_goes_on(make: Make, is_restored: bool) -> None:
    folder = make(test=SLOW, pause_s=60)
    process = folder.start("--deterministic", "true")
    wait_for(lambda: any(call[0] == "slow1" for call in calls(folder)), 60)
    process.kill()
    process.communicate()
    hurry(folder)
    words = ("--deterministic", "true", "--scenario", "scenario.txt", "--seed", "1")
    state = ("--restore-scenario", str(folder.output / "state-run1"))
    done = folder.bbopt(*words, *state) if is_restored else folder.bbopt("validate", *words)
    assert done.returncode == 0, done.stderr
    assert [call[0] for call in calls(folder)[6:]] == ["a", "bb", "slow1", "slow1", "slow2"]
    assert "NaN" not in {row[2] for row in table(folder, "ObjectiveMatrix")}
    assert "2 of 4 runs were on record in" in done.stdout


def test_nobody_takes_validation_runs_for_those_of_a_search(make: Make) -> None:
    folder = make()
    sharing = ("--shared-model-mode", "true", "--deterministic", "true")
    assert folder.tune(*sharing).returncode == 0
    assert (folder.output / "live-validation-1.json").exists()
    status = folder.bbopt("status", str(folder.output))
    assert status.stdout.splitlines()[1].split()[:4] == ["1", "ended", "-", "6"], status.stdout
    done = folder.tune(*sharing, seed=2)
    assert done.returncode == 0, done.stderr
    assert "live-validation" not in done.stdout
    warnings = (folder.output / "log-warn2.txt").read_text().splitlines()
    assert [line for line in warnings if "reports a runtime" not in line] == []  # that one is the target's
    states = ("--directories", str(folder.output), "--output", "merged")
    merged = folder.bbopt("merge", "--scenario", "scenario.txt", "--deterministic", "true", *states)
    assert merged.returncode == 0, merged.stderr


def start_command(folder: ScenarioFolder) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        folder.command("validate", "--scenario", "scenario.txt", "--configuration", "DEFAULT"),
        cwd=folder.path, env=folder.environment(), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: any(call[0] == "slow1" for call in calls(folder)), 60)
    return process


def test_a_search_that_is_interrupted_is_not_validated(make: Make) -> None:
    folder = make()
    folder.write("train.txt", "slow-train\n")
    folder.write("target.py", TARGET.replace("PAUSE_S", "0.3"), executable=True)
    process = folder.start("--runcount-limit", "1000")
    wait_for(lambda: len(calls(folder)) >= 3, 60)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "offline validation" not in stdout
    assert list(folder.output.glob("validation*")) == []
    assert {call[0] for call in calls(folder)} == {"slow-train"}


def test_restoring_a_search_validates_it_again_and_keeps_the_earlier_files(make: Make) -> None:
    folder = make()
    assert folder.tune("--deterministic", "true").returncode == 0
    first = (folder.output / "validationObjectiveMatrix-traj-run-1-walltime.csv").read_bytes()
    done = folder.tune(
        "--deterministic", "true", "--restore-scenario", str(folder.output / "state-run1"),
        "--runcount-limit", "8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kept = folder.output / "previous" / "validation-1" / "validationObjectiveMatrix-traj-run-1-walltime.csv"
    assert kept.read_bytes() == first
    assert f"moved to {kept.parent}" in done.stdout


def test_the_users_commands_stand_around_the_validation(make: Make) -> None:
    folder = make()
    around = (
        "--pre-scenario-command",
        "echo before >> calls",
        "--post-scenario-command",
        "echo after >> calls",
    )
    assert folder.tune("--runcount-limit", "1", *around).returncode == 0
    done = folder.bbopt("validate", "--scenario", "scenario.txt", "--configuration", "DEFAULT", *around)
    assert done.returncode == 0, done.stderr
    names = [call[0] for call in calls(folder)]
    tested = ["a", "bb", "ccc", "dddd"]
    assert names[0] == "before"
    assert names[2:] == [*tested, "after", "before", *tested, "after"]


def test_an_evaluator_answers_in_place_of_the_target(make: Make) -> None:
    folder = make("QUALITY")
    arguments = ("--tae", "CONSTANT", "--constant-run-quality", "2.5", "--validation-cores", "3")
    assert folder.tune(*arguments).returncode == 0
    assert table(folder, "Results")[1][2] == "2.5"
    done = folder.bbopt("validate", "--scenario", "scenario.txt", "--configuration", "DEFAULT", *arguments)
    assert done.returncode == 0, done.stderr
    assert table(folder, "Results", "cli-1-walltime")[1][2] == "2.5"
    assert calls(folder) == []
