"""What racing over instances makes of simulated solvers, where some instances are solved by nobody.

    python -m benchmarks.racing --solvers heldout --seeds 0-19 \
        --options deterministic-instance-ordering=true ''

Runs take no time: a clock is advanced by what each of them would count against `cputime-limit`.  Each seed is
a fresh solver with fresh instances (`benchmarks/tasks/solvers.py`).  The engine is the command's with each of
the groups of options (`option=value,...`); with `deterministic-instance-ordering` challengers race on all
pairs of the incumbent, as in SMAC v2.  The first table has the final configuration's expected PAR10 on a
hundred test instances, without those that nobody can solve, relative to the default's: geometric means over
the seeds.  The second one has the logarithms of the ratios beside the first group's, with standard errors,
and how many searches ended better and worse by a hundredth or more.  The third one: configurations and
instances that were run, and the share of the time that went into instances which nobody can solve.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bbopt.engines import Engine
from bbopt.errors import BboptError
from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest, RunResult, RunStatus, tuner_time
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import plan_session
from bbopt.space import Configuration
from benchmarks.comparison.tables import figure, table
from benchmarks.comparison.threads import single_threaded
from benchmarks.efficiency import seed_list
from benchmarks.tasks.solvers import HELD_OUT, SHAPES, SimulatedSolver, SolverShape

__all__ = ["Search", "main", "search", "simulated_engine"]

FloatArray = NDArray[np.float64]

_ALWAYS_MODELS = {"intensification-percentage": "1e-9"}
"""What a search does whose runs take longer than the model's work: simulated runs take no time at all."""

_NEARLY = 0.01
"""Logarithms of ratios that differ by less are alike."""


@dataclass(frozen=True, slots=True)
class Search:
    """What came out after each of the budgets: the incumbent's expected PAR10 relative to the default's.

    `configurations` and `instances`: how many were run; `in_vain`: the share of the time that went into
    instances which nobody can solve.
    """

    ratios: tuple[float, ...]
    configurations: int
    instances: int
    in_vain: float


def simulated_engine(solver: SimulatedSolver, seed: int, options: Mapping[str, str]) -> Engine:
    """The engine that `bbopt --scenario ... --seed ...` with these options has."""
    shape, instances = solver.shape, solver.training
    files = {
        "params.pcs": solver.space.text,
        "instances.txt": "".join(f"{one.name}\n" for one in instances),
        "scenario.txt": (
            "algo = true\npcs-file = params.pcs\ninstance-file = instances.txt\nrun-obj = RUNTIME\n"
            f"overall-obj = MEAN10\ncutoff-time = {shape.cutoff_s:g}\ndeterministic = false\n"
        ),
    }
    if shape.features:
        heading = ",".join(["instance", *(f"f{i}" for i in range(shape.features))])
        rows = [",".join([one.name, *map(repr, one.features)]) for one in instances]
        files["features.csv"] = "\n".join([heading, *rows, ""])
        files["scenario.txt"] += "feature-file = features.csv\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text)
        words = [f"--{option}={value}" for option, value in {**_ALWAYS_MODELS, **options}.items()]
        words += ["--scenario", str(folder / "scenario.txt"), "--seed", str(seed)]
        scenario = load_scenario(read_command_line(words), cwd=folder)
        return build_engine(scenario, plan_session(scenario).problem)


def search(
    solver: SimulatedSolver, seed: int, options: Mapping[str, str], budgets_s: Sequence[float]
) -> Search:
    """One search until the largest budget of virtual seconds is used up."""
    engine = simulated_engine(solver, seed, options)
    default = solver.space.default
    incumbents: list[Configuration] = []
    spent_s = in_vain_s = 0.0
    configurations: set[Configuration] = set()
    instances: set[str] = set()
    nobodys = {one.name for one in solver.training if math.isinf(one.hardness)}
    while len(incumbents) < len(budgets_s) and (request := engine.ask()) is not None:
        result = _execute(solver, request)
        spent_s += tuner_time(result)
        if request.instance.name in nobodys:
            in_vain_s += result.runtime_s
        while len(incumbents) < len(budgets_s) and spent_s > budgets_s[len(incumbents)]:
            incumbents.append(engine.incumbent.configuration if engine.incumbent else default)
        engine.tell(request, result)
        configurations.add(request.configuration)
        instances.add(request.instance.name)
    incumbents += [engine.incumbent.configuration if engine.incumbent else default] * (
        len(budgets_s) - len(incumbents)
    )
    expected = [solver.penalised(incumbent) / solver.penalised(default) for incumbent in incumbents]
    return Search(tuple(expected), len(configurations), len(instances), in_vain_s / spent_s)


def _execute(solver: SimulatedSolver, request: RunRequest) -> RunResult:
    needed_s = solver.seconds(request.configuration, request.instance.name, request.seed)
    if needed_s >= request.cutoff_s:
        return RunResult(RunStatus.TIMEOUT, request.cutoff_s, 0.0, 0.0)
    return RunResult(RunStatus.SAT, needed_s, 0.0, 0.0)


def _settings(text: str) -> dict[str, str]:
    """`option=value,...` taken apart; ValueError for what is none."""
    pairs = [part.partition("=") for part in text.split(",") if part]
    if not all(name and equals and value for name, equals, value in pairs):
        raise ValueError(f"{text!r}: options are option=value,option=value,...")
    return {name: value for name, _, value in pairs}


def _one(shape: SolverShape, seed: int, options: Mapping[str, str], budgets_s: Sequence[float]) -> Search:
    return search(SimulatedSolver(shape, seed), seed, options, budgets_s)


def _logarithms(searches: Sequence[Search]) -> FloatArray:
    """(n_searches, n_budgets)."""
    return np.log([one.ratios for one in searches])


def _ratio_row(name: str, searches: Sequence[Search]) -> list[str]:
    return [name, *(figure(float(mean), 3) for mean in np.exp(_logarithms(searches).mean(axis=0)))]


def _difference_row(name: str, searches: Sequence[Search], first: Sequence[Search]) -> list[str]:
    differences = _logarithms(searches) - _logarithms(first)
    errors = differences.std(axis=0) / math.sqrt(len(differences))
    shown = [
        f"{mean:+.3f} +- {error:.3f}" for mean, error in zip(differences.mean(axis=0), errors, strict=True)
    ]
    last = differences[:, -1]
    return [name, *shown, f"{(last < -_NEARLY).sum()}, {(last > _NEARLY).sum()}"]


def _effort_row(name: str, searches: Sequence[Search]) -> list[str]:
    means = (
        statistics.fmean(get(one) for one in searches)
        for get in (lambda one: one.configurations, lambda one: one.instances, lambda one: one.in_vain)
    )
    return [name, *(f"{mean:.2f}" for mean in means)]


def _tables(found: Mapping[str, Mapping[str, Sequence[Search]]], budgets: Sequence[float]) -> Iterator[str]:
    """The tables of the first lines of this file; `found` has searches by solver and group of options."""
    groups = list(next(iter(found.values())))
    all_together = {
        group: [one for by_group in found.values() for one in by_group[group]] for group in groups
    }
    everything = {**found, "all": all_together}
    rows = {
        f"{name}: {group or 'as it is'}": by[group] for name, by in everything.items() for group in groups
    }
    differences = [
        _difference_row(f"{name}: {group}", by[group], by[groups[0]])
        for name, by in everything.items()
        for group in groups[1:]
    ]
    columns = [f"{budget:g} s" for budget in budgets]
    yield table(["PAR10 relative to the default's", *columns], [_ratio_row(*row) for row in rows.items()])
    if differences:
        yield table([f"beside {groups[0] or 'as it is'}", *columns, "better, worse"], differences)
    yield table(
        ["effort", "configurations", "instances", "in vain"], [_effort_row(*row) for row in rows.items()]
    )


def _chosen(names: Sequence[str]) -> dict[str, SolverShape]:
    """The shapes of the solvers; ValueError for a name that is none."""
    groups = {"chosen": SHAPES, "heldout": HELD_OUT}
    found: dict[str, SolverShape] = {}
    for name in names:
        if name not in groups and name not in SHAPES and name not in HELD_OUT:
            known = ", ".join([*groups, *SHAPES, *HELD_OUT])
            raise ValueError(f"no simulated solver {name!r}; there are: {known}")
        found |= groups.get(name) or {name: {**SHAPES, **HELD_OUT}[name]}
    return found


def main(words: list[str] | None = None) -> int:
    """Search, print, and return the exit code: 2 for bad arguments."""
    parser = argparse.ArgumentParser(
        prog="racing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--solvers", nargs="+", default=["chosen"], help="chosen, heldout, or names")
    parser.add_argument("--options", nargs="+", default=[""], help="groups of the command's options")
    parser.add_argument("--seeds", type=seed_list, default=seed_list("0-4"), help="such as 0-2 or 1,4,7")
    parser.add_argument("--budgets", nargs="+", type=float, default=[50.0, 100.0, 150.0], help="seconds")
    parser.add_argument("--jobs", type=int, default=1, help="searches at the same time")
    given = parser.parse_args(words)
    single_threaded()
    found: dict[str, dict[str, list[Search]]] = {}
    try:
        groups = {text: _settings(text) for text in given.options}
        shapes = _chosen(given.solvers)
        with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
            for name, shape in shapes.items():
                found[name] = {
                    text: pool.starmap(_one, [(shape, seed, options, given.budgets) for seed in given.seeds])
                    for text, options in groups.items()
                }
                print(f"{name}: done", file=sys.stderr, flush=True)
    except (ValueError, BboptError) as error:
        print(f"racing: {error}", file=sys.stderr)
        return 2
    print("\n\n".join(_tables(found, given.budgets)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
