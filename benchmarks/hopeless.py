"""What giving up hopeless runs gains, and what it costs where curves mislead.

    python -m benchmarks.hopeless --tasks lcbench --kinds plain reversed noisy --rules none curve median \
        --seeds 0-3 --budget 50

Regret of the incumbent, without noise, in units of the median regret of 25 random configurations, after work
worth 5, 10, 25 and 50 full runs: its mean, and in parentheses the geometric mean.  A run costs what it has
trained.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import HopelessEngine, RacingEngine, RacingSettings, by_curve, by_median
from bbopt.runs import ENDED_AS_HOPELESS, Curve, QualityObjective, RunRequest, RunResult, RunStatus
from benchmarks.efficiency import seed_list
from benchmarks.tasks import GROUPS, data_folder, settings_of
from benchmarks.tasks.curves import KINDS, N_EPOCHS, FloatArray, LearningCurves

__all__ = ["RULES", "main", "regrets", "trained"]

RULES = {"none": None, "curve": by_curve, "median": by_median}
_BUDGETS = (5, 10, 25, 50)
_SMALLEST_REGRET = 1e-3


def engine_of(problem: Problem, rule: str) -> Engine:
    """bbopt's own search with a rule."""
    racer = RacingEngine(model_search(problem, ModelSettings()), problem, RacingSettings())
    stops = RULES[rule]
    return racer if stops is None else HopelessEngine(racer, problem, stops)


def regrets(curves: LearningCurves, engine: Engine) -> Iterator[tuple[int, float]]:
    """Run by run the epochs that were trained till then, and the incumbent's regret; without end."""
    truth: dict[object, float] = {}
    n_epochs = 0
    while (request := engine.ask()) is not None:
        values, truth[request.configuration] = curves.curve(settings_of(request.configuration))
        result = trained(engine, request, values)
        n_epochs += len(result.curve)
        engine.tell(request, result)
        incumbent = engine.incumbent
        if incumbent is not None:
            yield n_epochs, curves.scale.regret(truth[incumbent.configuration])


def trained(engine: Engine, request: RunRequest, values: FloatArray) -> RunResult:
    """What comes of a run that tells `values`, epoch by epoch, until it is over or given up."""
    for n in range(1, len(values) + 1):
        curve = Curve(range(1, n + 1), values[:n])
        why = engine.progressed(request, curve) if n < len(values) else None
        if why is not None:
            reason = f"{ENDED_AS_HOPELESS}: {why}"
            return RunResult(RunStatus.KILLED, 0.0, 0.0, float(values[n - 1]), reason=reason, curve=curve)
    return RunResult(RunStatus.SAT, 0.0, 0.0, float(values[-1]), curve=curve)


def at_budgets(curves: LearningCurves, rule: str, seed: int, budgets: Sequence[int]) -> list[float]:
    """The regret after work worth so many full runs each; that of the first run where there was none."""
    space = curves.task.space
    problem = Problem(space, QualityObjective(), (space.default,), None, seed)
    found: list[tuple[int, float]] = []
    for epochs, regret in regrets(curves, engine_of(problem, rule)):
        if epochs > budgets[-1] * N_EPOCHS:
            break
        found.append((epochs, regret))
    return [
        next(regret for epochs, regret in reversed(found) if epochs <= max(budget * N_EPOCHS, found[0][0]))
        for budget in budgets
    ]


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hopeless", description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=["lcbench"], help="names of LCBench tasks, or groups")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--rules", nargs="+", default=list(RULES), choices=list(RULES))
    parser.add_argument("--seeds", type=seed_list, default=seed_list("0-3"), help="such as 0-3 or 1,4,7")
    parser.add_argument("--budget", type=int, default=50, help="work, in full runs")
    parser.add_argument("--data", type=Path, help="folder of the YAHPO networks")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Print a row for each kind of curves and rule."""
    given = _arguments(words)
    data = data_folder(given.data)
    if data is None:
        print("the networks are not here; --data says where they are", file=sys.stderr)
        return 2
    names = [name for word in given.tasks for name in GROUPS.get(word, (word,))]
    budgets = [budget for budget in _BUDGETS if budget <= given.budget]
    print(f"| curves | rule | {' | '.join(map(str, budgets))} |\n{'|---' * (len(budgets) + 2)}|")
    for kind in given.kinds:
        for rule in given.rules:
            table = np.array(
                [
                    at_budgets(
                        LearningCurves(name.removeprefix("lcbench_"), kind, data, seed), rule, seed, budgets
                    )
                    for name in names
                    for seed in given.seeds
                ]
            )
            geometric = np.exp(np.log(np.maximum(table, _SMALLEST_REGRET)).mean(axis=0))
            cells = (f"{a:.3g} ({b:.3g})" for a, b in zip(table.mean(axis=0), geometric, strict=True))
            print(f"| {kind} | {rule} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
