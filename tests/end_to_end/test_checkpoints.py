"""Searches whose runs go on from checkpoints, as a user meets them."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import kill_all_in, processes_in, wait_for
from tests.journals import read_journal
from tests.stores.folder.mounts import enlarge, small_disk

TRAIN = """#!/bin/sh
# Counts the runs that it goes on from.  Both files of a checkpoint say the same, or it is torn.
n=0
if [ -n "$BBOPT_CHECKPOINT_IN" ]; then
  cmp "$BBOPT_CHECKPOINT_IN/one" "$BBOPT_CHECKPOINT_IN/two" || exit 9
  read n < "$BBOPT_CHECKPOINT_IN/one"
fi
n=$((n + 1))
echo $n > "$BBOPT_CHECKPOINT_OUT/one"
sleep ${PAUSE:-0}
echo $n > "$BBOPT_CHECKPOINT_OUT/two"
head -c ${BYTES:-0} /dev/zero > "$BBOPT_CHECKPOINT_OUT/weights" || exit 8
printf 'n\\t%s\\n' $n
"""
SCENARIO = """algo-template = ./train.sh --x {param:x} --from={checkpoint-in} --done={budget-done}
metric = n
maximize = true
pcs-file = params.pcs
use-instances = false
deterministic = true
engine = csv
design = design.csv
keep-checkpoints = all
validation = false
"""
ROWS = (1, 2, 1, 3, 2, 1, 3, 1, 2, 1)


@pytest.fixture
def training(folder: ScenarioFolder) -> Iterator[ScenarioFolder]:
    """Ten runs of three configurations; nothing outlives the test."""
    folder.write("train.sh", TRAIN, executable=True)
    folder.write("scenario.txt", SCENARIO)
    folder.write("params.pcs", "x integer [0, 9] [0]\n")
    folder.write("design.csv", "x\n" + "".join(f"{x}\n" for x in ROWS))
    yield folder
    kill_all_in(folder.path)


def recorded(folder: ScenarioFolder) -> tuple[RecordedRun, ...]:
    journal = folder.output / "live-rundata-1.json"
    return read_journal(journal, read_pcs(folder.path / "params.pcs")).runs if journal.exists() else ()


def counts(folder: ScenarioFolder) -> dict[str, list[int]]:
    """What the runs of each configuration have counted, in order."""
    found: dict[str, list[int]] = {}
    for run in recorded(folder):
        if run.result.status is RunStatus.SAT:
            x = run.request.configuration.active_values["x"]
            found.setdefault(x, []).append(round(run.result.metrics["n"]))
    return found


def left(folder: ScenarioFolder, *pattern: str) -> list[Path]:
    return sorted(Path(folder.output, "checkpoints").glob("/".join(pattern or "*")))


def test_runs_go_on_from_what_others_have_left(training: ScenarioFolder) -> None:
    done = training.tune()
    assert done.returncode == 0, done.stderr
    assert counts(training) == {"1": [1, 2, 3, 4, 5], "2": [1, 2, 3], "3": [1, 2]}
    assert len(left(training)) == 3
    found = json.loads(training.bbopt("best", str(training.output), "--json").stdout)
    assert found["settings"] == {"x": 1}
    assert Path(found["checkpoint"], "two").read_text() == "5\n"
    best = Path(found["checkpoint"]).parent
    name = os.readlink(best / "current")
    assert name.startswith("2147483647-1-10-")
    assert sorted(os.listdir(best)) == [".bbopt-checkpoints.json", name, "current"]
    shown = training.bbopt("best", str(training.output)).stdout
    assert shown.endswith(f"checkpoint: {best}/{name}\n")
    files = training.bbopt("files", str(training.output), "best").stdout.splitlines()
    assert files == [f"{best}/{name}/{file}" for file in ("one  2 B", "two  2 B", "weights  0 B")]


def test_a_program_that_knows_nothing_of_them_leaves_nothing(training: ScenarioFolder) -> None:
    training.write("train.sh", "#!/bin/sh\nprintf 'n\\t1\\n'\n", executable=True)
    done = training.tune()
    assert done.returncode == 0, done.stderr
    assert left(training) == []
    assert "checkpoint" not in training.bbopt("best", str(training.output)).stdout.replace("{checkpoint", "")


def test_a_search_that_begins_anew_has_no_checkpoints(training: ScenarioFolder) -> None:
    for _ in range(2):
        assert training.tune().returncode == 0
        assert counts(training)["3"] == [1, 2]
    assert len(left(training)) == 3
    assert len(list((training.output / "previous/checkpoints-1-1/checkpoints").iterdir())) == 3


def test_bad_input_is_told_before_anything_runs(training: ScenarioFolder) -> None:
    done = training.tune("--checkpoints", "false")
    assert done.returncode == 1
    assert "scenario.txt:1:17: {budget-done} needs checkpoints" in done.stderr
    assert "set checkpoints = true" in done.stderr
    done = training.tune("--keep-checkpoints", "some")
    assert "keep-checkpoints can't be read" in done.stderr
    assert "expected: all, none, best or best:N" in done.stderr
    assert not training.output.exists()


def test_checkpoints_elsewhere_are_refused(training: ScenarioFolder) -> None:
    training.output.mkdir(parents=True)
    (training.output / "checkpoints").symlink_to(training.path)
    done = training.tune()
    assert done.returncode == 3
    assert "checkpoints is a link" in done.stderr
    assert (training.path / "train.sh").exists()


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def others_in(folder: ScenarioFolder, process: subprocess.Popen[str]) -> list[int]:
    """Supervisors, their keepers, and programs."""
    return [pid for pid in processes_in(folder.path) if pid != process.pid]


def killed_once(folder: ScenarioFolder, rng: random.Random, *, with_others: bool) -> bool:
    """Whether the search was at work when it was killed; all has ended then."""
    n_before = len(recorded(folder))
    with folder.start("--resume", "auto") as process:
        wait_for(lambda: process.poll() is not None or len(recorded(folder)) > n_before)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.0, 0.4))
        was_at_work = process.poll() is None
        others = others_in(folder, process)
        for pid in [process.pid, *rng.sample(others, len(others) * with_others)]:
            kill(pid)
        process.communicate(timeout=60)
    wait_for(lambda: not processes_in(folder.path))
    return was_at_work


@pytest.mark.slow
@pytest.mark.parametrize("with_others", [False, True])
def test_a_search_that_is_killed_loses_nothing_that_was_complete(
    training: ScenarioFolder, with_others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAUSE", "0.15")
    rng, n_kills = random.Random(3), 0
    while n_kills < 5 and killed_once(training, rng, with_others=with_others):
        n_kills += 1
    done = training.tune("--resume", "auto")
    assert done.returncode == 0, done.stderr
    is_whole(training, n_kills)


@pytest.mark.slow
def test_supervisors_that_are_killed_lose_nothing_that_was_complete(
    training: ScenarioFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAUSE", "0.15")
    rng = random.Random(3)
    with training.start("--retry-crashed-count", "9") as process:
        for n_kills in range(5):
            wait_for(lambda n_before=n_kills: len(recorded(training)) > n_before, 60.0)  # type: ignore[misc]
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.0, 0.3))
            for pid in others_in(training, process):
                kill(pid)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    is_whole(training, 5)


def is_whole(training: ScenarioFolder, n_kills: int) -> None:
    """Each run went on from a whole checkpoint, no older than the last one that is on record."""
    failures = [run.result.reason for run in recorded(training) if run.result.status is not RunStatus.SAT]
    assert failures == []
    for x, found in counts(training).items():
        assert len(found) == ROWS.count(int(x))
        # A run whose checkpoint stands, but not its record, is made again, and goes on from that.
        assert found == sorted(set(found))
        assert found[-1] <= len(found) + n_kills
    assert [len(os.listdir(path)) for path in left(training)] == [3, 3, 3]
    for name in ("one", "two"):
        last = sorted(int(path.read_text()) for path in left(training, "*", "current", name))
        assert last == sorted(max(found) for found in counts(training).values())


def test_a_full_disk_is_waited_for_and_costs_nothing(training: ScenarioFolder, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1024) as disk:
        output = disk / "out" / "work"
        process = subprocess.Popen(
            training.command("--scenario", "scenario.txt", "--seed", "1", "--output-dir", str(disk / "out")),
            cwd=training.path, env=training.environment(BYTES="300000"), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        log = output / "log-run1.txt"
        wait_for(lambda: log.exists() and "the disk of its checkpoint is full" in log.read_text(), 60.0)
        enlarge(disk, 8192)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 0, stderr
        runs = read_journal(output / "live-rundata-1.json", read_pcs(training.path / "params.pcs")).runs
        assert [round(run.result.metrics["n"]) for run in runs] == [1, 1, 2, 1, 2, 3, 2, 4, 3, 5]
        assert len(list((output / "checkpoints").glob("*/current/weights"))) == 3
