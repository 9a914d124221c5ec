"""What a configuration is worth: runs on all training and test instances with seeds that no search had."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bbopt.executors import Executor, FinishedRun
from bbopt.java_numbers import LARGEST_INT
from bbopt.planning.executor import start_executor
from bbopt.planning.setup import build_setup
from bbopt.runs import DETERMINISTIC_SEED, Origin, RunRequest, RunStatus
from bbopt.seeding import stream
from benchmarks.configuration.searches import Loaded, load

__all__ = [
    "SPLITS",
    "Candidate",
    "ValidatedRun",
    "ValidationCell",
    "ValidationResult",
    "references",
    "requests",
    "validate",
]

SPLITS = ("training", "test")
_PRESETS = {"clasp": ("frumpy", "jumpy", "tweety", "handy", "crafty", "trendy")}
_PRESET_TARGET = Path(__file__).with_name("clasp_preset.py")
_SEEDS_FROM, _SEEDS_BELOW = 2**24, 2**31 - 1  # bbopt draws its seeds below
_ANSWERED = (RunStatus.SAT.value, RunStatus.UNSAT.value)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A configuration (active parameters as text), or with `algo` another target that does not look at it."""

    settings: Mapping[str, str]
    algo: str = ""

    @property
    def digest(self) -> str:
        """The same for equal candidates only."""
        text = json.dumps([self.algo, sorted(self.settings.items())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ValidationCell:
    """A candidate on a scenario (the name of its results), with so many seeds for each instance."""

    scenario: str
    candidate: Candidate
    n_seeds: int


@dataclass(frozen=True, slots=True)
class ValidatedRun:
    """One run; `split` is one of SPLITS, `status` as the target reported it."""

    split: str
    instance: str
    seed: int
    status: str
    runtime_s: float

    def cost(self, cutoff_s: float, factor: float) -> float:
        """The runtime, or so many times the cutoff of a run without an answer."""
        is_solved = self.status in _ANSWERED and self.runtime_s < cutoff_s
        return self.runtime_s if is_solved else factor * cutoff_s


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """All runs of a cell."""

    cell: ValidationCell
    cutoff_s: float
    runs: tuple[ValidatedRun, ...]

    def par(self, split: str, factor: float) -> float:
        """The penalised average runtime PARk on the training or the test instances."""
        costs = [run.cost(self.cutoff_s, factor) for run in self.runs if run.split == split]
        return sum(costs) / len(costs)

    def n_unsolved(self, split: str) -> int:
        """How many of the split's runs gave no answer in time."""
        return sum(run.split == split and run.cost(self.cutoff_s, 2) > self.cutoff_s for run in self.runs)


def references(loaded: Loaded) -> dict[str, Candidate]:
    """What searches are measured against: the default, and the solver's own presets where it has any."""
    default = loaded.space.default.active_values
    presets = {
        f"preset {name}": Candidate(default, shlex.join([sys.executable, str(_PRESET_TARGET), name]))
        for name in _PRESETS.get(loaded.name, ())
    }
    return {"default": Candidate(default), **presets}


def requests(loaded: Loaded, cell: ValidationCell) -> Iterator[tuple[str, RunRequest]]:
    """The runs with their splits, the same instances and seeds for every candidate."""
    scenario = loaded.scenario
    assert scenario.test_instances is not None
    configuration = loaded.space.configuration(cell.candidate.settings)
    sets = zip(SPLITS, (scenario.instances, scenario.test_instances), strict=True)
    listed = [(split, instance) for split, instances in sets for instance in instances.instances]
    for number in range(1 if scenario.deterministic else cell.n_seeds):
        for i, (split, instance) in enumerate(listed):
            seed = DETERMINISTIC_SEED if scenario.deterministic else _seed(i, number)
            origin = Origin("validation", 0)
            yield split, RunRequest(configuration, instance, seed, scenario.cutoff_s, LARGEST_INT, origin)


def _seed(instance: int, number: int) -> int:
    return int(stream(0, "validation", instance, number).integers(_SEEDS_FROM, _SEEDS_BELOW))


def validate(loaded: Loaded, cell: ValidationCell) -> ValidationResult:
    """Carry the runs out, one at a time."""
    if cell.candidate.algo:
        loaded = load(loaded.path, ["--algo", cell.candidate.algo])
    scenario = loaded.scenario
    with start_executor(build_setup(scenario)) as executor:
        runs = [_run(executor, split, request) for split, request in requests(loaded, cell)]
    return ValidationResult(cell, scenario.cutoff_s, tuple(runs))


def _run(executor: Executor, split: str, request: RunRequest) -> ValidatedRun:
    executor.submit(request)
    finished: list[FinishedRun] = []
    while not finished:
        finished = executor.wait(None)
    result = finished[0].result
    return ValidatedRun(split, request.instance.name, request.seed, result.status.value, result.runtime_s)
