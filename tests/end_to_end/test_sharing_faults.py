"""Seeds that share a folder are killed, run out of disk, may not write, or find a peer's journal spoilt.

After each fault nothing recorded is missing, nothing is counted twice, the others have gone on, and
`--restore-scenario` continues where the journal ends.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbopt.space import read_pcs
from bbopt.stores import RecordedRun
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, wait_for
from tests.journals import read_journal
from tests.stores.folder.mounts import small_disk

TARGET = """#!/bin/sh
# quality = (x - 0.3)^2; a call that is done leaves its name in `finished`, and then in its result.
read -r call < /proc/sys/kernel/random/uuid
sleep 0.05
quality=$(awk -v x="$7" 'BEGIN { printf "%.12f", (x - 0.3) ^ 2 }')
echo "$SEARCH:$call" >> finished
echo "Result of this algorithm run: SAT, 0.01, 0, $quality, -1, $SEARCH:$call"
"""
PCS = "x real [0, 1] [0.9]\n"
NEVER = 100_000
PATIENCE_S = 60.0


class Seeds:
    """Searches with different seeds in one output folder; `n_lives` counts the processes started."""

    def __init__(self, folder: ScenarioFolder) -> None:
        folder.write("target.sh", TARGET, executable=True)
        folder.write("params.pcs", PCS)
        self.folder = folder
        self.output = folder.output
        self.prefix: tuple[str, ...] = ()
        self.engine = "random"  # starts in a third of the time, and who proposes makes no difference
        self.n_lives = 0
        self._space = read_pcs(folder.path / "params.pcs")
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, seed: int, n_runs: int, *, restore: bool = False) -> subprocess.Popen[bytes]:
        """A search that ends after `n_runs` runs of its own; what it says is in `said`."""
        words = ["--scenario", "scenario.txt", "--seed", str(seed), "--runcount-limit", str(n_runs)]
        words += ["--shared-model-mode", "true", "--engine", self.engine]
        words += ["--output-dir", str(self.output.parent)]
        words += ["--restore-scenario", str(self.output / f"state-run{seed}")] if restore else []
        self.n_lives += 1
        with self._said(seed).open("wb") as said:
            process = subprocess.Popen(
                [*self.prefix, *self.folder.command(*words)], cwd=self.folder.path, stdout=said, stderr=said,
                env=self.folder.environment(SEARCH=str(seed)), stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._running.append(process)
        return process

    def restore(self, seed: int, n_runs: int) -> None:
        """Go on to `n_runs` runs, and come to a good end."""
        n_known = len(self.runs(seed))
        assert self.start(seed, n_runs, restore=True).wait(PATIENCE_S) == 0, self.said(seed)
        assert f"Restored {n_known} runs" in self.said(seed)
        assert len(self.own_runs(seed)) == n_runs

    def _said(self, seed: int) -> Path:
        return self.folder.path / f"said-{seed}.txt"

    def said(self, seed: int) -> str:
        """What the last process of the seed has printed."""
        return self._said(seed).read_text()

    def journal(self, seed: int) -> Path:
        return self.output / f"live-rundata-{seed}.json"

    def runs(self, seed: int) -> tuple[RecordedRun, ...]:
        path = self.journal(seed)
        return read_journal(path, self._space).runs if path.exists() else ()

    def own_runs(self, seed: int) -> list[RecordedRun]:
        """Those that were not taken over from a peer."""
        return [run for run in self.runs(seed) if run.reused_from is None]

    def wait_for_runs(self, seed: int, n_more: int) -> None:
        wanted = len(self.own_runs(seed)) + n_more
        wait_for(lambda: len(self.own_runs(seed)) >= wanted, PATIENCE_S)

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def check(self, *seeds: int, unrecorded: int = 0) -> None:
        """No run counts twice, none was made up, and those that finished are on record.

        Each process that ended before its time may have left one run behind that finished a moment before;
        `unrecorded` more are gone from the journals because they were damaged.
        """
        finished = set((self.folder.path / "finished").read_text().split())
        recorded = Counter(run.result.additional for seed in seeds for run in self.own_runs(seed))
        assert max(recorded.values()) == 1, "a call of the target counts as two runs"
        assert set(recorded) <= finished
        assert len(finished) - len(recorded) <= self.n_lives - len(seeds) + unrecorded
        for seed in seeds:
            runs = self.runs(seed)
            proposals = [run.request.origin.proposal for run in runs]
            # Not in order: what another search was running when it was due may come later.
            assert len(set(proposals)) == len(proposals), "a number is given twice"
            assert len({run.request.configuration for run in runs}) == len(runs)
            assert all(run.result.additional.startswith(f"{seed}:") for run in self.own_runs(seed))

    def numbers(self, seed: int) -> list[int]:
        """The ids of the runs in the order of the file."""
        lines = self.journal(seed).read_text().splitlines()[1:]
        return [json.loads(line)["r-rc"]["@rc-id"] for line in lines]


@pytest.fixture
def seeds(folder: ScenarioFolder) -> Iterator[Seeds]:
    searches = Seeds(folder)
    yield searches
    searches.end()
    wait_for(lambda: processes_in(folder.path) == [])


@pytest.mark.parametrize(("victims", "engine"), [((2,), "random"), ((1, 2), "smbo")], ids=["one", "all"])
def test_killed_at_a_random_moment(seeds: Seeds, victims: tuple[int, ...], engine: str) -> None:
    seeds.engine = engine
    processes = {seed: seeds.start(seed, 24) for seed in (1, 2)}
    wait_for(lambda: len(seeds.own_runs(2)) >= 3, PATIENCE_S)
    time.sleep(0.2 * random.Random(len(victims)).random())
    for seed in victims:
        processes[seed].kill()
    codes = {seed: process.wait(PATIENCE_S) for seed, process in processes.items()}
    assert codes == {seed: -signal.SIGKILL if seed in victims else 0 for seed in (1, 2)}
    before = {seed: seeds.runs(seed) for seed in (1, 2)}
    again = {seed: seeds.start(seed, 24, restore=True) for seed in victims}
    for seed, process in again.items():
        assert process.wait(PATIENCE_S) == 0, seeds.said(seed)
        assert f"Restored {len(before[seed])} runs" in seeds.said(seed)
    for seed in (1, 2):
        assert seeds.runs(seed)[: len(before[seed])] == before[seed]
        assert len(seeds.own_runs(seed)) == 24
        assert seeds.numbers(seed) == list(range(2, len(seeds.runs(seed)) + 2))
    seeds.check(1, 2)


def fill(disk: Path) -> Path:
    """Take all the room that is left on the disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


def test_full_disk(seeds: Seeds) -> None:
    with small_disk(seeds.folder.path / "disk", 1024) as disk:
        seeds.output = disk / "work"
        processes = {seed: seeds.start(seed, 40) for seed in (1, 2, 3)}
        wait_for(lambda: all(len(seeds.own_runs(seed)) >= 2 for seed in (1, 2, 3)), PATIENCE_S)
        filler = fill(disk)
        for seed in (1, 2, 3):
            wait_for(lambda: "trying again in 0.5 s" in seeds.said(seed), PATIENCE_S)  # noqa: B023
        processes[2].kill()
        processes[2].wait()
        processes[3].send_signal(signal.SIGINT)
        assert processes[3].wait(PATIENCE_S) == 3
        assert "make room on the disk" in seeds.said(3)
        before = {seed: seeds.runs(seed) for seed in (1, 2, 3)}
        filler.unlink()
        assert processes[1].wait(PATIENCE_S) == 0, "it did not go on once there was room again"
        for seed in (2, 3):
            seeds.restore(seed, len(seeds.own_runs(seed)) + 3)
        for seed in (1, 2, 3):
            assert seeds.runs(seed)[: len(before[seed])] == before[seed]
            assert seeds.numbers(seed) == list(range(2, len(seeds.runs(seed)) + 2))
        assert len(seeds.own_runs(1)) == 40
        seeds.check(1, 2, 3)
        wait_for(lambda: processes_in(seeds.folder.path) == [])


def obeying_permissions(folder: Path) -> tuple[str, ...]:
    """What to put before a command so that it can't write where it may not, also as root."""
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to take that right away")
    probe = folder / "probe"
    probe.mkdir(mode=0o500)
    done = subprocess.run([*prefix, "touch", str(probe / "file")], capture_output=True, text=True)
    if "Permission denied" not in done.stderr:
        pytest.skip(f"root may write everywhere, and setpriv does not help: {done.stderr.strip()}")
    return prefix


def turn(folder: Path, mode: int) -> None:
    for path in (folder, *folder.glob("state-run*")):
        path.chmod(mode)


def test_folder_turned_read_only(seeds: Seeds) -> None:
    seeds.prefix = obeying_permissions(seeds.folder.path)
    survivor, victim = seeds.start(1, 25), seeds.start(2, NEVER)
    wait_for(lambda: all(len(seeds.own_runs(seed)) >= 2 for seed in (1, 2)), PATIENCE_S)
    turn(seeds.output, 0o500)
    try:
        seeds.wait_for_runs(2, 2)  # its journal is open
        victim.kill()
        victim.wait()
        before = {seed: seeds.runs(seed) for seed in (1, 2)}
        assert seeds.start(2, NEVER, restore=True).wait(PATIENCE_S) == 1
        assert "the output folder can't be written" in seeds.said(2)
        assert survivor.wait(PATIENCE_S) == 3  # all runs are there, but the tables are not
        assert "state-run1" in seeds.said(1)
        assert len(seeds.own_runs(1)) == 25
    finally:
        turn(seeds.output, 0o700)
    seeds.restore(1, 27)
    seeds.restore(2, len(seeds.own_runs(2)) + 3)
    for seed in (1, 2):
        assert seeds.runs(seed)[: len(before[seed])] == before[seed]
        assert seeds.numbers(seed) == list(range(2, len(seeds.runs(seed)) + 2))
    seeds.check(1, 2)


def cut_in_half(journal: Path) -> None:
    os.truncate(journal, journal.stat().st_size // 2)


def spoil_the_middle(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[4] = b'\xff{"r-rc": {garbage\n'
    journal.write_bytes(b"".join(lines))


def cut_the_last_line(journal: Path) -> None:
    os.truncate(journal, journal.stat().st_size - 40)


@pytest.mark.parametrize("spoil", [cut_in_half, spoil_the_middle, cut_the_last_line, Path.unlink])
def test_spoilt_journal_of_a_peer(seeds: Seeds, spoil: Callable[[Path], None]) -> None:
    survivor, peer = seeds.start(1, NEVER), seeds.start(2, NEVER)
    wait_for(lambda: len(seeds.own_runs(2)) >= 6, PATIENCE_S)
    peer.kill()
    peer.wait()
    seeds.wait_for_runs(1, 2)  # it has read all of the peer's runs
    before = seeds.own_runs(2)
    spoil(seeds.journal(2))
    seeds.wait_for_runs(1, 2)
    left = seeds.own_runs(2)
    assert len(left) < len(before)
    n_wanted = len(before) + 3  # where the journal holds less than the state folder's tables, these are used
    assert seeds.start(2, n_wanted, restore=True).wait(PATIENCE_S) == 0, seeds.said(2)
    assert "Restored " in seeds.said(2)
    assert len(seeds.own_runs(2)) == n_wanted
    seeds.wait_for_runs(1, 2)
    survivor.send_signal(signal.SIGINT)
    assert survivor.wait(PATIENCE_S) == 130
    assert seeds.own_runs(2)[: len(left)] == left
    seeds.check(1, 2, unrecorded=len(before) - len(left))
    ever = {run.request.configuration for run in (*before, *seeds.own_runs(2))}
    assert f"[live-rundata-2.json=>{len(ever)}]" in seeds.said(1), "a run counts twice, or was missed"
    seeds.restore(1, len(seeds.own_runs(1)) + 2)  # it reads the peer's journal as it is now, from the start
    seeds.check(1, 2, unrecorded=len(before) - len(left))
