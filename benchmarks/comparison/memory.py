"""How much memory bbopt's engine takes for a long history."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT
from bbopt.runs import DETERMINISTIC_SEED, NO_INSTANCE, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, Space
from benchmarks.optimizers import warm_up
from benchmarks.optimizers.bbopt_smbo import smbo_engine
from benchmarks.tasks import make_task, settings_of

__all__ = ["MemoryUse", "measure_memory", "peak_bytes"]

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """The process's peak resident bytes before any run, with all runs told, and after one proposal."""

    task: str
    n_runs: int
    before: int
    told: int
    asked: int


def measure_memory(task: str, n_runs: int) -> MemoryUse:
    """Tell an engine the runs of random configurations, in a process of its own, then ask it for one."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (task, n_runs))


def _measured(name: str, n_runs: int) -> MemoryUse:
    warm_up("bbopt")
    task = make_task(name, None)
    engine = smbo_engine(task, seed=0, budget=n_runs)
    before = peak_bytes()
    rng = np.random.default_rng(0)
    for number, configuration in zip(range(n_runs), _random_configurations(task.space, rng), strict=False):
        loss = task.loss(settings_of(configuration))
        engine.tell(_request(configuration, number), RunResult(RunStatus.SAT, 0.0, 0.0, loss))
    told = peak_bytes()
    engine.ask()
    return MemoryUse(name, n_runs, before, told, peak_bytes())


def _random_configurations(space: Space, rng: np.random.Generator) -> Iterator[Configuration]:
    while True:
        yield from space.configurations(space.sample(_BATCH, rng))


def _request(configuration: Configuration, number: int) -> RunRequest:
    origin = Origin("random", number)
    return RunRequest(configuration, NO_INSTANCE, DETERMINISTIC_SEED, LARGEST_DOUBLE, LARGEST_INT, origin)


def peak_bytes() -> int:
    """The largest resident set of this process since it was started, from Linux."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise OSError("no VmHWM in /proc/self/status")
    return 1024 * int(found[1])
