"""The scenario that a command line without files means: its two files, as texts, and what stands outside."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.database_address import DatabaseAddress, without_passwords
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, Assignment, Assignments, Kind, option_table
from bbopt.space import parse_pcs, read_pcs

__all__ = ["CommandScenario", "ParameterLines", "command_scenario"]

_OF_THIS_SEARCH = {
    "num-run",
    "seeds",
    "resume",
    "restore-scenario",
    "restore-state-from",
    "restore-iteration",
    "console-log-level",
}
"""Options that say which search of the scenario this is, and so are none of its file."""

_OF_FILES = {"scenario-file", "option-file", "option-file2", "smac-default-file"}
_PATHS = {Kind.FILE, Kind.FILES, Kind.PATH, Kind.PATHS, Kind.DIRECTORY}
_DATABASES = {"storage", "warmstart"}
_PLACEHOLDER = re.compile(r"(?<!\{)\{([^{}\s]+)\}(?!\})")
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class ParameterLines:
    """Lines of a parameter file: declarations, conditions, and forbidden clauses."""

    declarations: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.declarations or self.conditions or self.forbidden)

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{line}\n" for line in (*self.declarations, *self.conditions, *self.forbidden))

    @property
    def conditional(self) -> frozenset[str]:
        """The parameters that are switched on and off."""
        return frozenset(line.partition("|")[0].strip() for line in self.conditions)


@dataclass(frozen=True, slots=True)
class CommandScenario:
    """What was given, as the lines of a scenario file (`entries`) and as options of one search (`others`).

    `name` is that of its output folder; `pcs_text` is None where a parameter file was given.
    """

    name: str
    entries: tuple[Assignment, ...]
    others: tuple[Assignment, ...]
    pcs_text: str | None

    def with_parameters(self, pcs_file: str) -> tuple[Assignment, ...]:
        """The entries, naming the file that `pcs_text` stands in."""
        if self.pcs_text is None:
            return self.entries
        return (*self.entries, _assignment("pcs-file", pcs_file))

    def text(self, pcs_file: str) -> str:
        """The scenario file."""
        entries = self.with_parameters(pcs_file)
        return "".join(f"{entry.name.lstrip('-')} = {entry.text}\n" for entry in entries)


def command_scenario(given: Assignments, parameters: ParameterLines, current: str) -> CommandScenario:
    """The scenario of the command in `given.words`, run in the folder `current`.

    InputError (InputErrors) for what can't be meant so.
    """
    _refuse_files(given)
    names = _parameter_names(given, parameters, current)
    words = [_translated(word, names) for word in given.words]
    _refuse_dangling(words, parameters.conditional)
    entries = [_assignment("algo", shlex.join(words))]
    entries += _unless_given(given, "call-format", "argparse")
    entries += _unless_given(given, "execdir", current)
    if not (given.has("instances") or given.has("folds")):
        entries += _unless_given(given, "use-instances", "false")
    entries += _unless_given(given, "run-obj", "QUALITY")
    entries += _unless_given(given, "deterministic", str(not _takes_seed(words)).lower())
    entries += [_absolute(entry, current) for entry in given.entries if not _is_of_this_search(entry)]
    others = tuple(entry for entry in given.entries if _is_of_this_search(entry))
    pcs_text = parameters.text if parameters else None
    scenario = CommandScenario(_name(given.words, current), tuple(entries), others, pcs_text)
    _refuse_lost(scenario)
    return scenario


def _assignment(name: str, text: str) -> Assignment:
    option = option_table().find(name)
    if option is None:
        raise KeyError(name)
    return Assignment(option, name, text, COMMAND_LINE)


def _unless_given(given: Assignments, name: str, text: str) -> list[Assignment]:
    entry = _assignment(name, text)
    return [] if given.has(entry.option.name) else [entry]


def _is_of_this_search(entry: Assignment) -> bool:
    holds_a_password = without_passwords(entry.text) != entry.text  # which no file shall have
    return entry.option.name in _OF_THIS_SEARCH or holds_a_password


def _refuse_files(given: Assignments) -> None:
    entry = next((entry for entry in given.entries if entry.option.name in _OF_FILES), None)
    if entry is not None:
        raise InputError(
            f"bbopt run writes its scenario file itself, and takes no {entry.option.flag}",
            place=COMMAND_LINE,
            got=entry.text,
            remedy="write --name value for each of its lines, or leave out run: bbopt --scenario FILE",
        )


def _parameter_names(given: Assignments, parameters: ParameterLines, current: str) -> Collection[str]:
    """All that may stand in braces; InputErrors where the lines declare no parameters."""
    file = given.last("pcs-file")
    if file is None and not parameters.declarations:
        raise InputError(
            "no parameters are declared",
            place=COMMAND_LINE,
            expected="--param 'lr real [1e-5, 1] [0.01] log', once for each, or --pcs-file FILE",
        )
    if file is None:
        return parse_pcs(parameters.text, "--param").names
    if parameters:
        raise InputError(
            "both --param and a parameter file are given",
            place=COMMAND_LINE,
            got=f"--pcs-file {file.text}",
            remedy="leave out one of the two",
        )
    path = os.path.join(current, file.text)
    return read_pcs(path).names if os.path.isfile(path) else ()


def _translated(word: str, names: Collection[str]) -> str:
    """`{lr}` is `{param:lr}` in a scenario, whose own placeholders stay as they are."""
    return _PLACEHOLDER.sub(lambda match: f"{{param:{match[1]}}}" if match[1] in names else match[0], word)


def _refuse_dangling(words: Sequence[str], conditional: Collection[str]) -> None:
    """A word with a parameter that is switched off is left out; what is before it must not stay alone."""
    for before, word in itertools.pairwise(words):
        name = word.removeprefix("{param:").removesuffix("}")
        if before.startswith("-") and name in conditional and word == f"{{param:{name}}}":
            raise InputError(
                f"{before} would stand alone where {name} is switched off",
                place=COMMAND_LINE,
                got=f"{before} {{{name}}}",
                expected=f"one word, {before}={{{name}}}",
                remedy=f"or leave both out: {name} is passed as --{name} VALUE then",
            )


def _takes_seed(words: Sequence[str]) -> bool:
    return any("{seed}" in word for word in words)


def _absolute(entry: Assignment, current: str) -> Assignment:
    """With the path of a file that is there, so that the scenario means it from everywhere."""
    path = os.path.join(current, entry.text)
    if entry.option.name in _DATABASES and entry.text.startswith("sqlite:"):
        address = DatabaseAddress.read(entry.text, Path(current), entry.place)
        return Assignment(entry.option, entry.name, address.text_with_study, entry.place)
    if entry.option.kind not in _PATHS or not os.path.exists(path):
        return entry
    return Assignment(entry.option, entry.name, path, entry.place)


def _name(words: Sequence[str], current: str) -> str:
    """That of the script, or else of the program."""
    end = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    files = [word for word in words[:end] if os.path.isfile(os.path.join(current, word))]
    stem = os.path.splitext(os.path.basename((files or list(words[:1]))[-1]))[0]
    return _NOT_IN_A_NAME.sub("_", stem).strip(".") or "command"


def _refuse_lost(scenario: CommandScenario) -> None:
    """What a line of a scenario file can't hold: line ends, and what looks like a comment."""
    for entry in scenario.entries:
        if re.search(r"[\n\r]|(?:^|\s)#|^\s|\s$", entry.text):
            raise InputError(
                "this can't stand in a scenario file",
                place=COMMAND_LINE,
                got=entry.text,
                expected="one line, without a # behind a blank",
                remedy="put it into a script of its own",
            )
