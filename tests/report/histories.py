"""Histories for reports: made up, so that it is known what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import NO_BUDGET, NO_INSTANCE, Elapsed, Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, Space, parse_pcs
from bbopt.stores import RecordedRun, RecordIdentity, Results, store_in

UNIFORM = "a real [0, 1] [0.9]\nb real [0, 1] [0.9]\nc real [0, 1] [0.9]\n"
MARKUP = "<script>alert(1)</script>"

Values = Mapping[str, float]


def identity(
    pcs: str,
    instances: tuple[Instance, ...] = (NO_INSTANCE,),
    cutoff_s: float = LARGEST_DOUBLE,
    **context: str,
) -> RecordIdentity:
    told = tuple(sorted(context.items()))
    return RecordIdentity("./<b>.py", "/tmp/.", "/tmp/p.pcs", pcs, cutoff_s, True, instances, told)


def run(
    number: int,
    configuration: Configuration,
    quality: float,
    instance: Instance = NO_INSTANCE,
    cutoff_s: float = LARGEST_DOUBLE,
    budget: int = NO_BUDGET,
    **result: object,
) -> RecordedRun:
    request = RunRequest(configuration, instance, -1, cutoff_s, budget, Origin("model", number))
    told = {"status": RunStatus.SAT, "runtime_s": 1.0, "runlength": 1.0, "wallclock_s": 1.0, **result}
    found = RunResult(quality=quality, started_at=1e9 + number, run_id=f"1-{number + 1}", **told)  # type: ignore[arg-type]
    return RecordedRun(request, found, Elapsed(number + 1.0, 0.1 * number))


def sampled(space: Space, count: int) -> list[Configuration]:
    """The default, and others at random."""
    rng = np.random.default_rng(1)
    return [space.default, *space.configurations(space.sample(count - 1, rng))]


def recorded(folder: Path, identity: RecordIdentity, runs: list[RecordedRun], seed: int = 1) -> Results:
    space = runs[0].request.configuration.space
    assert isinstance(space, Space)
    with store_in(folder).open(seed, identity, space) as recorder:
        recorder.record(*runs)
    return Results(folder)


def of_function(
    folder: Path, function: Callable[[Values], float], count: int = 200, pcs: str = UNIFORM
) -> Results:
    """A random search over real parameters, whose cost is a function of them."""
    space = parse_pcs(pcs)
    runs = [
        run(n, one, function({name: float(text) for name, text in one.values.items()}))
        for n, one in enumerate(sampled(space, count))
    ]
    return recorded(folder, identity(pcs), runs)


def of_accuracies(folder: Path, count: int = 60) -> Results:
    """An accuracy for being maximised, with failures, names in markup, a condition and curves."""
    pcs = (
        f"lr real [1e-4, 1] [0.1] log\nopt categorical {{sgd, {MARKUP}}} [sgd]\nm real [0, 1] [0]\nm | "
        f"opt in {{sgd}}\n"
    )
    space, runs = parse_pcs(pcs), []
    for n, one in enumerate(sampled(space, count)):
        accuracy = 0.9 - 0.1 * abs(np.log10(float(one.values["lr"])) + 2) - 0.2 * (one.values["opt"] == "sgd")
        if n % 10 == 9:
            runs.append(run(n, one, 1e9, status=RunStatus.CRASHED, reason=f"{MARKUP}\nsecond line"))
        else:
            curve = {"metrics": {"accuracy": accuracy, "loss": 1 - accuracy}}
            runs.append(run(n, one, -accuracy, **curve))
    return recorded(folder, identity(pcs, metric="accuracy", maximize="true"), runs)


def of_folds(folder: Path) -> Results:
    """Losses over three folds."""
    pcs, folds = "a real [0, 1] [0.9]\n", tuple(Instance(str(n), "3") for n in range(3))
    runs = [
        run(3 * n + k, one, float(one.values["a"]) + k / 10, fold)
        for n, one in enumerate(sampled(parse_pcs(pcs), 8))
        for k, fold in enumerate(folds)
    ]
    return recorded(folder, identity(pcs, folds, folds="3"), runs)


def of_runtimes(folder: Path) -> Results:
    """Runtimes over instances: the default takes twice as long as others, and one instance is too hard."""
    pcs, cutoff = "a real [0, 1] [0.9]\n", 10.0
    instances = tuple(Instance(f"{MARKUP}-{n}") for n in range(8))
    space, runs = parse_pcs(pcs), []
    for n, one in enumerate(sampled(space, 4)):
        for k, instance in enumerate(instances):
            runtime = 0.1 * 2**k * (2 if one.is_default else 1)
            status = RunStatus.SAT if runtime < cutoff else RunStatus.TIMEOUT
            told = {"runtime_s": min(runtime, cutoff), "status": status}
            runs.append(run(8 * n + k, one, 0.0, instance, cutoff, **told))
    return recorded(folder, identity(pcs, instances, cutoff), runs)
