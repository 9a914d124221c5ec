"""How good a configuration each method has found when its runs have cost as much as 5, 10, 25, 50 in full.

    python -m benchmarks.budgets --tasks lcbench --methods hyperband:smbo hyperband:random full dehb \
        --seeds 0-3 --jobs 2
    python -m benchmarks.budgets --tasks lcbench --kinds reversed noisy --methods full asha
    python -m benchmarks.budgets --tasks hartmann --methods hyperband dehb --runs 60 120 180 240 300

Runs may be short: epochs of LCBench, shares of the training set of rpart, budgets of MFHartmann.  Kinds other
than plain show curves that mislead.  Regret is the true one in full of the configuration with the largest
budget, and of those the one that showed the lowest loss; in units of the median regret of 25 random
configurations.  Every search is kept as a file in the folder of results: rerunning computes what is missing.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks.budgeted.catalog import GROUPS, make_budgeted
from benchmarks.budgeted.cells import BudgetedCell, compute
from benchmarks.budgeted.kinds import KINDS
from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods import METHODS, check_name
from benchmarks.budgeted.report import after_runs_table, regret_table, task_table
from benchmarks.budgeted.store import BudgetedStore
from benchmarks.comparison import compute_missing
from benchmarks.efficiency import seed_list
from benchmarks.tasks import choose_tasks, data_folder

__all__ = ["main"]

_RESULTS = Path(__file__).parent / "results" / "budgets"


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="budgets", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [
        f"{base}[:{'|'.join(variants)}]" if variants else base for base, (_, variants) in METHODS.items()
    ]
    parser.add_argument(
        "--tasks", nargs="+", default=["lcbench"], help=f"names, or: all, {', '.join(GROUPS)}"
    )
    parser.add_argument("--kinds", nargs="+", default=["plain"], choices=KINDS, help="what curves look like")
    parser.add_argument("--methods", nargs="+", default=["full"], help=", ".join(names))
    parser.add_argument(
        "--pricing", default="checkpoints", choices=[one.value for one in Pricing], help="what a run costs"
    )
    parser.add_argument("--seeds", type=seed_list, default=seed_list("0-3"), help="such as 0-19 or 1,4,7")
    parser.add_argument("--work", nargs="+", type=float, default=[5, 10, 25, 50], help="in runs in full")
    parser.add_argument("--runs", nargs="+", type=int, default=[], help="losses after so many runs, too")
    parser.add_argument("--jobs", type=int, default=1, help="searches at a time")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder of results")
    parser.add_argument("--data", type=Path, help="folder of the YAHPO networks")
    parser.add_argument("--report-only", action="store_true", help="compute nothing")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Compute, print, and return the exit code: 1 when a search failed, 2 for bad arguments."""
    given = _arguments(words)
    data = data_folder(given.data)
    try:
        choice = choose_tasks(given.tasks, data, GROUPS)
        for name in given.methods:
            check_name(name)
    except ValueError as error:
        print(f"budgets: {error}", file=sys.stderr)
        return 2
    if choice.left_out:
        print(f"left out, because their data is not there: {', '.join(choice.left_out)}", file=sys.stderr)
    store = BudgetedStore(given.results)
    cells = [
        BudgetedCell(method, task, kind, given.pricing, seed, max(given.work))
        for kind in given.kinds
        for method in given.methods
        for seed in given.seeds  # so that an interrupted grid has all tasks
        for task in choice.names
    ]
    computed = partial(compute, data=data)
    is_complete = given.report_only or compute_missing(cells, store, computed, n_jobs=given.jobs)
    results = [result for result in map(store.load, cells) if result is not None]
    if not results:
        print("no results")
        return 0 if is_complete else 1
    scales = {name: make_budgeted(name, 0, data).scale for name in choice.names}
    tables = [regret_table(results, scales, given.work), task_table(results, scales, given.work)]
    if given.runs:
        tables.append(after_runs_table(results, given.runs))
    print("\n\n".join(tables))
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
