"""How good a configuration each optimizer has found after 25, 50, 100, 200 and 500 evaluations.

    python -m benchmarks.efficiency --tasks synthetic lcbench --optimizers bbopt random optuna_tpe \
        --seeds 0-19 --budget 100 --jobs 2

Regret is that of the incumbent, without noise, in units of the median regret of 25 random configurations.
Every cell (task, optimizer, seed, budget) is kept as a file in the folder of results: rerunning computes
what is missing.  `bbopt:field=value` is bbopt with another model setting, `bbopt:slots=4` with four runs at a
time on a simulated clock, and `bbopt#label` keeps results of one state of the code apart from another's.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from benchmarks.comparison import Cell, ResultStore, compute, compute_missing
from benchmarks.comparison.report import report
from benchmarks.comparison.statistics import Comparison, compare
from benchmarks.optimizers import OPTIMIZERS, parse_name
from benchmarks.tasks import GROUPS, choose_tasks, data_folder

__all__ = ["main", "seed_list"]

_RESULTS = Path(__file__).with_name("results")


def seed_list(text: str) -> list[int]:
    """`0-19` or `1,4,7`, or both."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="efficiency", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tasks", nargs="+", default=["synthetic"], help=f"names, or: all, {', '.join(GROUPS)}"
    )
    parser.add_argument("--optimizers", nargs="+", default=["bbopt", "random"], help=", ".join(OPTIMIZERS))
    parser.add_argument("--seeds", type=seed_list, default=seed_list("0-19"), help="such as 0-19 or 1,4,7")
    parser.add_argument("--budget", type=int, default=100, help="evaluations of each search")
    parser.add_argument("--jobs", type=int, default=1, help="searches at a time")
    parser.add_argument("--max-seconds", type=float, help="after which a search is cut off")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder of results")
    parser.add_argument("--data", type=Path, help="folder of the YAHPO networks")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument(
        "--common", action="store_true", help="report on what all optimizers have results for"
    )
    parser.add_argument("--report-only", action="store_true", help="compute nothing")
    return parser.parse_args(words)


def _compared(cells: list[Cell], store: ResultStore, *, only_common: bool) -> Comparison:
    found = compare(result for result in map(store.load, cells) if result is not None)
    return found.only_common() if only_common else found


def main(words: list[str] | None = None) -> int:
    """Compute, print, and return the exit code: 1 when a search failed, 2 for bad arguments."""
    given = _arguments(words)
    data = data_folder(given.data)
    try:
        choice = choose_tasks(given.tasks, data)
        for name in given.optimizers:
            parse_name(name)
    except ValueError as error:
        print(f"efficiency: {error}", file=sys.stderr)
        return 2
    if choice.left_out:
        print(f"left out, because their data is not there: {', '.join(choice.left_out)}", file=sys.stderr)
    store = ResultStore(given.results)
    cells = [
        Cell(task, optimizer, seed, given.budget)
        for optimizer in given.optimizers
        for seed in given.seeds  # so that an interrupted grid has all tasks
        for task in choice.names
    ]
    computed = partial(compute, data=data, max_seconds=given.max_seconds)
    is_complete = given.report_only or compute_missing(cells, store, computed, n_jobs=given.jobs)
    comparison = _compared(cells, store, only_common=given.common)
    print(report(comparison))
    if given.json is not None:
        given.json.write_text(json.dumps(comparison.as_dict(), indent=1) + "\n")
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
