"""bbopt's engine on simulated runtimes over instances with features, set up as its command does it."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bbopt.engines import Engine
from bbopt.planning.engine import build_engine
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session import plan_session
from benchmarks.comparison.memory import MemoryUse, peak_bytes
from benchmarks.optimizers import warm_up
from benchmarks.tasks import make_task, settings_of

__all__ = ["InstanceCase", "SimulatedSolver", "instance_engine", "measure_instance_memory", "own_cpu_times"]

_ALWAYS_MODELS = {"intensification-percentage": "1e-9"}
"""What a search does whose runs take longer than the model's work: simulated runs take no time at all."""

_HURRIES = {"intensification-percentage": "0.9"}
_MOST_UNTIL_MODEL = 5000  # further runs that wait for a model of all of them


@dataclass(frozen=True, slots=True)
class InstanceCase:
    """How large the case is: instances, features of each, and the task whose space is searched."""

    n_instances: int = 100
    n_features: int = 10
    task: str = "mixed10"
    cutoff_s: float = 10.0

    def __str__(self) -> str:
        return f"{self.task} over {self.n_instances} instances with {self.n_features} features"

    def features(self) -> np.ndarray:
        """One row (n_instances, n_features) of the unit cube for each instance."""
        return np.random.default_rng(1).random((self.n_instances, self.n_features))

    def write(self, folder: Path) -> Path:
        """A scenario with its files in `folder`; returns the scenario's path."""
        names = [f"instance{i}" for i in range(self.n_instances)]
        heading = ",".join(["instance", *(f"feature{i}" for i in range(self.n_features))])
        rows = [
            ",".join([name, *map(repr, row)])
            for name, row in zip(names, self.features().tolist(), strict=True)
        ]
        files = {
            "params.pcs": make_task(self.task, None).space.text,
            "instances.txt": "\n".join(names) + "\n",
            "features.csv": "\n".join([heading, *rows]) + "\n",
            "scenario.txt": (
                "algo = true\npcs-file = params.pcs\ninstance-file = instances.txt\n"
                "feature-file = features.csv\nrun-obj = RUNTIME\noverall-obj = MEAN10\n"
                f"cutoff-time = {self.cutoff_s:g}\ndeterministic = false\n"
            ),
        }
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder / "scenario.txt"


class SimulatedSolver:
    """Runtimes whose logarithm adds up: what the instance asks, what the configuration loses, noise."""

    def __init__(self, case: InstanceCase) -> None:
        self._task = make_task(case.task, None)
        features = case.features()
        self._hardness = -2.0 + 2.0 * features[:, 0] + features[:, 1] * features[:, 2]
        self._noise = np.random.default_rng(2)

    def run(self, request: RunRequest) -> RunResult:
        """The result of a run, which ends at its cutoff."""
        loss = self._task.loss(settings_of(request.configuration))
        hardness = self._hardness[int(request.instance.name.removeprefix("instance"))]
        runtime_s = float(10.0 ** (hardness + 0.7 * loss + 0.15 * self._noise.standard_normal()))
        if runtime_s >= request.cutoff_s:
            return RunResult(RunStatus.TIMEOUT, request.cutoff_s, 0.0, 0.0)
        return RunResult(RunStatus.SAT, runtime_s, 0.0, 0.0)


def instance_engine(case: InstanceCase, options: Mapping[str, str]) -> Engine:
    """The engine that `bbopt --scenario ...` with these options has."""
    with tempfile.TemporaryDirectory() as folder:
        words = [f"--{name}={value}" for name, value in options.items()]
        path = case.write(Path(folder))
        scenario = load_scenario(
            read_command_line(["--scenario", str(path), "--seed", "1", *words]), cwd=Path(folder)
        )
        return build_engine(scenario, plan_session(scenario).problem)


def own_cpu_times(case: InstanceCase, n_runs: int, options: Mapping[str, str] | None = None) -> list[float]:
    """The engine's own CPU seconds for each of so many runs, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(timed_runs, (case, n_runs, dict(options or {})))


def timed_runs(case: InstanceCase, n_runs: int, options: Mapping[str, str]) -> list[float]:
    """As `own_cpu_times`, in this process."""
    warm_up("bbopt")
    engine, solver = instance_engine(case, {**_ALWAYS_MODELS, **options}), SimulatedSolver(case)
    own_s = []
    for _ in range(n_runs):
        begin = time.process_time()
        request = _asked(engine)
        asked = time.process_time()
        result = solver.run(request)
        told = time.process_time()
        engine.tell(request, result)
        own_s.append(asked - begin + time.process_time() - told)
    return own_s


def measure_instance_memory(case: InstanceCase, n_runs: int) -> MemoryUse:
    """The memory of a search of so many runs, in a process of its own.

    Its runs take no time, so that the model makes few of the proposals; the last one is the model's again.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured_memory, (case, n_runs))


def _measured_memory(case: InstanceCase, n_runs: int) -> MemoryUse:
    warm_up("bbopt")
    engine, solver = instance_engine(case, _HURRIES), SimulatedSolver(case)
    before = peak_bytes()
    n_proposals = 0
    for _ in range(n_runs):
        request = _asked(engine)
        n_proposals = max(n_proposals, request.origin.proposal + 1)
        engine.tell(request, solver.run(request))
    told = peak_bytes()
    for _ in range(_MOST_UNTIL_MODEL):
        request = _asked(engine)
        if request.origin.kind == "model" and request.origin.proposal >= n_proposals:
            break
        engine.tell(request, solver.run(request))
    return MemoryUse(str(case), n_runs, before, told, peak_bytes())


def _asked(engine: Engine) -> RunRequest:
    request = engine.ask()
    if request is None:
        raise RuntimeError(f"the engine asks for nothing: {engine.exhausted}")
    return request
