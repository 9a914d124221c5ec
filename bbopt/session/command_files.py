"""The files of a search that was given without any: its scenario, its parameters, and what else it needs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from bbopt.durable_files import atomic_write
from bbopt.options import COMMAND_LINE, Assignment, Assignments, option_table
from bbopt.output_folder import OutputFolder
from bbopt.scenario import load_scenario
from bbopt.scenario.command_scenarios import CommandScenario

__all__ = ["write_command_scenario"]

_PCS_NAME = "params.pcs"
_SCENARIO_NAME = "scenario.txt"


def write_command_scenario(
    scenario: CommandScenario, current: Path, others: Mapping[str, bytes] | None = None
) -> Assignments:
    """Write the files into the output folder, and return the options of the search with them.

    Files of these names that differ are moved to `previous/`; `others`, by name, are replaced.  InputErrors
    for what can't be used, before anything is written.
    """
    output = _checked(scenario, current)
    path = _write(scenario, output)
    for name, content in (others or {}).items():
        atomic_write(output.path / name, content)
    entry = Assignment(option_table()["scenario-file"], "--scenario", str(path), COMMAND_LINE)
    return Assignments((entry, *scenario.others))


def _checked(scenario: CommandScenario, current: Path) -> OutputFolder:
    """The output folder; nothing is written there before all that can be checked has been."""
    with tempfile.TemporaryDirectory(prefix="bbopt-run-") as folder:
        pcs = Path(folder, _PCS_NAME)
        pcs.write_text(scenario.pcs_text or "", encoding="utf-8")
        entries = scenario.with_parameters(str(pcs))
        if not any(entry.option.name == "rungroup" for entry in entries):
            rungroup = option_table()["rungroup"]
            entries = (*entries, Assignment(rungroup, rungroup.name, scenario.name, COMMAND_LINE))
        found = load_scenario(Assignments((*entries, *scenario.others)), cwd=current)
        return found.output


def _write(scenario: CommandScenario, output: OutputFolder) -> Path:
    """Where the scenario is now."""
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
