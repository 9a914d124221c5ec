"""Which option files there are, and what all sources of options give together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.errors import InputError, InputErrors
from bbopt.options import DEFAULT, Assignment, Assignments, option_table
from bbopt.scenario.input_paths import Folders, expand_home, find_file, find_folder
from bbopt.scenario.option_files import read_option_file
from bbopt.scenario.rungroups import scenario_name

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

    Raises InputErrors when there is no scenario file where it should be; all other problems wait among
    those of the assignments.
    """
    stronger = [command_line, *(_option_file(name, command_line, folders) for name in _OPTION_FILES)]
    try:
        folders = replace(folders, experiment=_experiment_dir(stronger, folders))
        scenario = _scenario_file(stronger, folders)
    except InputError as error:
        known = [problem for source in stronger for problem in source.problems]
        raise InputErrors((*known, error)) from error
    return _with_scenario(stronger, scenario, folders)


def _with_scenario(
    stronger: list[Assignments], scenario: tuple[Path, str] | None, folders: Folders
) -> Sources:
    if scenario is None:
        return Sources(tuple(stronger), None, "", folders.current.name or "scenario", folders)
    path, name = scenario
    assignments = _read(path, folders, ("scenario-file", *_OPTION_FILES))
    folders = replace(folders, scenario=path.parent)
    return Sources((*stronger, assignments), path, assignments.text, name, folders)


def _option_file(name: str, command_line: Assignments, folders: Folders) -> Assignments:
    """What the option file named by the option `name` gives; the default one may be missing."""
    named = command_line.first(name)
    if named:
        try:
            return _read(find_file(named.text, folders, name, named.place), folders, _OPTION_FILES)
        except InputError as error:
            return Assignments(problems=(error,))
    path = _default_path(name, folders)
    return _read(path, folders, _OPTION_FILES) if path and os.path.isfile(path) else Assignments()


def _default_path(name: str, folders: Folders) -> Path | None:
    default = option_table()[name].default
    try:
        return folders.current / expand_home(default, folders.home, DEFAULT) if default else None
    except InputError:  # a user without a home has no option file there
        return None


def _experiment_dir(sources: Iterable[Assignments], folders: Folders) -> Path | None:
    named = _first(sources, "experiment-dir")
    return find_folder(named.text, folders, "experiment-dir", named.place) if named else None


def _scenario_file(sources: Iterable[Assignments], folders: Folders) -> tuple[Path, str] | None:
    """The scenario file and the scenario's name: as given, or else as a restored state folder has it."""
    named = _first(sources, "scenario-file")
    if named:
        path = find_file(named.text, folders, "scenario file", named.place)
        return path, scenario_name(path)
    restored = _first(sources, "restore-scenario")
    if restored is None:
        return None
    folder = find_folder(restored.text, folders, "restore-scenario folder", restored.place)
    path = find_file(str(folder / "scenario.txt"), folders, "restored scenario file", restored.place)
    return path, folder.resolve().parent.name or "scenario"


def _first(sources: Iterable[Assignments], name: str) -> Assignment | None:
    return next((found for source in sources if (found := source.first(name))), None)


def _read(path: Path, folders: Folders, forbidden: Iterable[str]) -> Assignments:
    """What an option file gives; naming another option file in it is an error."""
    is_near = path.is_relative_to(folders.current)
    assignments = read_option_file(path, str(path.relative_to(folders.current)) if is_near else str(path))
    problems = [
        InputError(
            f"{name} can't be given in this file",
            place=entry.place,
            remedy=f"give --{name} on the command line",
        )
        for name in forbidden
        if (entry := assignments.first(name))
    ]
    return replace(assignments, problems=(*assignments.problems, *problems))
