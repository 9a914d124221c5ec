"""Killed, interrupted, resumed: nothing that was finished is lost, nothing is left running."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.exports import read_trajectory
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import TARGET, ScenarioFolder
from tests.journals import read_journal

Sleeping = Callable[[float], ScenarioFolder]


def runs(folder: ScenarioFolder, rungroup: str = "work") -> tuple[RecordedRun, ...]:
    path = folder.output.parent / rungroup / "live-rundata-1.json"
    return read_journal(path, read_pcs(folder.path / "params.pcs")).runs


def calls(recorded: tuple[RecordedRun, ...]) -> list[str]:
    return [run.request.configuration.call_text() for run in recorded]


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def processes_in(path: Path) -> list[int]:
    """Processes whose working directory is `path`: the optimizer's, its supervisors' and the targets'."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")) == path:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill_all_in(path: Path) -> None:
    """Leave nothing behind of a test that has failed."""
    while found := processes_in(path):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def started(folder: ScenarioFolder) -> int:
    file = folder.path / "started"
    return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_cleanly(sleeping: Sleeping, number: signal.Signals, code: int) -> None:
    folder = sleeping(0.4)
    process = folder.start()
    wait_for(lambda: started(folder) >= 3)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == code, stderr
    assert stderr == ""
    assert f"Reason: interrupted by {number.name}." in stdout
    recorded = runs(folder)
    assert len(recorded) in {2, 3}
    assert f"Total number of runs performed: {len(recorded)}," in stdout
    table = next((folder.output / "state-run1").glob("runs_and_results-it*.csv")).read_text()
    assert len(table.splitlines()) == len(recorded) + 1
    assert processes_in(folder.path) == []


def test_a_signal_before_the_first_result_stops_cleanly(sleeping: Sleeping) -> None:
    folder = sleeping(30)
    process = folder.start()
    wait_for(lambda: started(folder) == 1)
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "No run has finished: there is no incumbent." in stdout
    assert processes_in(folder.path) == []


@pytest.mark.parametrize(
    ("n_signals", "grace_s"), [(1, "0.5"), (2, "600")], ids=["one signal", "a second signal does not wait"]
)
def test_a_target_that_ignores_sigterm_is_killed_all_the_same(
    folder: ScenarioFolder, n_signals: int, grace_s: str
) -> None:
    folder.write(
        "target.sh",
        "#!/bin/sh\ntrap '' TERM\necho x >> started\nwhile :; do sleep 1; done\n",
        executable=True,
    )
    process = folder.start("--kill-grace", grace_s)
    wait_for(lambda: started(folder) == 1)
    for _ in range(n_signals):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert processes_in(folder.path) == []


def test_kill_9_leaves_no_process_behind(sleeping: Sleeping) -> None:
    folder = sleeping(30)
    process = folder.start()
    wait_for(lambda: started(folder) == 1)
    process.kill()
    process.communicate()
    wait_for(lambda: processes_in(folder.path) == [])


def test_killed_and_restored_gives_the_same_sequence_as_uninterrupted(folder: ScenarioFolder) -> None:
    assert folder.tune("--rungroup", "whole").returncode == 0
    whole = calls(runs(folder, "whole"))
    process = folder.start()
    wait_for(lambda: (folder.output / "live-rundata-1.json").exists() and len(runs(folder)) >= 7)
    process.kill()
    process.communicate()
    survived = calls(runs(folder))
    assert survived == whole[: len(survived)]
    done = folder.tune("--restore-scenario", str(folder.output / "state-run1"))
    assert done.returncode == 0, done.stderr
    assert f"Restored {len(survived)} runs" in done.stdout
    assert calls(runs(folder)) == whole
    table = next((folder.output / "state-run1").glob("runs_and_results-it*.csv")).read_text()
    reference = next((folder.output.parent / "whole/state-run1").glob("runs_and_results-it*.csv")).read_text()
    iterations = [[line.split(",")[11] for line in text.splitlines()] for text in (table, reference)]
    assert iterations[0] == iterations[1]
    assert (folder.output / "log-warn1.txt").read_text() == ""


@pytest.mark.slow
def test_killed_at_random_moments_again_and_again(folder: ScenarioFolder) -> None:
    folder.tune("--rungroup", "whole", "--runcount-limit", "40")
    whole = calls(runs(folder, "whole"))
    rng = random.Random(5)
    known: list[str] = []
    journal, state = folder.output / "live-rundata-1.json", folder.output / "state-run1"

    def size() -> int:
        return journal.stat().st_size if journal.exists() else 0

    for life in range(80):
        restore = ["--restore-scenario", str(state)] if state.exists() else []
        before = size()
        process = folder.start("--runcount-limit", "40", *restore)
        if life % 4:  # each fourth one may be killed before it gets anywhere
            wait_for(lambda: size() > before or process.poll() is not None, 60)  # noqa: B023
        time.sleep(0.6 * rng.random())
        process.kill()
        process.communicate()
        now = calls(runs(folder)) if state.exists() else []
        assert now[: len(known)] == known, "a finished run is missing or changed"
        known = now
        if process.returncode == 0:
            break
    else:
        pytest.fail("it never came to its end")
    assert known == whole
    assert len(set(known)) == 40
    rows = read_trajectory(folder.output / "traj-run-1.txt")
    assert [row.performance for row in rows] == sorted((row.performance for row in rows), reverse=True)


def test_a_torn_journal_is_repaired_and_its_tail_kept(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "6")
    journal = folder.output / "live-rundata-1.json"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    done = folder.tune("--restore-scenario", str(folder.output / "state-run1"), "--runcount-limit", "8")
    assert done.returncode == 0, done.stderr
    assert len(runs(folder)) == 8
    assert [path.read_bytes() for path in folder.output.glob("*.torn-1")] == [
        whole[:-40].splitlines(keepends=True)[-1]
    ]


def test_restoring_needs_no_seed(folder: ScenarioFolder) -> None:
    folder.tune("--rungroup", "whole", "--runcount-limit", "15")
    folder.tune("--runcount-limit", "8")
    state = str(folder.output / "state-run1")
    done = folder.bbopt("--scenario", "scenario.txt", "--runcount-limit", "15", "--restore-scenario", state)
    assert done.returncode == 0, done.stderr
    assert calls(runs(folder)) == calls(runs(folder, "whole"))
    assert [path.name for path in folder.output.glob("live-rundata-*.json")] == ["live-rundata-1.json"]


def test_a_state_folder_alone_is_enough_to_restore(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "6")
    state = folder.output / "state-run1"
    done = folder.bbopt("--restore-scenario", str(state), "--runcount-limit", "9")
    assert done.returncode == 0, done.stderr
    assert len(runs(folder)) == 9


def test_another_seed_is_refused_for_a_restored_run(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "3")
    done = folder.tune("--restore-scenario", str(folder.output / "state-run1"), seed=2)
    assert done.returncode == 1
    assert "leave out --seed" in done.stderr


def test_a_damaged_record_is_warned_of(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "8")
    journal = folder.output / "live-rundata-1.json"
    lines = journal.read_text().splitlines(keepends=True)
    lines[3] = "{garbage\n"
    journal.write_text("".join(lines))
    before = read_trajectory(folder.output / "traj-run-1.txt")
    done = folder.tune("--restore-scenario", str(folder.output / "state-run1"), "--runcount-limit", "10")
    assert done.returncode == 0, done.stderr
    assert "Restored 7 runs" in done.stdout
    assert "live-rundata-1.json: skipped bytes" in (folder.output / "log-warn1.txt").read_text()
    rows = read_trajectory(folder.output / "traj-run-1.txt")[len(before) :]
    assert all(row.wallclock_s >= before[-1].wallclock_s for row in rows)


def test_a_journal_with_other_texts_of_the_same_paths_is_gone_on_with(folder: ScenarioFolder) -> None:
    """As bbopt wrote it at first: with `/.` behind the folder, and no `./` before the parameter file."""
    arguments = ("--pcs-file", "./params.pcs", "--runcount-limit")
    folder.tune(*arguments, "3")
    journal = folder.output / "live-rundata-1.json"
    text = journal.read_text()
    older = text.replace(f'"{folder.path}"', f'"{folder.path}/."').replace("/./params.pcs", "/params.pcs")
    assert older != text
    journal.write_text(older)
    done = folder.tune(*arguments, "5", "--restore-scenario", str(folder.output / "state-run1"))
    assert "Restored 3 runs" in done.stdout
    assert "Earlier files of seed 1 were moved to" not in done.stdout
    assert (folder.output / "log-warn1.txt").read_text() == ""
    assert journal.read_text().startswith(older)
    assert len(runs(folder)) == 5


def test_restoring_into_another_rungroup_copies_the_runs(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "6")
    before = (folder.output / "live-rundata-1.json").read_bytes()
    state = str(folder.output / "state-run1")
    done = folder.tune("--restore-scenario", state, "--rungroup", "other", "--runcount-limit", "9")
    assert done.returncode == 0, done.stderr
    assert calls(runs(folder, "other"))[:6] == calls(runs(folder))
    assert len(runs(folder, "other")) == 9
    assert (folder.output / "live-rundata-1.json").read_bytes() == before


def test_time_goes_on_where_it_stopped(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "6")
    first = read_trajectory(folder.output / "traj-run-1.txt")[-1]
    folder.tune("--restore-scenario", str(folder.output / "state-run1"), "--runcount-limit", "10")
    rows = read_trajectory(folder.output / "traj-run-1.txt")
    times = [row.wallclock_s for row in rows]
    assert times == sorted(times)
    assert rows[-1].wallclock_s > first.wallclock_s * 0.9
    assert rows[-1].optimizer_cpu_s > first.optimizer_cpu_s * 0.5


def test_a_folder_that_is_moved_away_ends_the_search(sleeping: Sleeping) -> None:
    folder = sleeping(0.3)
    process = folder.start()
    wait_for(lambda: started(folder) >= 3)
    moved = folder.path / "moved"
    folder.output.rename(moved)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert f"live-rundata-1.json was moved while it was written\n  got:      {moved}/live" in stderr
    n_runs = started(folder)
    moved.rename(folder.output)
    assert n_runs - 2 <= len(runs(folder)) <= n_runs
    state = str(folder.output / "state-run1")
    assert folder.tune("--restore-scenario", state, "--runcount-limit", str(n_runs)).returncode == 0
    assert len(runs(folder)) == n_runs


def test_a_signal_while_a_long_record_is_read_changes_nothing(folder: ScenarioFolder) -> None:
    folder.tune("--runcount-limit", "3")
    before = {path: path.read_bytes() for path in folder.output.rglob("*") if path.is_file()}
    script = folder.write(
        "restored.py",
        "import os, signal, sys\n"
        "from bbopt.cli.main import main\n"
        "from bbopt.tuning import Tuner\n"
        "sys.argv[:] = sys.argv[1:]\n"
        "resume = Tuner.resume\n"
        "def hearing(self, runs, elapsed):\n"
        "    def stopping():\n"
        "        for run in runs:\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
        "            yield run\n"
        "        print('read to its end')\n"
        "    resume(self, stopping(), elapsed)\n"
        "Tuner.resume = hearing\n"
        "main()\n",
    )
    state = str(folder.output / "state-run1")
    done = subprocess.run(
        [sys.executable, script, "bbopt", "--restore-scenario", state, "--runcount-limit", "9",
         "--post-scenario-command", "touch cleaned"], cwd=folder.path, env=folder.environment(),
        text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (143, "bbopt: interrupted\n")
    assert "read to its end" not in done.stdout
    assert (folder.path / "cleaned").exists()
    names = [path for path in before if not path.name.startswith("log-")]
    assert all(path.read_bytes() == before[path] for path in names)


def test_two_processes_with_one_seed_are_refused(sleeping: Sleeping) -> None:
    folder = sleeping(1)
    process = folder.start()
    wait_for(lambda: started(folder) >= 1)
    second = folder.tune()
    assert second.returncode == 3
    assert re.search(rf"in use by process {process.pid} on host \S+", second.stderr)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


@pytest.mark.parametrize("how", [("--restore-scenario", "bbopt-output/work/state-run1"), ()])
def test_what_was_left_running_is_ended_by_the_search_that_goes_on(
    folder: ScenarioFolder, how: tuple[str, ...]
) -> None:
    """The optimizer and all who watch over its run are killed; its target is not."""
    once = "shift 5\n[ ! -e first ] || { echo $$ >> started; sleep 30; }\ntouch first\n"
    folder.write("target.sh", TARGET.replace("shift 5\n", once, 1), executable=True)
    process = folder.start()
    wait_for(lambda: started(folder) == 1)
    target = int((folder.path / "started").read_text())
    watchers = [pid for pid in processes_in(folder.path) if os.getsid(pid) != os.getsid(target)]
    # Stopped before, and the supervisor before its keeper, lest one of them still does its duty.
    for signum in (signal.SIGSTOP, signal.SIGKILL):
        for pid in (*sorted(watchers, reverse=True), process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
    process.communicate()
    assert target in processes_in(folder.path)
    folder.write("target.sh", TARGET, executable=True)
    resumed = folder.tune(*how, "--runcount-limit", "3")
    assert resumed.returncode == 0, resumed.stderr
    assert "processes that this search had left running were ended" in resumed.stdout + resumed.stderr
    assert processes_in(folder.path) == []
