"""The optimizers' own time per evaluation as searches grow, and bbopt's memory.

    python -m benchmarks.overhead --optimizers bbopt random optuna_tpe hyperopt_tpe smac3_hpo
    python -m benchmarks.overhead --memory
    python -m benchmarks.overhead --instances --at 1000 3000 10000
    python -m benchmarks.overhead --instances --memory

A figure is the mean over the last tenth of a search of so many evaluations (at least 20 of them).  The
searches of one length on one task take turns, each in its own process with one thread, so that a change in
the machine's mood meets them all.  A peer that has used up `--max-seconds` is out, of longer searches too.

With `--instances` bbopt alone minimises simulated runtimes over 100 instances with 10 features, set up as its
command does it, and figures are of one search's CPU time up to the longest length.  A model makes every
proposal, as where runs take longer than its work.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

from benchmarks.comparison.instance_runs import InstanceCase, measure_instance_memory, own_cpu_times
from benchmarks.comparison.memory import MemoryUse, measure_memory
from benchmarks.comparison.tables import figure, table
from benchmarks.comparison.threads import single_threaded
from benchmarks.comparison.turns import Contestant
from benchmarks.optimizers import OPTIMIZERS, parse_name

__all__ = ["main", "window_mean"]

_FEWEST_AVERAGED = 20
_TURNS = 20

Figures = dict[str, dict[int, float]]
"""Seconds per evaluation by optimizer and length of the search."""


def window_mean(own_s: list[float], length: int) -> float:
    """The mean over the end of a search of `length` evaluations; NaN when it did not get there."""
    if len(own_s) < length:
        return math.nan
    window = own_s[-max(_FEWEST_AVERAGED, length // 10) :]
    return sum(window) / len(window)


def race(task: str, optimizers: list[str], length: int, given: argparse.Namespace) -> dict[str, float]:
    """Own seconds per evaluation at the end of searches that take turns."""
    contestants = {name: Contestant(name, task, length, counts_cpu=given.cpu) for name in optimizers}
    try:
        for turn in range(1, _TURNS + 1):
            for name, contestant in contestants.items():
                limit = math.inf if parse_name(name).base == "bbopt" else given.max_seconds
                contestant.advance(length * turn // _TURNS, limit)
        return {name: window_mean(contestant.own_s, length) for name, contestant in contestants.items()}
    finally:
        for contestant in contestants.values():
            contestant.close()


def measured(task: str, given: argparse.Namespace) -> Figures:
    """All lengths, the shortest first."""
    figures: Figures = {name: {} for name in given.optimizers}
    for length in sorted(given.at):
        running = [name for name in given.optimizers if not any(map(math.isnan, figures[name].values()))]
        print(f"{task}, {length} evaluations: {', '.join(running)}", file=sys.stderr, flush=True)
        for name, seconds in race(task, running, length, given).items():
            figures[name][length] = seconds
    return figures


def time_table(task: str, figures: Figures, lengths: list[int]) -> str:
    """Milliseconds, and how many times those of the first optimizer in the table."""
    first = next(iter(figures.values()))
    rows = []
    for name, by_length in figures.items():
        row = [name]
        for length in lengths:
            seconds = by_length.get(length, math.nan)
            ratio = seconds / first.get(length, math.nan)
            row.append("-" if math.isnan(seconds) else f"{figure(1000 * seconds, 2)} ({figure(ratio, 1)})")
        rows.append(row)
    return table([f"{task}: own ms per evaluation (ratio)", *map(str, lengths)], rows)


def instance_table(case: InstanceCase, own_s: list[float], lengths: list[int]) -> str:
    """Means over the last tenth and over all runs up to each length, and the longest that one waited."""
    rows = []
    for length in lengths:
        if len(own_s) >= length:
            so_far = own_s[:length]
            seconds = [window_mean(so_far, length), sum(so_far) / length, max(so_far)]
            rows.append([str(length), *(figure(1000 * s, 1) for s in seconds)])
    return table([f"{case}: runs", "own ms per run, last tenth", "of all so far", "the most for one"], rows)


def memory_table(uses: list[MemoryUse]) -> str:
    """Peak memory of the whole process at three points."""
    return table(
        ["peak memory, MB", "before the first run", "all runs told", "one more asked for"],
        [
            [f"{use.task}, {use.n_runs} runs", *(f"{n / 1e6:.0f}" for n in (use.before, use.told, use.asked))]
            for use in uses
        ],
    )


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="overhead", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", default=["mixed10", "mixed30"])
    parser.add_argument("--optimizers", nargs="+", default=list(OPTIMIZERS), help="ratios are to the first")
    parser.add_argument("--at", type=int, nargs="+", default=[100, 300, 1000, 3000, 10_000])
    parser.add_argument("--max-seconds", type=float, default=300.0, help="of own time that a peer may take")
    parser.add_argument("--cpu", action="store_true", help="CPU time: where the machine has other work, too")
    parser.add_argument("--memory", action="store_true", help="bbopt's peak memory instead")
    parser.add_argument(
        "--instances", action="store_true", help="bbopt's engine on runtimes over instances instead"
    )
    parser.add_argument("--runs", type=int, default=100_000, help="told for --memory")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    given = _arguments(words)
    single_threaded()
    if given.memory:
        memory = (
            measure_instance_memory(InstanceCase(), given.runs)
            if given.instances
            else measure_memory("mixed30", given.runs)
        )
        print(memory_table([memory]))
        return 0
    if given.instances:
        case = InstanceCase()
        print(instance_table(case, own_cpu_times(case, max(given.at)), sorted(given.at)))
        return 0
    everything = {}
    for task in given.tasks:
        everything[task] = measured(task, given)
        print(time_table(task, everything[task], sorted(given.at)) + "\n", flush=True)
    if given.json is not None:
        content = {
            task: {
                name: {n: None if math.isnan(s) else s for n, s in row.items()} for name, row in rows.items()
            }
            for task, rows in everything.items()
        }
        given.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
