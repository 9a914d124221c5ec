"""One search of a configurator on a scenario: what identifies it, and what is kept of it."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.planning.beginning import start_configurations
from bbopt.planning.setup import build_objective, load_space
from bbopt.runs import RuntimeObjective
from bbopt.scenario import RunObjective, Scenario, load_scenario, read_command_line
from bbopt.space import Configuration, Space

__all__ = [
    "CONFIGURATORS",
    "LONGEST_S",
    "ConfiguratorName",
    "Loaded",
    "SearchCell",
    "SearchError",
    "SearchResult",
    "Spent",
    "load",
    "parse_configurator",
    "penalty_factor",
    "spend",
]

CONFIGURATORS = ("bbopt", "irace", "smac2")
LONGEST_S = 2147483647  # no limit, for SMAC


class SearchError(Exception):
    """A configurator that failed, with the end of what it said."""


@dataclass(frozen=True, slots=True)
class ConfiguratorName:
    """A name taken apart: `base[#label][:option=value,...]`, the options being the program's own."""

    base: str
    options: tuple[tuple[str, str], ...] = ()


def parse_configurator(text: str) -> ConfiguratorName:
    """The parts of a configurator's name; ValueError when it is none."""
    head, _, rest = text.partition(":")
    base = head.partition("#")[0]
    if base not in CONFIGURATORS:
        raise ValueError(f"no configurator {base!r}; there are: {', '.join(CONFIGURATORS)}")
    pairs = [part.partition("=") for part in rest.split(",") if part]
    if not all(name and equals and value for name, equals, value in pairs):
        raise ValueError(f"{text!r}: a variant is {base}#label:option=value,option=value,...")
    return ConfiguratorName(base, tuple((name, value) for name, _, value in pairs))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario file, read, with its space."""

    path: Path
    scenario: Scenario
    space: Space

    @property
    def name(self) -> str:
        """The name of the scenario's folder."""
        return self.path.parent.name

    @property
    def given(self) -> list[Configuration]:
        """The initial incumbent, then the initial challengers."""
        return start_configurations(self.scenario, self.space)


def load(path: Path, options: Sequence[str] = ()) -> Loaded:
    """The scenario in a file; InputErrors when it can't be used, ValueError when it is not fit for this."""
    scenario = load_scenario(read_command_line(["--scenario", str(path), *options]), cwd=path.parent)
    if scenario.run_objective is not RunObjective.RUNTIME or scenario.test_instances is None:
        raise ValueError(f"{path}: a scenario is needed that minimises runtimes and has test instances")
    return Loaded(path, scenario, load_space(scenario))


@dataclass(frozen=True, slots=True)
class SearchCell:
    """A scenario (the name of its results), a configurator's full name, a seed, and CPU seconds of runs."""

    scenario: str
    configurator: str
    seed: int
    budget_s: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The final configuration (active parameters as text), and what it took to find it.

    runs_cpu_s: the sum of the runtimes that the target reported; other_cpu_s: all CPU time of the search's
    processes but that, the target's wrappers included.
    """

    cell: SearchCell
    settings: Mapping[str, str]
    n_runs: int
    n_configurations: int
    runs_cpu_s: float
    other_cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that a command took on the clock, and CPU seconds of all its processes."""

    wall_s: float
    cpu_s: float


def spend(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command in a folder, its output going to `log.txt` there; SearchError when it fails."""
    before, begin = _cpu_of_children_s(), time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        end = (folder / "log.txt").read_text(errors="replace").splitlines()[-15:]
        raise SearchError("\n".join([f"{command[0]} ended with exit code {done.returncode}:", *end]))
    return Spent(time.monotonic() - begin, _cpu_of_children_s() - before)


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def penalty_factor(scenario: Scenario) -> int:
    """The k of the scenario's PARk."""
    objective = build_objective(scenario)
    if not isinstance(objective, RuntimeObjective):
        raise TypeError(f"{scenario.name} does not minimise runtimes")
    return objective.factor
