"""Files of other programs, recognised where a parameter file or a scenario file is expected."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.errors import InputError, Place
from bbopt.shell_words import shell_word
from bbopt.text_files import numbered_lines

__all__ = ["ForeignFile", "configspace_normal", "recognised"]

_IRACE_PARAMETER = re.compile(
    r"\s*(?P<name>[^\s\"']+)\s+(\"(?P<switch>[^\"]*)\"|'[^']*')\s+(?P<type>[ciro])(?P<log>,log)?\s*\((?P<domain>[^()]*)\)?"
)
_IRACE_OPTION = re.compile(
    r"\s*(parameterFile|parameterText|targetRunner\w*|targetEvaluator|trainInstances(Dir|File)"
    r"|testInstances(Dir|File)|maxExperiments|maxTime|forbiddenFile|configurationsFile|recoveryFile"
    r"|debugLevel|firstTest|testType|elitist|nbIterations)\s*="
)
_PYTHON = re.compile(r"(?:import\s+\w+|from\s+[\w.]+\s+import\b)|(?:def|class)\s+\w+.*:\s*$")
_OWN_FORMS = {
    "scenario file": re.compile(
        r"\s*(algo|algo-?exec|pcs-?file|param-?file|run-?obj|instance-?file)\s*[=:]", re.IGNORECASE
    ),
    "parameter file": re.compile(
        r"\s*\S+\s*(\s(categorical|ordinal)\s*\{|\s(integer|real)\s*\[|[\[{].*\]\s*\[)"
    ),
}
_TYPES_OF_IRACE = {"c": "categorical", "o": "ordinal", "i": "integer", "r": "real"}
_TYPES_OF_CONFIGSPACE = {
    "categorical": "categorical",
    "ordinal": "ordinal",
    "uniform_int": "integer",
    "uniform_float": "real",
    "normal_int": "integer",
    "normal_float": "real",
}
_FORMS = (
    "a line each: NAME categorical {a, b} [DEFAULT], NAME integer [LOW, HIGH] [DEFAULT], or real, "
    "perhaps with log or step(SIZE) behind it; conditions as CHILD | PARENT == a, "
    "forbidden clauses as {NAME=a, NAME=b}"
)
_FROM_CONFIGSPACE = (
    "import ConfigSpace, bbopt.space as s; "
    "print(s.from_configspace(ConfigSpace.ConfigurationSpace.from_json({file!r})).text)"
)


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """What a file is; `example` is its first parameter as a parameter file has it, where it has parameters.

    `settings` are the options of a scenario, by the other program's names; `instead` is what to do with
    the file, wherever it stands.
    """

    what: str
    line: int
    got: str
    example: str = ""
    remedy: str = ""
    settings: Mapping[str, str] | None = None
    instead: str = ""

    def no_parameter_file(self, source: str | Path) -> InputError:
        """The error where a parameter file is expected."""
        return self.error(source, self.example or "a parameter file", self.instead or self.remedy or _FORMS)

    def error(self, source: str | Path, expected: str, remedy: str) -> InputError:
        """The error where something else is expected."""
        place = Place(source, self.line, 1)
        return InputError(f"this is {self.what}", place=place, got=self.got, expected=expected, remedy=remedy)


def recognised(text: str, source: str | Path, role: str) -> ForeignFile | None:
    """What the file `source` with this text is, when it is known and no `role` ("parameter file", say)."""
    if text.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            return _json(json.loads(text), source)
    lines = [(number, line) for number, line in numbered_lines(text) if not line.lstrip().startswith("#")]
    return (
        _python_script(lines, source)
        or _irace_parameters(lines)
        or _irace_scenario(lines)
        or _other_input(lines, role)
    )


def _python_script(lines: Sequence[tuple[int, str]], source: str | Path) -> ForeignFile | None:
    found = next(((number, line) for number, line in lines if _PYTHON.match(line)), None)
    if found is None:
        return None
    instead = f"bbopt init {shell_word(str(source))} writes a scenario and a parameter file for it"
    return ForeignFile("a Python script", found[0], found[1].strip(), instead=instead)


def _other_input(lines: Sequence[tuple[int, str]], role: str) -> ForeignFile | None:
    """One of bbopt's own input files in the place of another one."""
    what = "scenario file" if role == "parameter file" else "parameter file"
    found = next(((number, line) for number, line in lines if _OWN_FORMS[what].match(line)), None)
    return ForeignFile(f"a {what}", found[0], found[1].strip()) if found else None


def _irace_parameters(lines: Sequence[tuple[int, str]]) -> ForeignFile | None:
    for number, line in lines:
        if match := _IRACE_PARAMETER.match(line):
            remedy = f"{_FORMS}; switches other than --NAME as param-template = NAME: --switch {{value}}"
            return ForeignFile("irace's file of parameters", number, line.strip(), _as_pcs(match), remedy)
    return None


def _as_pcs(match: re.Match[str]) -> str:
    """One of irace's parameters as a line of a parameter file; its first value is the default."""
    values = [value.strip().strip("\"'") for value in match["domain"].split(",")]
    words = "log" if match["log"] else ""
    return _line(match["name"], _TYPES_OF_IRACE[match["type"]], values, values[0], words)


def _line(name: str, kind: str, values: list[str], default: str, words: str) -> str:
    domain = ", ".join(values)
    shown = f"{{{domain}}}" if kind in {"categorical", "ordinal"} else f"[{domain}]"
    return f"{name} {kind} {shown} [{default}] {words}".rstrip()


def _irace_scenario(lines: Sequence[tuple[int, str]]) -> ForeignFile | None:
    named = [(number, line) for number, line in lines if _IRACE_OPTION.match(line)]
    if not named:
        return None
    pairs = (line.partition("=") for _, line in lines if "=" in line)
    settings = {name.strip(): value.partition("#")[0].strip().strip("\"'") for name, _, value in pairs}
    number, line = named[0]
    return ForeignFile("irace's scenario file", number, line.strip(), settings=settings)


def _json(content: Any, source: str | Path) -> ForeignFile:
    if not isinstance(content, dict):
        return ForeignFile("a file in JSON", 1, "a list")
    if "hyperparameters" in content:
        command = _FROM_CONFIGSPACE.format(file=str(source))
        remedy = f"python -c {shell_word(command)} > params.pcs"
        example = _example_of_configspace(content["hyperparameters"])
        return ForeignFile("a space of ConfigSpace in JSON", 1, '{"hyperparameters": ...', example, remedy)
    if "configs" in content and "data" in content:
        return ForeignFile("SMAC3's file of runs", 1, '{"configs": ..., "data": ...')
    if content.keys() & {"n_trials", "walltime_limit", "run_obj", "ta", "crash_cost"}:
        settings = {
            name: json.dumps(value).strip('"')
            for name, value in content.items()
            if isinstance(value, bool | int | float | str)
        }
        return ForeignFile("SMAC3's scenario in JSON", 1, _keys(content), settings=settings)
    return ForeignFile("a file in JSON", 1, _keys(content))


def _keys(content: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f'"{name}": ...' for name in list(content)[:3]) + "}"


def _example_of_configspace(hyperparameters: Any) -> str:
    """The first one that a parameter file has a type for."""
    for one in hyperparameters if isinstance(hyperparameters, list) else []:
        kind = _TYPES_OF_CONFIGSPACE.get(one.get("type", "")) if isinstance(one, dict) else None
        if kind is None:
            continue
        values = one.get("choices") or one.get("sequence") or [one.get("lower"), one.get("upper")]
        default = one.get("default_value", one.get("default"))
        return _line(str(one.get("name")), kind, [*map(str, values)], str(default), _words(one))
    return ""


def _words(hyperparameter: Mapping[str, Any]) -> str:
    """Those behind the declaration of one of ConfigSpace's; older versions had steps, too."""
    is_log, step = bool(hyperparameter.get("log")), hyperparameter.get("q")
    words = "log" if is_log else ""
    with suppress(KeyError, TypeError, ValueError):
        shape = [float(hyperparameter[key]) for key in ("mu", "sigma", "lower")]
        words = configspace_normal(*shape, is_log=is_log)
    return f"{words} step({step})".lstrip() if step else words


def configspace_normal(mu: float, sigma: float, lower: float, *, is_log: bool) -> str:
    """Our words for ConfigSpace's normal distribution of a number that begins at `lower`.

    On a logarithmic scale it takes the logarithm of mu, and that of sigma on top of the lower bound.
    """
    if not is_log:
        return f"normal({mu!r}, {sigma!r})"
    return f"lognormal({math.log(mu)!r}, {abs(math.log(lower + sigma))!r})"
