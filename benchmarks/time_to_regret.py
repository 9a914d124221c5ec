"""Time until a function's minimum is found to within a regret: sharing seeds, slots, independent seeds.

    python benchmarks/time_to_regret.py --function hartmann6 --counts 2 4 8 --repeats 5 --regret 0.05

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
from dataclasses import dataclass
from pathlib import Path

TARGET = """#!/bin/sh
shift 5
sleep {seconds}
quality=$(awk -v a="$2" -v b="$4" -v c="$6" -v d="$8" -v e="${{10}}" -v f="${{12}}" 'BEGIN {{
{program}
  printf "%.9f", q
}}')
echo "$quality" >> qualities.txt
echo "Result of this algorithm run: SAT, 0, 0, $quality, -1"
"""
BRANIN = """  pi = 3.14159265358979
  q = b - 5.1 / (4 * pi * pi) * a * a + 5 / pi * a - 6
  q = q * q + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10"""
HARTMANN6 = """  x[1] = a; x[2] = b; x[3] = c; x[4] = d; x[5] = e; x[6] = f
  split("1.0 1.2 3.0 3.2", weight, " ")
  split("10 3 17 3.5 1.7 8 0.05 10 17 0.1 8 14 3 3.5 1.7 10 17 8 17 8 0.05 10 0.1 14", A, " ")
  split("1312 1696 5569 124 8283 5886 2329 4135 8307 3736 1004 9991 2348 1451 3522 2883 3047 6650 " \
        "4047 8828 8732 5743 1091 381", P, " ")
  for (i = 1; i <= 4; i++) {
    s = 0
    for (j = 1; j <= 6; j++) { k = 6 * (i - 1) + j; s += A[k] * (x[j] - P[k] / 10000) ^ 2 }
    q -= weight[i] * exp(-s)
  }"""


@dataclass(frozen=True, slots=True)
class Function:
    """A function to minimise: its awk program sets q from a, b, ..., which `pcs` names in this order."""

    program: str
    pcs: str
    minimum: float


FUNCTIONS = {
    "branin": Function(BRANIN, "x real [-5, 10] [0]\ny real [0, 15] [0]\n", 0.397887),
    "hartmann6": Function(HARTMANN6, "".join(f"x{i} real [0, 1] [0.5]\n" for i in range(1, 7)), -3.322368),
}
SCENARIO = """algo = ./{target}
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
        # Searches that share take their design from what the scenario says: repeats must differ in that.
        target, qualities = path / f"target{first_seed}.sh", path / "qualities.txt"
        function = FUNCTIONS[given.function]
        target.write_text(TARGET.format(seconds=given.seconds, program=function.program))
        target.chmod(0o755)
        (path / "params.pcs").write_text(function.pcs)
        (path / "scenario.txt").write_text(SCENARIO.format(target=target.name))
        qualities.touch()
        begin = time.monotonic()
        with searching(path, commands(mode, count, first_seed)):
            while time.monotonic() - begin < given.limit:
                time.sleep(0.02)
                found = [float(word) for word in qualities.read_text().split("\n")[:-1]]
                if found and min(found) - function.minimum <= given.regret:
                    return time.monotonic() - begin
    return float(given.limit)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--function", choices=FUNCTIONS, default="branin")
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
