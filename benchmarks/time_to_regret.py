"""Time until Branin's minimum is found to within a regret: sharing seeds, slots, independent seeds.

    python benchmarks/time_to_regret.py --counts 2 4 --repeats 5 --seconds 0.5 --regret 0.01

One search alone is the measure: the table shows how many times faster the others are, by their medians.
The target sleeps, so that searches do not compete for processors.  A search that has not come that close
after `--limit` seconds counts with that time.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MINIMUM = 0.397887
TARGET = """#!/bin/sh
shift 5
sleep {seconds}
quality=$(awk -v x="$2" -v y="$4" 'BEGIN {{
  pi = 3.14159265358979
  q = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6
  printf "%.9f", q * q + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10
}}')
echo "$quality" >> qualities.txt
echo "Result of this algorithm run: SAT, 0, 0, $quality, -1"
"""
PCS = "x real [-5, 10] [0]\ny real [0, 15] [0]\n"
SCENARIO = """algo = ./target.sh
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
"""


def commands(mode: str, count: int, first_seed: int) -> list[list[str]]:
    """The arguments of each process to start."""
    seeds = range(first_seed, first_seed + count)
    if mode == "sharing":
        return [["--seeds", f"{seeds[0]}-{seeds[-1]}"]]
    if mode == "cores":
        return [["--seed", str(first_seed), "--cores", str(count)]]
    return [["--seed", str(seed)] for seed in seeds]


@contextmanager
def searching(path: Path, argument_lists: list[list[str]]) -> Iterator[None]:
    """Searches in the background; interrupted at the end."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bbopt", "--scenario", "scenario.txt", *arguments],
            cwd=path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for arguments in argument_lists
    ]
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait()


def time_to_regret(mode: str, count: int, first_seed: int, given: argparse.Namespace) -> float:
    """Seconds from the start of the processes."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary)
        target, qualities = path / "target.sh", path / "qualities.txt"
        target.write_text(TARGET.format(seconds=given.seconds))
        target.chmod(0o755)
        (path / "params.pcs").write_text(PCS)
        (path / "scenario.txt").write_text(SCENARIO)
        qualities.touch()
        begin = time.monotonic()
        with searching(path, commands(mode, count, first_seed)):
            while time.monotonic() - begin < given.limit:
                time.sleep(0.02)
                found = [float(word) for word in qualities.read_text().split("\n")[:-1]]
                if found and min(found) - MINIMUM <= given.regret:
                    return time.monotonic() - begin
    return float(given.limit)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--regret", type=float, default=0.01)
    parser.add_argument("--limit", type=float, default=90.0)
    given = parser.parse_args()
    kinds = [("independent", 1)]
    kinds += [(mode, count) for count in given.counts for mode in ("independent", "sharing", "cores")]
    print("| search | median s | times as fast |\n|---|---|---|")
    alone = 0.0
    for mode, count in kinds:
        median = statistics.median(
            time_to_regret(mode, count, 1 + 100 * repeat, given) for repeat in range(given.repeats)
        )
        alone = alone or median
        print(f"| {mode} {count} | {median:.1f} | {alone / median:.1f} |", flush=True)


if __name__ == "__main__":
    main()
