"""The name of a scenario's output folder: %SCENARIO_NAME and %option-name stand for values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from bbopt.errors import InputError, Place
from bbopt.options import OptionValues, canonical_name, option_table

__all__ = ["NO_SCENARIO_FILE", "fill_rungroup", "rungroup_replacements", "scenario_name"]

NO_SCENARIO_FILE = "NoScenarioFile"
"""The name of a scenario without a file."""

_PLACEHOLDER = r"([A-Za-z][A-Za-z0-9_-]*)"
_WORD = re.compile(r"[A-Za-z0-9]+[_-]*")
_NOT_IN_A_NAME = re.compile(r"[/\x00-\x1f]+")


def scenario_name(scenario_path: Path) -> str:
    """The file's stem; of a `scenario.txt` the true name of its folder, whatever links lead there."""
    if scenario_path.name != "scenario.txt":
        return scenario_path.stem
    return scenario_path.resolve().parent.name or "scenario"


def rungroup_replacements(values: OptionValues, name: str, num_run: int) -> dict[str, str]:
    """What each placeholder, without its sign, stands for."""
    texts = {option.name: values.as_text(option.name) for option in option_table().options}
    return {"SCENARIO_NAME": name, **texts, "num-run": str(num_run)}


def fill_rungroup(template: str, replacements: Mapping[str, str], place: Place, sign: str = "%") -> str:
    """`template` with its placeholders, which begin with `sign`, replaced; unknown ones stay as they are.

    Raises InputError when the outcome is no path below the output folder.
    """
    placeholder = re.compile(re.escape(sign) + _PLACEHOLDER)
    filled = placeholder.sub(lambda match: _replaced(match[1], replacements, sign), template)
    path = PurePosixPath(filled)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise InputError(
            "the rungroup is no folder below the output folder",
            place=place,
            got=repr(filled),
            expected="a folder name",
        )
    return str(path)


def _replaced(word: str, replacements: Mapping[str, str], sign: str) -> str:
    """The replacement of the longest beginning of `word` that is a placeholder, and what follows it."""
    for end in reversed([match.end() for match in _WORD.finditer(word)]):
        name = word[:end].rstrip("-_")
        key = _placeholder(name)
        if key in replacements:
            return _NOT_IN_A_NAME.sub("_", replacements[key]) + word[len(name) :]
    return sign + word


def _placeholder(name: str) -> str:
    if canonical_name(name) == "scenarioname":
        return "SCENARIO_NAME"
    option = option_table().find(name)
    return option.name if option else ""
