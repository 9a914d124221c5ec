"""`pre-scenario-command` and `post-scenario-command` around whole searches."""

from __future__ import annotations

import shlex
import signal
import sys

import pytest

from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import Sleeping, processes_in, started, wait_for

STUBBORN = """import signal, time
signal.signal(signal.SIGTERM, lambda *_: open("asked", "w").close())
with open("started", "w") as file:
    file.write("yes\\n")
while True:
    time.sleep(600)
"""
NOTE_BEFORE = ("--pre-scenario-command", "ls bbopt-output/work > before; echo begun")
NOTE_AFTER = ("--post-scenario-command", "wc -l < bbopt-output/work/live-rundata-1.json > after; echo ended")


def lines_of(folder: ScenarioFolder, name: str) -> list[str]:
    return (folder.path / name).read_text().split()


def test_one_comes_before_the_first_run_and_one_after_the_last(folder: ScenarioFolder) -> None:
    done = folder.tune(*NOTE_BEFORE, *NOTE_AFTER, "--runcount-limit", "4")
    assert done.returncode == 0, done.stderr
    assert "traj-run-1.txt" not in lines_of(folder, "before")
    assert int(lines_of(folder, "after")[0]) >= 4
    lines = done.stdout.splitlines()
    first, last = lines.index("[INFO ] [PROCESS]  begun"), lines.index("[INFO ] [PROCESS]  ended")
    assert first < lines.index(next(line for line in lines if "First incumbent:" in line))
    assert last > lines.index("=" * 87)
    assert "[PROCESS]  begun" in (folder.output / "log-run1.txt").read_text()


def test_check_shows_them_and_runs_nothing(folder: ScenarioFolder) -> None:
    done = folder.bbopt("check", "--scenario", "scenario.txt", *NOTE_BEFORE, *NOTE_AFTER)
    assert done.returncode == 0, done.stderr
    assert f"before      {NOTE_BEFORE[1]}   (run in {folder.path})" in done.stdout
    assert f"after       {NOTE_AFTER[1]}   (run in {folder.path})" in done.stdout
    assert not (folder.path / "before").exists()


def test_their_folder_and_silence(folder: ScenarioFolder) -> None:
    (folder.path / "sub").mkdir()
    done = folder.tune(
        "--pre_cmd", "pwd | tee here", "--prepost-exec-dir", "sub", "--prepost-log-output", "false",
        "--runcount-limit", "1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert lines_of(folder, "sub/here") == [f"{folder.path}/sub"]
    assert "[PROCESS]" not in done.stdout


def test_the_second_one_comes_also_when_the_search_fails(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\necho oops\n", executable=True)
    done = folder.tune(*NOTE_AFTER)
    assert done.returncode == 255
    assert "the first run of the target algorithm crashed" in done.stderr
    assert (folder.path / "after").exists()


def test_the_error_of_a_failed_search_is_the_one_to_be_told(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\necho oops\n", executable=True)
    done = folder.tune("--post_cmd", "exit 7", "--exception-on-prepost-command", "true")
    assert done.returncode == 255
    assert "the first run of the target algorithm crashed" in done.stderr
    errors = (folder.output / "log-err1.txt").read_text()
    assert "the command after the search ended with exit status 7" in errors
    assert "the first run of the target algorithm crashed" in errors


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failure_is_a_warning_or_an_error(folder: ScenarioFolder, when: str) -> None:
    command = ("--pre_cmd" if when == "before" else "--post_cmd", "exit 7")
    message = f"the command {when} the search ended with exit status 7"
    done = folder.tune(*command, "--runcount-limit", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"[WARN ] {message}" in done.stdout
    done = folder.tune(*command, "--runcount-limit", "3", "--exception-on-prepost-command", "true")
    assert done.returncode == 255
    assert done.stderr.startswith(f"bbopt: error: {message}\n")
    assert ("SMAC has finished." in done.stdout) == (when == "after")


def test_nothing_comes_after_a_failed_beginning(folder: ScenarioFolder) -> None:
    done = folder.tune("--pre_cmd", "false", *NOTE_AFTER, "--exception-on-prepost-command", "true")
    assert done.returncode == 255
    assert not (folder.path / "after").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_signal_ends_the_command_and_bbopt(
    folder: ScenarioFolder, when: str, number: signal.Signals, code: int
) -> None:
    unnamed = "env -i setsid sleep 600 &"  # neither the group nor the environment tells whose it is
    endless = f"{unnamed} echo x >> started; sleep 600 & setsid sleep 600; sleep 600"
    process = folder.start(
        "--pre_cmd" if when == "before" else "--post_cmd", endless, "--runcount-limit", "2",
        "--exception-on-prepost-command", "true",
    )  # fmt: skip
    wait_for(lambda: started(folder) == 1)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (code, "")
    assert f"[WARN ] the command {when} the search was ended: " in stdout
    if when == "before":
        assert f"Reason: interrupted by {number.name}." in stdout
        assert "No run has finished" in stdout
    wait_for(lambda: processes_in(folder.path) == [])


def test_a_second_signal_does_not_wait_for_the_time_of_grace(folder: ScenarioFolder) -> None:
    folder.write("stubborn.py", STUBBORN)
    command = f"exec {shlex.quote(sys.executable)} -S stubborn.py"
    process = folder.start("--pre_cmd", command, "--kill-grace", "600")
    wait_for(lambda: started(folder) == 1)
    process.send_signal(signal.SIGINT)
    wait_for((folder.path / "asked").exists)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert processes_in(folder.path) == []


def test_kill_9_during_a_command_leaves_nothing_of_it(folder: ScenarioFolder) -> None:
    command = "sleep 600 & setsid env -i sleep 600 & touch started; wait"
    process = folder.start("--pre-scenario-command", command)
    wait_for((folder.path / "started").exists)
    process.kill()
    process.communicate()
    wait_for(lambda: processes_in(folder.path) == [])


def test_after_an_interrupted_search_the_second_command_tidies_up(sleeping: Sleeping) -> None:
    folder = sleeping(0.3)
    process = folder.start(*NOTE_AFTER)
    wait_for(lambda: started(folder) >= 2)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "")
    assert stdout.index("Reason: interrupted by SIGINT.") < stdout.index("[PROCESS]  ended")
    assert int(lines_of(folder, "after")[0]) >= 1
    assert processes_in(folder.path) == []
