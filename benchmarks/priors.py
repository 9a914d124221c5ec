"""What believing in distributions is worth: smbo with `prior`, without it, and with uniform parameters.

    python benchmarks/priors.py --seeds 5 --runs 50

The belief is a normal distribution of each parameter: right (around the optimum, a tenth of the range wide),
weak (a quarter wide, and a fifth off the optimum), or wrong (a tenth wide, around the further bound).
The table has mean regrets, in the units of `benchmarks.tasks.Scale`, over three functions and the seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective, RunResult, RunStatus
from bbopt.space import Parameter, Space, parse_pcs
from benchmarks.tasks import Task, settings_of
from benchmarks.tasks.smooth import Branin, Hartmann6, Rosenbrock

OPTIMA = {
    Branin: (9.42478, 2.475),
    Hartmann6: (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573),
    Rosenbrock: (1.0, 1.0, 1.0, 1.0),
}
BELIEFS = ("right", "weak", "wrong")


def centre_and_width(belief: str, parameter: Parameter, optimum: float) -> tuple[float, float]:
    """Mean and standard deviation of what is believed of a parameter."""
    low, high = parameter.low, parameter.high
    is_left = optimum - low < high - optimum
    if belief == "wrong":
        return (high if is_left else low), 0.1 * (high - low)
    if belief == "weak":
        return optimum + (0.2 if is_left else -0.2) * (high - low), 0.25 * (high - low)
    return optimum, 0.1 * (high - low)


def believing(task: Task, belief: str, optimum: tuple[float, ...]) -> Space:
    """The task's space with normal parameters."""
    lines = []
    for parameter, at in zip(task.space.parameters, optimum, strict=True):
        mean, sd = centre_and_width(belief, parameter, at)
        bounds = f"[{parameter.low!r}, {parameter.high!r}] [{parameter.default_text}]"
        lines.append(f"{parameter.name} real {bounds} normal({mean!r}, {sd!r})")
    return parse_pcs("\n".join(lines))


def course(task: Task, space: Space, seed: int, n_runs: int, *, uses_prior: bool) -> list[float]:
    """The best loss after each run."""
    problem = Problem(space, QualityObjective(), (space.default,), n_runs, seed, deterministic=True)
    engine = RacingEngine(
        model_search(problem, ModelSettings(uses_prior=uses_prior)), problem, RacingSettings()
    )
    losses: list[float] = []
    while len(losses) < n_runs and (request := engine.ask()) is not None:
        losses.append(task.loss(settings_of(request.configuration)))
        engine.tell(request, RunResult(RunStatus.SAT, 0.0, 0.0, losses[-1]))
    best: list[float] = np.minimum.accumulate(losses).tolist()
    return best


def table(seeds: int, n_runs: int) -> Iterator[str]:
    """A row for each way to search."""
    shown = [n for n in (5, 10, 25, 50, 100, 200) if n <= n_runs]
    tasks = {kind(): optimum for kind, optimum in OPTIMA.items()}
    yield "| belief | search | " + " | ".join(map(str, shown)) + " |"
    for belief in ("none", *BELIEFS):
        for uses_prior in (False, True) if belief != "none" else (False,):
            regrets = [
                [task.scale.regret(loss) for loss in course(task, space, seed, n_runs, uses_prior=uses_prior)]
                for task, optimum in tasks.items()
                for space in [task.space if belief == "none" else believing(task, belief, optimum)]
                for seed in range(1, seeds + 1)
            ]
            means = np.mean(regrets, axis=0)
            cells = " | ".join(f"{means[n - 1]:.3f}" for n in shown)
            yield f"| {belief} | {'prior' if uses_prior else 'no prior'} | {cells} |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=50)
    given = parser.parse_args()
    for row in table(given.seeds, given.runs):
        print(row, flush=True)


if __name__ == "__main__":
    main()
