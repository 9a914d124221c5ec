"""A scenario for a process on another node: all that runs need of it, to be kept in a database.

What only the search needs is left out: where runs are kept and files go, the engine, limits on the whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bbopt.database_address import without_passwords
from bbopt.errors import InputError, InputErrors, Place
from bbopt.options import COMMAND_LINE, Assignment, Assignments, OptionValues, option_table, settle
from bbopt.scenario.input_paths import Folders, find_folder, find_path, home_folder
from bbopt.scenario.loading import load_sources
from bbopt.scenario.parameter_files import find_parameter_file
from bbopt.scenario.scenario import Scenario
from bbopt.scenario.sources import Sources, gather
from bbopt.text_files import read_text

__all__ = ["PortableScenario", "portable_command", "portable_scenario"]

_OF_SETTINGS = (
    *("algo-exec", "algo-template", "call-format", "pcs-file", "T", "cli-call-params-with-quotes"),
    *("param-format", "param-template", "flag-style", "budget-max", "checkpoints"),
    *("folds", "outer-folds", "outer-fold", "retrain-command"),
    *("use-instances", "instances", "instance-suffix", "feature-file", "skip-features"),
    *("check-instances-exist", "test-instances", "test-instance-suffix"),
    *("template", "template-unknown", "template-delimiters", "template-inactive"),
    *("parameters-file", "parameters-format", "algo-deterministic"),
)
"""Options about how the target is told its settings and what it is run on."""

_OF_ANY_RUN = (
    *("algo-exec-dir", "experiment-dir", "engine-preset", "run-obj", "intra-obj", "algo-cutoff-time"),
    *("metric", "maximize", "metric-pattern", "metric-take", "metric-limit", "runtime-from"),
    *("result-pattern", "result-exit-codes", "unsat-is-failure"),
    *("transform-crashed-quality", "transform-crashed-quality-value"),
    *("kill-run-exceeding-captime", "kill-run-exceeding-captime-factor", "kill-grace"),
    *("run-wallclock-limit", "memory-limit", "output-limit", "cli-kill-by-environment-cmd", "slot-env"),
    *("run-folders", "run-folder-root", "keep-run-folders", "copy-files", "link-files", "results-file"),
    *("run-folders-file-limit", "run-folders-size-limit", "pre-process", "post-process"),
    *("output-dir", "rungroup", "rungroup-char", "study"),
)
"""Options about what a run may use, how its answer is read, and the folder that it works in."""

_SOURCES = ("scenario-file", "option-file", "option-file2", "smac-default-file")
"""Options that say where others stand."""

_OF_A_TABLE = ("engine", "design")
"""Of a design that is a file, from which templates may take texts."""

_FILES = ("pcs-file", "instances", "feature-file", "test-instances", "design")
"""Options whose files are kept; of others only the paths are, and so it is of folders."""

_NAME_OF_COMMANDS = "jobs"
"""What the folder of commands without a scenario is called."""

_OF_COMMANDS = {
    "algo-exec": "sh",
    "call-format": "argparse",
    "pcs-file": "",
    "use-instances": "false",
    "algo-deterministic": "true",
    "run-obj": "QUALITY",
}
"""What a scenario of commands has in place of what each of these has for itself, where nothing is said."""


@dataclass(frozen=True, slots=True)
class PortableScenario:
    """Options, each its name, its text and where it was given, and texts of files by the options naming them.

    `name` is what %SCENARIO_NAME stands for; `path` is where the scenario file was, None without one, and
    `current` the folder that relative paths start from.
    """

    name: str
    path: str | None
    current: str
    options: Sequence[Sequence[str]]
    files: Mapping[str, str]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> PortableScenario:
        """Of what `content` has given; InputError for anything else."""
        try:
            return cls(**content)
        except TypeError as error:
            raise InputError("this is no scenario that can be read", got=str(error)) from error

    @property
    def content(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """The same for equal ones, wherever in their files the options stand."""
        content = self.content | {"options": [entry[:2] for entry in self.options]}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @contextmanager
    def loaded(self, directory: Path | None = None) -> Iterator[Scenario]:
        """The scenario as it is on this node; the files that were kept are there until this ends.

        With a `directory` relative paths start there, and the target is run there.  InputErrors where
        something is missing.
        """
        with tempfile.TemporaryDirectory(prefix="bbopt-scenario-") as folder:
            yield load_sources(self._sources(Path(folder), directory), draw=lambda: 1)

    def _sources(self, folder: Path, directory: Path | None) -> Sources:
        kept = {name: folder / name for name in _FILES if name in self.files}
        for name, path in kept.items():
            path.write_text(self.files[name], encoding="utf-8", errors="surrogateescape")
        own = {"algo-exec-dir", "experiment-dir"} if directory is not None else set()
        entries = [
            _entry(name, str(kept.get(name, text)), place)
            for name, text, place in self.options
            if name not in own
        ]
        entries.append(_entry("prepost-exec-dir", "/", "default"))  # `current` need not be there
        folders = Folders(
            directory or Path(self.current),
            home_folder(),
            scenario=None if self.path is None else os.path.dirname(self.path),
        )
        scenario_path = None if self.path is None else Path(self.path)
        return Sources((Assignments(tuple(entries)),), scenario_path, "", self.name, folders)


def portable_scenario(command_line: Assignments, cwd: Path) -> PortableScenario:
    """What runs need of the scenario that `command_line` names; InputErrors with all problems found."""
    return _portable(command_line, cwd, (*_OF_SETTINGS, *_OF_ANY_RUN))


def portable_command(command_line: Assignments, cwd: Path) -> PortableScenario:
    """What runs of other commands need of the same, if a scenario is named at all."""
    found = _portable(command_line, cwd, _OF_ANY_RUN)
    options = [*([name, text, str(COMMAND_LINE)] for name, text in _OF_COMMANDS.items()), *found.options]
    name = found.name if found.path is not None else _NAME_OF_COMMANDS
    return replace(found, name=name, options=options, files={"pcs-file": ""})


def _portable(command_line: Assignments, cwd: Path, names: Iterable[str]) -> PortableScenario:
    sources = gather(command_line, Folders(cwd.absolute(), home_folder()))
    values, problems = settle(sources.assignments)
    names = {*names, *(_OF_A_TABLE if values.choice("engine") == "csv" else ())}
    problems += _without_meaning(command_line, names)
    if problems:
        raise InputErrors(problems)
    given = [entry for name in sorted(names) for entry in values.entries(name)]
    for entry in given:
        _refuse_password(entry)
    path = sources.scenario_path
    return PortableScenario(
        name=sources.name,
        path=None if path is None else str(path),
        current=str(sources.folders.current),
        options=[[entry.option.name, entry.text, str(entry.place)] for entry in given],
        files=dict(_files(values, sources.folders, {entry.option.name for entry in given})),
    )


def _without_meaning(command_line: Assignments, names: set[str]) -> Iterator[InputError]:
    """A scenario file is a search's as well; what is typed for jobs is meant for them."""
    for name in dict.fromkeys(entry.option.name for entry in command_line.entries):
        if name not in names and name not in _SOURCES:
            yield InputError(
                f"--{name} has no meaning here",
                place=COMMAND_LINE,
                expected="an option about single runs: how they are called, limited and understood",
                remedy="leave it out",
            )


def _files(values: OptionValues, folders: Folders, names: set[str]) -> Iterator[tuple[str, str]]:
    if (experiment := values.optional_text("experiment-dir")) is not None:
        place = values.place("experiment-dir")
        folders = replace(folders, experiment=find_folder(experiment, folders, "experiment-dir", place))
    for name in filter(names.__contains__, _FILES):
        text, place = values.text(name), values.place(name)
        if name == "pcs-file":
            path = str(find_parameter_file(text, folders, str(folders.current), place).path)
        else:
            path = find_path(text, folders, name, place)
        if not os.path.isdir(path):
            yield name, read_text(Path(path), name)


def _refuse_password(entry: Assignment) -> None:
    """A database is no place for one, and the program would be lost without it."""
    if without_passwords(entry.text) != entry.text:
        raise InputError(
            f"{entry.option.name} has a password in it, which would stand in the database for all to read",
            place=entry.place,
            remedy="keep it in ~/.pgpass, or in the environment of the workers",
        )


def _entry(name: str, text: str, place: str) -> Assignment:
    option = option_table().find(name)
    if option is None:
        raise InputError("the scenario has an option that this bbopt does not know", got=name)
    return Assignment(option, name, text, Place(place))
