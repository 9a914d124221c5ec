"""What checkpoints add to a run, in milliseconds of CPU time.

    python -m benchmarks.checkpoints --runs 300 --repeats 3

The program is that of `benchmarks.spawn`; a shell script around it writes a file as its checkpoint.
Of the whole command, with random search in one slot, all CPU time is counted, medians of repeats that take
turns; what is brought to the disk is waited for besides.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bbopt
from benchmarks.comparison.tables import table
from benchmarks.spawn import make_folder

__all__ = ["main"]

WRITES = """#!/bin/sh
head -c {n_bytes} /dev/zero > "${{BBOPT_CHECKPOINT_OUT:-$TMPDIR}}/state"
exec ./target "$@"
"""
OFF, ON = ["--checkpoints", "false"], ["--checkpoints", "true", "--keep-checkpoints", "all"]
SHARED = ["--shared-model-mode", "true"]


def seconds(folder: Path, n_runs: int, words: list[str]) -> float:
    """The CPU time of a search with all its processes."""
    shutil.rmtree(folder / "bbopt-output", ignore_errors=True)
    words = ["--scenario", "scenario.txt", "--seed", "1", "--engine", "random", *words]
    begin = os.times()
    subprocess.run(
        [sys.executable, "-m", "bbopt", *words, "--runcount-limit", str(n_runs), "--validation", "false"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(bbopt.__file__).parents[1]), "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    end = os.times()
    return sum(end[2:4]) - sum(begin[2:4])


def cases(folder: Path) -> dict[str, tuple[list[str], list[str]]]:
    """The words without and with checkpoints."""
    found = {"ignores them": (OFF, ON), "ignores them, seeds share": (OFF + SHARED, ON + SHARED)}
    for name, n_bytes in (("leaves 1 kB", 1000), ("leaves 10 MB", 10_000_000)):
        script = folder / f"write-{n_bytes}"
        script.write_text(WRITES.format(n_bytes=n_bytes))
        script.chmod(0o755)
        program = ["--algo", f"./{script.name}"]
        found[name] = (OFF + program, ON + program)
    return found


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="checkpoints", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args(words)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_folder(folder, compiler=shutil.which("cc"))
        for name, (off, on) in cases(folder).items():
            pairs = [
                [seconds(folder, given.runs, words) for words in (off, on)] for _ in range(given.repeats)
            ]
            without, with_them = (
                1000 * statistics.median(times) / given.runs for times in zip(*pairs, strict=True)
            )
            difference = statistics.median(1000 * (b - a) / given.runs for a, b in pairs)
            rows.append([name, f"{without:.2f}", f"{with_them:.2f}", f"{difference:.2f}"])
    print(table(["the program", "ms a run without", "with", "more"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
