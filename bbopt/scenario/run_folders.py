"""Folders of runs, as the options say: what is in them, what is run in them, which ones are kept."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import FACTS, FOLD_FACTS, RUN_FACTS, Template, parse_template, split_words
from bbopt.scenario.input_paths import Folders, expand_home, joined
from bbopt.scenario.placements import (
    Placement,
    name_in_folder,
    read_placements,
    read_template_files,
    refuse_twice,
)

__all__ = [
    "InactiveValue",
    "KeptFolders",
    "ParametersForm",
    "RunFolderSettings",
    "TemplateSettings",
    "has_run_folders",
    "parameters_file_name",
    "read_run_folders",
]

_KEPT = re.compile(r"(?P<word>all|none|failed|best)(?:\s*:\s*(?P<n>[1-9]\d{0,8}))?", re.IGNORECASE)
_FILLED = (
    "template",
    "parameters-file",
    "results-file",
    "copy-files",
    "link-files",
    "pre-process",
    "post-process",
)
"""The options that mean nothing without run folders."""


class InactiveValue(enum.Enum):
    """What a template has for a parameter that is not active."""

    DEFAULT = "default"
    EMPTY = "empty"
    ERROR = "error"


class ParametersForm(enum.Enum):
    """How a parameters file is written."""

    JSON = "json"
    EQUALS = "equals"
    BLANKS = "blanks"


@dataclass(frozen=True, slots=True)
class TemplateSettings:
    """The files to fill in.  `delimiters` stand before and behind a name."""

    files: tuple[Placement, ...]
    delimiters: tuple[str, str]
    keeps_unknown: bool
    inactive: InactiveValue


@dataclass(frozen=True, slots=True)
class KeptFolders:
    """Which folders are kept: of failed runs, of those that worked, and of the `n_best` configurations.

    The limits, on all that are kept, do not touch those of the best configuration.
    """

    failed: bool = True
    others: bool = True
    n_best: int = 0
    most_files: int | None = None
    most_bytes: int | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether not even the best one's are kept."""
        return not (self.failed or self.others or self.n_best)


@dataclass(frozen=True, slots=True)
class RunFolderSettings:
    """What each run's folder is made of; `root` is where it is while the run is under way, if elsewhere.

    parameters_file, results_file: their names in the run folder, "" for none.
    """

    templates: TemplateSettings
    parameters_file: str
    parameters_form: ParametersForm
    copies: tuple[Placement, ...]
    links: tuple[Placement, ...]
    results_file: str
    before: tuple[Template, ...]
    after: tuple[Template, ...]
    kept: KeptFolders
    root: Path | None

    @property
    def names(self) -> frozenset[str]:
        """What will be in a folder."""
        placed = (*self.templates.files, *self.copies, *self.links)
        return frozenset({placement.name for placement in placed} | {self.parameters_file} - {""})

    @property
    def carry_parameters(self) -> bool:
        """Whether files tell the program its parameters, so that its command need not."""
        return bool(self.templates.files or self.parameters_file)


def has_run_folders(values: OptionValues) -> bool:
    """Whether each run has a folder of its own."""
    if values.is_given("run-folders"):
        return values.optional_flag("run-folders") is True
    return any(values.is_given(name) for name in _FILLED)


def read_run_folders(values: OptionValues, folders: Folders) -> RunFolderSettings | None:
    """What the options say, None for no folders; InputErrors has all that can't be used."""
    if not has_run_folders(values):
        _refuse_without_folders(values)
        return None
    problems = Problems()
    templates = problems.attempt(lambda: _templates(values, folders))
    parameters_file = problems.attempt(lambda: parameters_file_name(values))
    results_file = problems.attempt(lambda: _file_name("results-file", values))
    copies = problems.attempt(lambda: read_placements("copy-files", values, folders))
    links = problems.attempt(lambda: read_placements("link-files", values, folders))
    before = problems.attempt(lambda: _commands("pre-process", values))
    after = problems.attempt(lambda: _commands("post-process", values))
    kept = problems.attempt(lambda: _kept(values))
    root = problems.attempt(lambda: _root(values, folders))
    if (
        templates is None
        or parameters_file is None
        or results_file is None
        or copies is None
        or links is None
        or before is None
        or after is None
        or kept is None
        or problems
    ):
        raise InputErrors(problems)
    refuse_twice((*templates.files, *copies, *links), parameters_file, values.place("parameters-file"))
    if results_file and results_file in {parameters_file, *(template.name for template in templates.files)}:
        raise InputError(
            "the results file has the name of a file that the program reads",
            place=values.place("results-file"),
            got=results_file,
            expected="another name: what is there before the program starts is no result, and removed",
        )
    return RunFolderSettings(
        templates=templates,
        parameters_file=parameters_file,
        parameters_form=_form(values, parameters_file),
        copies=copies,
        links=links,
        results_file=results_file,
        before=before,
        after=after,
        kept=kept,
        root=root,
    )


def parameters_file_name(values: OptionValues) -> str:
    """The name in a run's folder of the file with its parameters, "" for none; InputError."""
    return _file_name("parameters-file", values)


def _refuse_without_folders(values: OptionValues) -> None:
    for name in (*_FILLED, "run-folder-root", "keep-run-folders"):
        if values.is_given(name):
            raise InputError(
                f"{name} needs run folders",
                place=values.place(name),
                remedy="set run-folders = true",
            )


def _templates(values: OptionValues, folders: Folders) -> TemplateSettings:
    words = values.text("template-delimiters").split()
    if len(words) != 2 or words[0] == words[1]:
        raise InputError(
            "template-delimiters can't be read",
            place=values.place("template-delimiters"),
            got=values.text("template-delimiters"),
            expected="what stands before and behind a name, with a blank between them: ${ } or << >>",
        )
    return TemplateSettings(
        read_template_files(values, folders),
        (words[0], words[1]),
        values.choice("template-unknown") == "keep",
        InactiveValue(values.choice("template-inactive")),
    )


def _file_name(option: str, values: OptionValues) -> str:
    text = values.optional_text(option)
    return "" if text is None else name_in_folder(text, values.place(option))


def _form(values: OptionValues, name: str) -> ParametersForm:
    said = values.choice("parameters-format")
    if said != "auto":
        return ParametersForm(said)
    return ParametersForm.JSON if name.endswith(".json") else ParametersForm.EQUALS


def _commands(option: str, values: OptionValues) -> tuple[Template, ...]:
    facts = (*FACTS, *(FOLD_FACTS if values.is_given("folds") else ()), *RUN_FACTS)
    names = [name for name in facts if name != "params"]
    return tuple(_command(text, names, place) for text, place in values.placed_texts(option))


def _command(text: str, names: Sequence[str], place: Place) -> Template:
    words = split_words(text, place)
    if not words:
        raise InputError("the command is empty", place=place, expected="a program and its arguments")
    return parse_template(words, names, text, place)


def _kept(values: OptionValues) -> KeptFolders:
    text, place = values.text("keep-run-folders"), values.place("keep-run-folders")
    match = _KEPT.fullmatch(text.strip())
    if match is None or (match["n"] and match["word"].lower() != "best"):
        raise InputError(
            "keep-run-folders can't be read",
            place=place,
            got=text,
            expected="all, none, failed, best or best:N",
        )
    word = match["word"].lower()
    return KeptFolders(
        failed=word in {"all", "failed"},
        others=word == "all",
        n_best=int(match["n"] or 1) if word == "best" else 0,
        most_files=values.optional_integer("run-folders-file-limit"),
        most_bytes=values.optional_bytes("run-folders-size-limit"),
    )


def _root(values: OptionValues, folders: Folders) -> Path | None:
    text = values.optional_text("run-folder-root")
    if text is None:
        return None
    expanded = expand_home(text, folders.home, values.place("run-folder-root"))
    return Path(joined(str(folders.current), expanded))
