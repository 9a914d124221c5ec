"""`bbopt run --param LINE ... -- COMMAND`: a search without files, which writes those that it means."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.tune import tune
from bbopt.durable_files import atomic_write
from bbopt.errors import InputError, InputErrors, Problems
from bbopt.options import COMMAND_LINE, Assignment, Assignments, option_table

if TYPE_CHECKING:
    from bbopt.output_folder import OutputFolder
    from bbopt.scenario.command_scenarios import CommandScenario

__all__ = ["run"]

_PCS_NAME = "params.pcs"
_SCENARIO_NAME = "scenario.txt"


def run(arguments: Arguments) -> int:
    """Write the scenario and its parameter file into the output folder, and search; the exit code."""
    from bbopt.scenario.command_scenarios import ParameterLines, command_scenario

    given, own = arguments.given, arguments.own
    lines = ParameterLines(own.texts("param"), own.texts("condition"), own.texts("forbidden"))
    problems, current = Problems(given.problems), str(current_folder())
    problems.attempt(lambda: _refuse_nothing_to_minimise(given))
    scenario = problems.attempt(lambda: command_scenario(given, lines, current))
    if problems or scenario is None:
        raise InputErrors(problems)
    path = _write(scenario, _checked(scenario))
    if not (own.flag("quiet") or own.flag("json")):
        print(f"Scenario: {path}", flush=True)
    entry = Assignment(option_table()["scenario-file"], "--scenario", str(path), COMMAND_LINE)
    named = Assignments((entry, *scenario.others))
    return tune(Arguments(("run", *arguments.argv), own, named))


def _refuse_nothing_to_minimise(given: Assignments) -> None:
    objective = given.last("run-obj")
    is_runtime = objective is not None and objective.text.upper() == "RUNTIME"
    if not is_runtime and not any(map(given.has, ("metric", "metric-pattern", "result-pattern"))):
        raise InputError(
            "nothing says what is to be minimised",
            place=COMMAND_LINE,
            expected="--metric NAME, for lines such as NAME: 0.12 or NAME=0.12",
            remedy=r"or --metric-pattern 'NAME: ...(\S+)' for others",
        )


def _checked(scenario: CommandScenario) -> OutputFolder:
    """The output folder; nothing is written there before all that can be checked has been."""
    from bbopt.scenario import load_scenario

    with tempfile.TemporaryDirectory(prefix="bbopt-run-") as folder:
        pcs = Path(folder, _PCS_NAME)
        pcs.write_text(scenario.pcs_text or "", encoding="utf-8")
        entries = scenario.with_parameters(str(pcs))
        if not any(entry.option.name == "rungroup" for entry in entries):
            rungroup = option_table()["rungroup"]
            entries = (*entries, Assignment(rungroup, rungroup.name, scenario.name, COMMAND_LINE))
        found = load_scenario(Assignments((*entries, *scenario.others)), cwd=current_folder())
        return found.output


def _write(scenario: CommandScenario, output: OutputFolder) -> Path:
    """Where the scenario is now; files of these names that differ are moved to previous/."""
    output.make()
    pcs, path = output.path / _PCS_NAME, output.path / _SCENARIO_NAME
    texts = {} if scenario.pcs_text is None else {pcs: scenario.pcs_text}
    texts[path] = scenario.text(str(pcs))
    output.set_aside([file for file, text in texts.items() if not _holds(file, text)], "scenario")
    for file, text in texts.items():
        if not file.exists():
            atomic_write(file, text)
    return path


def _holds(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False
