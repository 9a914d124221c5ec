"""Searches of `scenarios/convnet_lfw`, 238 conditional parameters, by the engines that are compared.

    python -m benchmarks.convnet DIR --scenario digits --engines smbo tpe random --seeds 1 2 --runs 200

Each search is the whole command with `--cores` slots, and leaves its output in DIR/ENGINE.  Those that are
there already are not made again, and interrupted ones go on.  The table has the mean over the seeds of the
smallest error after so many runs (1 where none worked), the median error of the last quarter of the runs, and
how many of all runs left no features.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from bbopt.runs import RunStatus
from bbopt.space import read_pcs
from bbopt.stores import store_in
from benchmarks.comparison.tables import figure, table

__all__ = ["main", "summary"]

FOLDER = Path(__file__).resolve().parents[1] / "scenarios" / "convnet_lfw"
_WORST = 1.0


def errors_of(folder: Path, seed: int) -> list[float | None]:
    """What the runs on record found, in their order; None for those that did not work."""
    record = store_in(folder).runs(seed, read_pcs(FOLDER / "params.pcs"))
    runs = record.runs if record else ()
    return [run.result.quality if run.result.status is RunStatus.SAT else None for run in runs]


def search(engine: str, seed: int, given: argparse.Namespace) -> list[float | None]:
    """Make the search, or what is missing of it."""
    words = ["--scenario", FOLDER / f"{given.scenario}.txt", "--engine", engine, "--seed", seed]
    words += ["--runcount-limit", given.runs, "--cores", given.cores, "--resume", "auto"]
    words += ["--output-dir", given.folder / engine, "--validation", "false", *given.more]
    found = errors_of(given.folder / engine / given.scenario, seed)
    if len(found) < given.runs:
        command = [sys.executable, "-m", "bbopt", *map(str, words)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        found = errors_of(given.folder / engine / given.scenario, seed)
    return found[: given.runs]


def summary(searches: list[list[float | None]], after: list[int]) -> list[str]:
    """The cells of an engine's row."""
    cells = []
    for n in after:
        best = [min((e for e in errors[:n] if e is not None), default=_WORST) for errors in searches]
        cells.append(figure(statistics.mean(best)))
    late = [e for errors in searches for e in errors[-len(errors) // 4 :] if e is not None]
    cells.append(figure(statistics.median(late or [_WORST])))
    runs = [error for errors in searches for error in errors]
    return [*cells, f"{runs.count(None)} of {len(runs)}"]


def main(words: list[str] | None = None) -> int:
    """Search and print the table."""
    parser = argparse.ArgumentParser(
        prog="convnet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the searches are kept")
    parser.add_argument("--scenario", default="scenario", choices=("scenario", "digits", "first_look"))
    parser.add_argument("--engines", nargs="+", default=["smbo", "tpe", "random"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--more", nargs=argparse.REMAINDER, default=[], help="further options of bbopt")
    given = parser.parse_args(words)
    after = [n for n in (25, 50, 100, 200, 400) if n <= given.runs]
    rows = []
    for engine in given.engines:
        searches = [search(engine, seed, given) for seed in given.seeds]
        rows.append([engine, *summary(searches, after)])
    heading = ["smallest error after", *map(str, after), "median of the last quarter", "left nothing"]
    print(table(heading, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
