"""irace, as its guide says that runtimes are minimised (section "Tuning for minimizing computation time")."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bbopt.java_numbers import LARGEST_INT
from benchmarks.configuration.irace_format import IraceSpace, quoted
from benchmarks.configuration.searches import (
    Loaded,
    SearchCell,
    SearchError,
    SearchResult,
    parse_configurator,
    penalty_factor,
    spend,
)

__all__ = ["LoggedRun", "is_installed", "logged_runs", "runner", "scenario_file", "search"]

_START = (
    "library(irace); "
    's <- checkScenario(readScenario("scenario.txt", defaultScenario())); '
    'cat(irace.main(s)$.ID.[1], file = "best.txt")'
)
_BOUND_DIGITS = 2
"""irace's default, whole seconds, would cap hardly any run where the cutoff is one of few."""

_N_INITIAL = 2
"""With more initial configurations irace 3.5 ends with an error where its budget is a time."""

_RUNNER = r"""#!/bin/sh
# irace calls: configuration instance-number seed instance info bound -name value ...
configuration=$1 seed=$3 instance=$4 info=$5 bound=$6
shift 6
answer=$(cd {directory} && {target} "$instance" "$info" "$bound" {runlength} "$seed" "$@" 2>/dev/null)
printf '%s\n' "$answer" | awk -v id="$configuration" -v bound="$bound" -v words="$*" '
  /^Result (of this algorithm run|for (SMAC|ParamILS)): / {{
    sub(/^[^:]*: */, "")
    split($0, field, / *, */)
    status = field[1]; time = field[2] + 0
  }}
  END {{
    if (status == "") status = "CRASHED"
    cost = {cutoff}  # of a crash
    if (status ~ /^(SAT|UNSAT|SATISFIABLE|UNSATISFIABLE|SUCCESS)$/) cost = time
    if (status == "TIMEOUT") cost = bound + 0
    printf "%s\t%s\t%.6f\t%s\n", id, status, time, words >> {log}
    printf "%.6f %.6f\n", cost, time
  }}'
"""


@cache
def is_installed() -> bool:
    """Whether there are R and irace."""
    program = shutil.which("Rscript")
    if program is None:
        return False
    return subprocess.run([program, "-e", "library(irace)"], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run as the target runner wrote it down."""

    configuration: int
    status: str
    runtime_s: float
    settings: Mapping[str, str]


def search(loaded: Loaded, cell: SearchCell) -> SearchResult:
    """Carry the search out; SearchError when it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(loaded, cell, folder)
        spent = spend(["Rscript", "-e", _START], folder)
        runs = logged_runs((folder / "runs.tsv").read_text())
        best = int((folder / "best.txt").read_text())
    settings = next((run.settings for run in runs if run.configuration == best), None)
    if settings is None:
        raise SearchError(f"irace's best configuration {best} was never run")
    runs_cpu_s = sum(run.runtime_s for run in runs)
    return SearchResult(
        cell,
        settings,
        n_runs=len(runs),
        n_configurations=len({run.configuration for run in runs}),
        runs_cpu_s=runs_cpu_s,
        other_cpu_s=spent.cpu_s - runs_cpu_s,
        wall_s=spent.wall_s,
    )


def logged_runs(text: str) -> list[LoggedRun]:
    """The lines of the target runner's log."""
    runs = []
    for line in text.splitlines():
        number, status, runtime, words = line.split("\t")
        pairs = words.split()
        settings = {name[1:]: value for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
        runs.append(LoggedRun(int(number), status, float(runtime), settings))
    return runs


def _write(loaded: Loaded, cell: SearchCell, folder: Path) -> None:
    space = IraceSpace.of(loaded.space)
    instances = loaded.scenario.instances.instances
    texts = {
        "parameters.txt": space.parameter_file(),
        "forbidden.txt": space.forbidden_file(),
        "initial.txt": space.configurations_file(loaded.given[:_N_INITIAL]),
        "instances.txt": "".join(f"{quoted(i.name)} {quoted(i.info)}\n" for i in instances),
        "scenario.txt": scenario_file(loaded, cell, space),
        "target-runner": runner(loaded, folder / "runs.tsv"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "target-runner").chmod(0o755)


def scenario_file(loaded: Loaded, cell: SearchCell, space: IraceSpace) -> str:
    """irace's settings; those of the configurator's name come last."""
    scenario = loaded.scenario
    settings = {
        "parameterFile": '"parameters.txt"',
        "configurationsFile": '"initial.txt"',
        "trainInstancesDir": '""',
        "trainInstancesFile": '"instances.txt"',
        "targetRunner": '"./target-runner"',
        "maxTime": str(cell.budget_s),
        "capping": "1",
        "boundMax": f"{scenario.cutoff_s:g}",
        "boundPar": str(penalty_factor(scenario)),
        "boundDigits": str(_BOUND_DIGITS),
        "digits": str(space.digits),
        "deterministic": str(int(scenario.deterministic)),
        "seed": str(cell.seed + 1),  # irace's are positive
    }
    if space.space.forbidden.clauses:
        settings["forbiddenFile"] = '"forbidden.txt"'
    for name, value in parse_configurator(cell.configurator).options:
        settings[name] = value if re.fullmatch(r"-?[0-9.]+", value) else quoted(value)
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def runner(loaded: Loaded, log: Path) -> str:
    """The program between irace and the target: it calls as SMAC does, and returns "cost time".

    A run that is ended at its bound costs the bound, which irace takes for more; a crash costs the cutoff,
    which irace multiplies as a run that solved nothing.
    """
    scenario = loaded.scenario
    return _RUNNER.format(
        directory=shlex.quote(str(scenario.exec_dir)),
        target=shlex.join(scenario.algo),
        runlength=LARGEST_INT,
        cutoff=repr(scenario.cutoff_s),
        log=f'"{log}"',
    )
