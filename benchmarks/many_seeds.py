"""Many seeds of short runs in one folder, killed again and again: is anything lost or counted twice?

    python benchmarks/many_seeds.py --seeds 16 --seconds 300
    python benchmarks/many_seeds.py --seeds 8 --seconds 300 --instances 20

Seeds are killed (SIGKILL) at random moments, now and then all at once, and go on with --restore-scenario.
The target writes the name of each call into a log of its own before it answers, and the answer holds the
name.  So each run on record is held against what was executed, and against what stood in the journals before
each kill.  The exit code is 1 when a promise is broken; that two seeds execute the same configuration is
none: it costs a run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space, read_pcs
from bbopt.stores import RecordedRun, store_in

TAG = "BBOPT_MANY_SEEDS"
TARGET = """#!/bin/sh
read -r call < /proc/sys/kernel/random/uuid
instance=$1
sleep {seconds}
shift 5
quality=$(awk -v x="$2" -v y="$4" -v i="${{instance#i}}" 'BEGIN {{
  pi = 3.14159265358979
  q = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6
  printf "%.9f", q * q + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10 + i * (x - 1) ^ 2 / 10
}}')
echo "$call" >> calls.txt
echo "Result of this algorithm run: SAT, 0, 0, $quality, -1, $call"
"""
PCS = "x real [-5, 10] [0]\ny real [0, 15] [0]\n"
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
run-obj = QUALITY
deterministic = true
shared-model-mode = true
output-dir = out
rungroup = shared
"""
PATIENCE_S = 120.0


def folder(path: Path, run_s: float, n_instances: int) -> Path:
    """A scenario in the folder, a black box if without instances; its output folder."""
    target = path / "target.sh"
    target.write_text(TARGET.format(seconds=run_s))
    target.chmod(0o755)
    (path / "params.pcs").write_text(PCS)
    (path / "instances.txt").write_text("".join(f"i{number}\n" for number in range(n_instances)))
    source = "instances = instances.txt\n" if n_instances else "use-instances = false\n"
    (path / "scenario.txt").write_text(SCENARIO + source)
    (path / "calls.txt").touch()
    return path / "out" / "shared"


@dataclass
class Searches:
    """The processes, and what has happened to them."""

    path: Path
    output: Path
    arguments: list[str]
    tag: str = field(default_factory=lambda: uuid.uuid4().hex)
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    n_kills: int = 0
    n_restored: int = 0
    failures: list[str] = field(default_factory=list)

    def start(self, seed: int) -> None:
        """Begin, or go on with, the search of a seed."""
        state = self.output / f"state-run{seed}"
        is_known = state.exists() and OutputFolder(self.output).file(SeedFile.RECORD, seed).exists()
        words = ["--scenario", "scenario.txt", "--seed", str(seed), *self.arguments]
        words += ["--restore-scenario", str(state)] if is_known else []
        self.n_restored += is_known
        with (self.path / f"stderr-{seed}.txt").open("wb") as errors:
            self.running[seed] = subprocess.Popen(
                [sys.executable, "-m", "bbopt", *words],
                cwd=self.path,
                env={**os.environ, TAG: self.tag},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def end(self, seeds: list[int], number: signal.Signals, expected: int) -> None:
        """Send all of them a signal, then wait for each; another exit code than expected is a failure."""
        for seed in seeds:
            self.running[seed].send_signal(number)
        for seed in seeds:
            code = self.running.pop(seed).wait(PATIENCE_S)
            if code != expected:
                text = (self.path / f"stderr-{seed}.txt").read_text().strip()
                self.failures.append(f"seed {seed} ended with {code} instead of {expected}: {text}")

    def kill(self, seeds: list[int]) -> None:
        """Kill them, then start them again."""
        self.end(seeds, signal.SIGKILL, -signal.SIGKILL)
        self.n_kills += len(seeds)
        for seed in seeds:
            self.start(seed)

    def processes(self) -> list[int]:
        """All processes that stem from here: searches, supervisors, targets."""
        wanted = f"{TAG}={self.tag}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


@dataclass
class Snapshots:
    """The whole lines that each journal was seen with; what vanishes between two looks is `lost`."""

    output: Path
    seen: dict[int, list[bytes]] = field(default_factory=dict)
    lost: int = 0

    def look(self, seeds: range) -> None:
        """Compare each journal with what it held before."""
        for seed in seeds:
            path = OutputFolder(self.output).file(SeedFile.RECORD, seed)
            lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
            before = self.seen.get(seed, [])
            if lines[: len(before)] != before:
                self.lost += max(1, len(set(before) - set(lines)))
            self.seen[seed] = lines


def disturb(searches: Searches, snapshots: Snapshots, given: argparse.Namespace) -> float:
    """Run, kill and restart for the given time, then stop; the seconds from first start to the stop."""
    seeds, rng = range(1, given.seeds + 1), random.Random(given.random_seed)
    begin = time.monotonic()
    for seed in seeds:
        searches.start(seed)
    while True:
        left_s = begin + given.seconds - time.monotonic()
        pause_s = rng.expovariate(1 / given.kill_every)
        time.sleep(max(0.0, min(pause_s, left_s)))
        snapshots.look(seeds)
        if pause_s >= left_s:
            break
        n_victims = given.seeds if rng.random() < given.share_of_all else rng.randint(1, min(3, given.seeds))
        searches.kill(rng.sample(seeds, n_victims))
    elapsed_s = time.monotonic() - begin
    searches.end(list(seeds), signal.SIGINT, 128 + signal.SIGINT)
    snapshots.look(seeds)
    return elapsed_s


def broken_ids(path: Path) -> int:
    """In how many places the ids of a journal's runs, line by line, do not go up by one."""
    lines = path.read_text().splitlines()[1:]
    ids = [json.loads(line)["r-rc"]["@rc-id"] for line in lines]
    return sum(number != 2 + place for place, number in enumerate(ids))


@dataclass
class Count:
    """What is on record in the end."""

    seeds_of: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    n_runs: int = 0
    n_reused: int = 0
    n_again: int = 0
    n_unreadable: int = 0
    n_broken_ids: int = 0

    def add(self, path: Path, seed: int, space: Space) -> None:
        """Take the journal of one seed into account; it may have been killed before it had one."""
        record = store_in(path.parent).runs(seed, space)
        if record is None:
            return
        self.n_unreadable += record.n_unreadable
        self.n_broken_ids += broken_ids(path)
        own: set[tuple[str, str]] = set()
        for run in record.runs:
            self._add_run(run, seed, own)

    def _add_run(self, run: RecordedRun, seed: int, own: set[tuple[str, str]]) -> None:
        key = run.request.configuration.call_text(), run.request.instance.name
        self.n_again += key in own
        own.add(key)
        self.n_runs += 1
        if run.reused_from is not None:
            self.n_reused += 1
            return
        self.calls[run.result.additional] += 1
        self.seeds_of.setdefault(key, set()).add(seed)


def verdict(searches: Searches, snapshots: Snapshots, seeds: range, elapsed_s: float) -> bool:
    """Print the table; whether all promises were kept."""
    count, space = Count(), read_pcs(searches.path / "params.pcs")
    for seed in seeds:
        count.add(OutputFolder(searches.output).file(SeedFile.RECORD, seed), seed, space)
    executed = set((searches.path / "calls.txt").read_text().split())
    deadline_s = time.monotonic() + 10
    while searches.processes() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    twice = sum(n - 1 for n in count.calls.values()) + count.n_again
    unrecorded = len(executed - set(count.calls))
    promised_zero = {
        "runs lost that were on record": snapshots.lost,
        "runs counted twice": twice,
        "runs on record that were never executed": len(set(count.calls) - executed),
        "runs finished but not on record, beyond one a kill": max(
            0, unrecorded - searches.n_kills - len(seeds)
        ),
        "stretches of journals that can't be read": count.n_unreadable,
        "ids out of their order": count.n_broken_ids,
        "searches that ended in another way than they should": len(searches.failures),
        "processes left behind": len(searches.processes()),
    }
    facts = {
        "seeds": len(seeds),
        "runs executed and on record": sum(count.calls.values()),
        "runs a second": f"{sum(count.calls.values()) / elapsed_s:.1f}",
        "runs taken over from another seed": count.n_reused,
        "kills": searches.n_kills,
        "restarts that went on with a record": searches.n_restored,
        "runs under way that a kill cost": unrecorded,
        "runs that two seeds made": sum(len(seeds) > 1 for seeds in count.seeds_of.values()),
        "the fewest runs that a seed has on record": min(map(len, snapshots.seen.values())) - 1,
    }
    print("| | |\n|---|---|")
    for name, value in {**facts, **promised_zero}.items():
        print(f"| {name} | {value} |")
    for failure in searches.failures:
        print(failure, file=sys.stderr)
    return not any(promised_zero.values())


def main() -> None:
    """Print a table; exit with 1 when a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long it goes on")
    parser.add_argument("--run-seconds", type=float, default=0.02, help="how long a run sleeps")
    parser.add_argument(
        "--kill-every", type=float, default=4.0, help="mean seconds between kills of 1 to 3 seeds"
    )
    parser.add_argument(
        "--share-of-all", type=float, default=0.03, help="share of the kills that hit all seeds"
    )
    parser.add_argument("--random-seed", type=int, default=1, help="of the moments and the victims")
    parser.add_argument("--engine", default="smbo")
    parser.add_argument("--instances", type=int, default=0, help="how many; 0 for a black box")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary)
        words = ["--engine", given.engine, "--validation", "false"]
        searches = Searches(path, folder(path, given.run_seconds, given.instances), words)
        snapshots = Snapshots(searches.output)
        try:
            elapsed_s = disturb(searches, snapshots, given)
            is_kept = verdict(searches, snapshots, range(1, given.seeds + 1), elapsed_s)
        finally:
            for process in searches.running.values():
                process.kill()
                process.wait()
    sys.exit(not is_kept)


if __name__ == "__main__":
    main()
