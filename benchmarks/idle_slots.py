"""How much of the slots' time is idle: `bbopt --cores N` on a sleeping target, beside `xargs -P N`.

    python benchmarks/idle_slots.py --cores 1 2 4 --runs 60 --seconds 1

The target notes when it starts and ends.  Idle is what is missing from N times the time between the first
start and the last start of a run: the end of a search, where slots run out of work, is left out.  xargs
starts the same program with no thought at all, so its share is what the machine itself takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = """#!/bin/sh
# A run of {seconds} s, give or take {spread} of it by chance.
duration=$(awk -v s=$$ 'BEGIN {{ srand(s); print {seconds} * (1 + {spread} * (2 * rand() - 1)) }}')
begin=$(date +%s.%N)
sleep "$duration"
echo "$begin $(date +%s.%N)" >> times.txt
shift 5
awk -v x="$2" -v y="$4" 'BEGIN {{
  q = (x - 0.3) ^ 2 + (y - 0.6) ^ 2
  printf "Result of this algorithm run: SAT, 0, 0, %.9f, -1\\n", q
}}'
"""
PCS = "x real [0, 1] [0.9]\ny real [0, 1] [0.9]\n"
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
"""


def folder(path: Path, seconds: float, spread: float) -> Path:
    """A scenario in a new folder."""
    path.mkdir()
    target = path / "target.sh"
    target.write_text(TARGET.format(seconds=seconds, spread=spread))
    target.chmod(0o755)
    (path / "params.pcs").write_text(PCS)
    (path / "scenario.txt").write_text(SCENARIO)
    return path


def idle_share(times: Path, n_slots: int) -> float:
    """The share of the slots' time without a run, from the first run's start to the last one's."""
    runs = sorted(tuple(map(float, line.split())) for line in times.read_text().splitlines())
    first, last = runs[0][0], runs[-1][0]
    busy = sum(min(end, last) - begin for begin, end in runs)
    return 1 - busy / (n_slots * (last - first))


def with_bbopt(path: Path, n_slots: int, n_runs: int) -> float:
    """The idle share of a search."""
    words = ["--scenario", "scenario.txt", "--seed", "1", "--cores", n_slots, "--runcount-limit", n_runs]
    command = [sys.executable, "-m", "bbopt", *map(str, words)]
    subprocess.run(command, cwd=path, stdout=subprocess.DEVNULL, check=True)
    return idle_share(path / "times.txt", n_slots)


def with_xargs(path: Path, n_slots: int, n_runs: int) -> float:
    """The idle share of the same target, started by xargs."""
    call = ["./target.sh", "-", "-", "0", "0", "{}", "-x", "0.5", "-y", "0.5"]
    command = ["xargs", "-P", str(n_slots), "-I", "{}", *call]
    numbers = "\n".join(map(str, range(n_runs)))
    subprocess.run(command, cwd=path, input=numbers, text=True, stdout=subprocess.DEVNULL, check=True)
    return idle_share(path / "times.txt", n_slots)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--spread", type=float, default=0.3)
    given = parser.parse_args()
    print("| slots | idle, bbopt | idle, xargs |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for n_slots in given.cores:
            shares = []
            for number, measure in enumerate((with_bbopt, with_xargs)):
                path = folder(Path(temporary) / f"{n_slots}-{number}", given.seconds, given.spread)
                shares.append(measure(path, n_slots, given.runs))
            print(f"| {n_slots} | {shares[0]:.1%} | {shares[1]:.1%} |", flush=True)


if __name__ == "__main__":
    main()
