"""Target runs per second of the whole command, beside a bare loop that starts the same program.

    python -m benchmarks.spawn --runs 1000 --repeats 3

The target prints a result line and nothing else: compiled where there is a C compiler, else a shell script.
The bare loop calls posix_spawn and waits, with as many runs at a time as there are slots; it reads nothing.
The command's time is all of it, from the interpreter's start to its end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bbopt
from benchmarks.comparison.tables import table

__all__ = ["bare_loop", "main", "make_folder"]

C_TARGET = r"""
#include <stdio.h>
int main(int count, char **words) {
    return printf("Result of this algorithm run: SAT, 0, 0, %s, -1\n", words[count - 1]) < 0;
}
"""
SH_TARGET = """#!/bin/sh
shift $(($# - 1))
echo "Result of this algorithm run: SAT, 0, 0, $1, -1"
"""
PCS = "w real [0, 1] [0.5]\nx real [0, 1] [0.5]\ny real [0, 1] [0.5]\nz real [0, 1] [0.5]\n"
SCENARIO = """algo = ./target
pcs-file = params.pcs
use-instances = false
run-obj = QUALITY
deterministic = true
"""
CALL = ["./target", "no_instance", "0", "1e9", "2147483647", "-1"]
CALL += ["-w", "0.5", "-x", "0.5", "-y", "0.5", "-z", "0.5"]

Measure = Callable[[Path, int, int], float]
"""Seconds for a number of runs in a number of slots, in a folder of `make_folder`."""


def make_folder(path: Path, *, compiler: str | None) -> None:
    """A scenario in a folder that is there: the quality is the last parameter."""
    target = path / "target"
    if compiler is None:
        target.write_text(SH_TARGET)
        target.chmod(0o755)
    else:
        source = path / "target.c"
        source.write_text(C_TARGET)
        subprocess.run([compiler, "-O1", "-o", str(target), str(source)], check=True)
    (path / "params.pcs").write_text(PCS)
    (path / "scenario.txt").write_text(SCENARIO)


def bare_loop(path: Path, n_slots: int, n_runs: int) -> float:
    """Seconds for all runs, started one after the other as slots become free.

    This process must have no other children.
    """
    program = str(path / "target")
    silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    for number in range(n_runs):
        if number >= n_slots:
            os.wait()
        os.posix_spawn(program, CALL, os.environ, file_actions=silence)
    for _ in range(min(n_slots, n_runs)):
        os.wait()
    return time.perf_counter() - begin


def command(engine: str) -> Measure:
    """What measures the seconds of a search with this engine."""

    def measure(path: Path, n_slots: int, n_runs: int) -> float:
        words = ["--scenario", "scenario.txt", "--seed", "1", "--engine", engine]
        words += ["--cores", str(n_slots), "--runcount-limit", str(n_runs)]
        shutil.rmtree(path / "bbopt-output", ignore_errors=True)
        environment = {**os.environ, "PYTHONPATH": str(Path(bbopt.__file__).parents[1])}
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bbopt", *words],
            cwd=path,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - begin

    return measure


def rates(path: Path, n_slots: int, given: argparse.Namespace) -> dict[str, float]:
    """Runs per second of each, medians of repeats that take turns."""
    measures: dict[str, Measure] = {"posix_spawn and wait": bare_loop}
    measures |= {f"bbopt --engine {engine}": command(engine) for engine in given.engines}
    seconds: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(given.repeats):
        for name, measure in measures.items():
            seconds[name].append(measure(path, n_slots, given.runs))
    return {name: given.runs / statistics.median(found) for name, found in seconds.items()}


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="spawn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--engines", nargs="+", default=["random", "smbo"])
    parser.add_argument("--target", choices=["c", "sh"], help="default: c where there is a compiler")
    given = parser.parse_args(words)
    compiler = None if given.target == "sh" else shutil.which("cc")
    if given.target == "c" and compiler is None:
        print("spawn: there is no cc", file=sys.stderr)
        return 2
    kind = "shell script" if compiler is None else "C program"
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        make_folder(Path(temporary), compiler=compiler)
        for n_slots in given.cores:
            found = rates(Path(temporary), n_slots, given)
            bare = found["posix_spawn and wait"]
            for name, rate in found.items():
                rows.append([name, str(n_slots), f"{rate:.0f}", f"{rate / bare:.2f}"])
    print(table([f"{kind}, {given.runs} runs", "slots", "runs per second", "of the bare loop"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
