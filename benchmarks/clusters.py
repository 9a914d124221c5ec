"""One search with fast runs on slots of this machine, on a local Dask cluster, and on SLURM.

    python benchmarks/clusters.py --runs 100 --slots 2

SLURM is measured where SLURM_CONF names one (`.ci/slurm start DIR` sets one up); each worker is a job with
one core then.  The target notes when it is started; runs a second are those between the first run's start
and the last one's.  The exit code is 1 when a journal does not hold as many runs as were asked for, or not
the same configurations in the initial design as the first one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bbopt.space import Configuration, read_pcs
from bbopt.stores import store_in

TARGET = """#!/bin/sh
date +%s.%N >> starts.txt
sleep {seconds}
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
output-dir = out
rungroup = search
"""
DESIGN = {"default", "initial design"}


@dataclass(frozen=True, slots=True)
class Measured:
    """A search: seconds until its first run starts, and in all; what its journal holds."""

    first_s: float
    total_s: float
    runs_per_s: float
    n_runs: int
    design: frozenset[Configuration]


def ways(n_slots: int) -> dict[str, list[str]]:
    """The arguments of each way to execute runs `n_slots` at a time."""
    words = {
        "slots": ["--cores", str(n_slots)],
        "cluster local": ["--cluster", "local", "--workers", str(n_slots)],
    }
    if os.environ.get("SLURM_CONF"):
        root = Path(__file__).resolve().parents[1]
        options = {
            "job_cpu": "1",
            # The workers find this checkout without its being installed.
            "job_script_prologue": f"export PYTHONPATH={os.environ.get('PYTHONPATH', root)}",
        }
        words["cluster slurm"] = ["--cluster", "slurm", "--workers", str(n_slots), "--worker-memory", "200MB"]
        words["cluster slurm"] += ["--worker-walltime", "00:10:00"]
        for name, value in options.items():
            words["cluster slurm"] += ["--cluster-option", f"{name}={value}"]
    return words


def search(path: Path, words: list[str], given: argparse.Namespace) -> Measured:
    """Run it in the new folder `path`."""
    path.mkdir()
    target = path / "target.sh"
    target.write_text(TARGET.format(seconds=given.seconds))
    target.chmod(0o755)
    (path / "params.pcs").write_text(PCS)
    (path / "scenario.txt").write_text(SCENARIO)
    command = [sys.executable, "-m", "bbopt", "--scenario", "scenario.txt", "--seed", str(given.seed)]
    command += ["--runcount-limit", str(given.runs), *words]
    begin = time.time()
    done = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
    total_s = time.time() - begin
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    starts = sorted(float(line) for line in (path / "starts.txt").read_text().splitlines())
    record = store_in(path / "out" / "search").runs(given.seed, given.space)
    runs = record.runs if record else ()
    return Measured(
        starts[0] - begin,
        total_s,
        (len(starts) - 1) / (starts[-1] - starts[0]),
        len(runs),
        frozenset(run.request.configuration for run in runs if run.request.origin.kind in DESIGN),
    )


def main() -> None:
    """Print a table; exit with 1 when the searches are not the same."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.0, help="how long a run sleeps")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    measured = []
    print("| runs on | until the first run | in all | runs a second | on record | initial design |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        pcs = Path(temporary) / "params.pcs"
        pcs.write_text(PCS)
        given.space = read_pcs(pcs)
        for name, words in ways(given.slots).items():
            one = search(Path(temporary) / name.replace(" ", "-"), words, given)
            measured.append(one)
            cells = (
                f"{name} ({given.slots})",
                f"{one.first_s:.2f} s",
                f"{one.total_s:.1f} s",
                f"{one.runs_per_s:.1f}",
                str(one.n_runs),
                f"{len(one.design)}, {'the same' if one.design == measured[0].design else 'others'}",
            )
            print(f"| {' | '.join(cells)} |", flush=True)
    same = {one.design for one in measured} == {measured[0].design}
    sys.exit(not same or any(one.n_runs != given.runs for one in measured))


if __name__ == "__main__":
    main()
