"""Which option files there are, and what all sources of options give together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.database_address import looks_like_address, without_passwords
from bbopt.errors import InputError, InputErrors
from bbopt.options import DEFAULT, Assignment, Assignments, option_table
from bbopt.scenario.input_paths import Folders, expand_home, find_file, find_folder
from bbopt.scenario.option_files import read_option_file
from bbopt.scenario.rungroups import NO_SCENARIO_FILE, scenario_name
from bbopt.scenario.state_folders import state_folder_at

__all__ = ["Sources", "gather"]

_OPTION_FILES = ("option-file", "option-file2", "smac-default-file")


@dataclass(frozen=True, slots=True)
class Sources:
    """All assignments, the strongest source first, and where the scenario file is.

    `scenario_path` is None without a scenario file; `name` is what %SCENARIO_NAME stands for.
    """

    assignments: tuple[Assignments, ...]
    scenario_path: Path | None
    scenario_text: str
    name: str
    folders: Folders


def gather(command_line: Assignments, folders: Folders) -> Sources:
    """Read the option files and the scenario file that the command line names.

    Raises InputErrors when there is no scenario file where it should be, or it can't be read; all other
    problems wait among those of the assignments.
    """
    stronger = [command_line, *(_option_file(name, command_line, folders) for name in _OPTION_FILES)]
    try:
        folders = replace(folders, experiment=_experiment_dir(stronger, folders))
        return _with_scenario(stronger, _scenario_file(stronger, folders), folders)
    except InputError as error:
        known = [problem for source in stronger for problem in source.problems]
        raise InputErrors((*known, error)) from error


def _with_scenario(
    stronger: list[Assignments], scenario: tuple[str, str] | None, folders: Folders
) -> Sources:
    if scenario is None:
        return Sources(tuple(stronger), None, "", NO_SCENARIO_FILE, folders)
    path, name = Path(scenario[0]), scenario[1]
    assignments = _read(path, "scenario file", folders, ("scenario-file", *_OPTION_FILES))
    folders = replace(folders, scenario=os.path.dirname(scenario[0]))
    return Sources((*stronger, assignments), path, assignments.text, name, folders)


def _option_file(name: str, command_line: Assignments, folders: Folders) -> Assignments:
    """What the option file named by the option `name` gives; the default one may be missing."""
    try:
        path = _option_path(name, command_line, folders)
        return _read(path, "option file", folders, _OPTION_FILES) if path else Assignments()
    except InputError as error:
        return Assignments(problems=(error,))


def _option_path(name: str, command_line: Assignments, folders: Folders) -> Path | None:
    named = command_line.last(name)
    if named:
        return Path(find_file(named.text, folders, name, named.place))
    path = _default_path(name, folders)
    return path if path and os.path.isfile(path) else None


def _default_path(name: str, folders: Folders) -> Path | None:
    default = option_table()[name].default
    try:
        return folders.current / expand_home(default, folders.home, DEFAULT) if default else None
    except InputError:  # a user without a home has no option file there
        return None


def _experiment_dir(sources: Iterable[Assignments], folders: Folders) -> str | None:
    named = _strongest(sources, "experiment-dir")
    return find_folder(named.text, folders, "experiment-dir", named.place) if named else None


def _scenario_file(sources: Iterable[Assignments], folders: Folders) -> tuple[str, str] | None:
    """The scenario file and the scenario's name: as given, or else as a restored state folder has it."""
    named = _strongest(sources, "scenario-file")
    if named:
        path = find_file(named.text, folders, "scenario file", named.place)
        return path, scenario_name(Path(path))
    restored = _strongest(sources, "restore-scenario")
    if restored is None:
        return None
    if looks_like_address(restored.text):
        raise InputError(
            "a database has the runs of a search, and not its scenario",
            place=restored.place,
            got=without_passwords(restored.text),
            expected="a state folder",
            remedy="--restore-state-from with --scenario takes a database",
        )
    given = find_folder(restored.text, folders, "restore-scenario folder", restored.place)
    folder = state_folder_at(Path(given))
    path = find_file(f"{folder}/scenario.txt", folders, "restored scenario file", restored.place)
    return path, folder.resolve().parent.name or "scenario"


def _strongest(sources: Iterable[Assignments], name: str) -> Assignment | None:
    return next((found for source in sources if (found := source.last(name))), None)


def _read(path: Path, role: str, folders: Folders, forbidden: Iterable[str]) -> Assignments:
    """What an option file gives; naming another option file in it is an error."""
    is_near = path.is_relative_to(folders.current)
    shown_as = str(path.relative_to(folders.current)) if is_near else str(path)
    assignments = read_option_file(path, shown_as, role)
    problems = [
        InputError(
            f"{name} can't be given in this file",
            place=entry.place,
            remedy=f"give --{name} on the command line",
        )
        for name in forbidden
        if (entry := assignments.last(name))
    ]
    return replace(assignments, problems=(*assignments.problems, *problems))
