"""A function of Python as the target of a search: what it is called with, and the scenario of that."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bbopt.errors import InputError, InputErrors, Problems, did_you_mean, nearest
from bbopt.options import COMMAND_LINE, Assignment, Assignments, option_table
from bbopt.scenario.command_scenarios import ParameterLines, command_scenario
from bbopt.session.command_files import write_command_scenario
from bbopt.space import ParameterKind, Space
from bbopt.space.native_values import choice_values
from bbopt.target.function_process import FAILED, command, pack

__all__ = ["function_scenario"]

_METRIC = "value"
_FILE = "function.pickle"
_NAMED = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_FACTS: dict[str, tuple[str, type]] = {
    "seed": ("{seed}", int),
    "budget": ("{runlength}", int),
    "instance": ("{instance}", str),
}
"""What a function may ask for beside its settings: the placeholder of each, and its type."""

_NEEDED = {
    "seed": ("algo-deterministic", "a deterministic function has no seed", "leave out deterministic=True"),
    "budget": ("budget-max", "runs have no budget", "give budget_max=27, say"),
    "instance": ("instances", "there are no instances", "give instances=FILE"),
}
_TAKEN = ("runlength", "scenario-folder")
"""Names that placeholders of the command have."""

_N_PATHS = 4
"""So many words of the command are there before the function's own."""

_NO_NAME = re.compile(r"[^\w.-]+")


def function_scenario(
    function: Callable[..., Any], space: Space, given: Assignments, current: Path
) -> Assignments:
    """Write the function and its scenario into the output folder, and return the options of the search.

    InputError (InputErrors) for what can't be used, before anything is written.
    """
    problems = Problems(given.problems)
    facts = problems.attempt(lambda: _facts(function, space, given))
    pickled = problems.attempt(lambda: _pickled(function))
    problems.extend(_unusable(space))
    if (file := given.last("pcs-file")) is not None:
        problems.append(_unfit("both a space and pcs_file are given", file.text, "leave out pcs_file"))
    if problems or facts is None or pickled is None:
        raise InputErrors(problems)
    is_runtime = _is_for_runtime(given)
    entries = [*given.entries, *_results(given, is_runtime=is_runtime)]
    if not given.has("algo-deterministic"):
        entries.append(_assignment("algo-deterministic", str("seed" not in facts).lower()))
    words = command(f"{{scenario-folder}}/{_FILE}", {name: _FACTS[name][0] for name in facts})
    words[:_N_PATHS] = map(_literal, words[:_N_PATHS])
    lines = ParameterLines(tuple(space.text.splitlines()))
    whole = Assignments(tuple(entries), words=tuple(words))
    scenario = dataclasses.replace(command_scenario(whole, lines, str(current)), name=_name(function))
    metric = given.last("metric")
    wanted = "" if is_runtime else _METRIC if metric is None else metric.text
    packed = pack(pickled, _values(space) | {name: _FACTS[name][1] for name in facts}, wanted)
    return write_command_scenario(scenario, current, {_FILE: packed})


def _assignment(name: str, text: str) -> Assignment:
    return Assignment(option_table()[name], name, text, COMMAND_LINE)


def _is_for_runtime(given: Assignments) -> bool:
    objective = given.last("run-obj")
    return objective is not None and objective.text.upper() == "RUNTIME"


def _results(given: Assignments, *, is_runtime: bool) -> Iterator[Assignment]:
    yield _assignment("result-pattern", FAILED)
    if not is_runtime and not given.has("metric"):
        yield _assignment("metric", _METRIC)


def _literal(word: str) -> str:
    """With braces that stand for themselves."""
    return re.sub(r"\{([A-Za-z][\w-]*(?::[^{}\[\]]+)?)\}", r"{{\1}}", word)


def _unusable(space: Space) -> Iterator[InputError]:
    if space.fixed:
        remedy = "give the whole one, and search_subspace='name=value, ...'"
        yield _unfit("a subspace can't be handed over with a function", repr(space), remedy)
    for name in _TAKEN:
        if name in space.index:
            yield _unfit("a function can't have a parameter of this name", name, "call it differently")


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "function" if name == "<lambda>" else _NO_NAME.sub("_", name)


def _values(space: Space) -> dict[str, type | dict[str, Any]]:
    """What makes a value of each parameter's text."""
    numbers = {ParameterKind.INTEGER: int, ParameterKind.REAL: float}
    return {
        parameter.name: numbers.get(parameter.kind)
        or dict(zip(parameter.choices, choice_values(parameter.choices), strict=True))
        for parameter in space.parameters
    }


def _pickled(function: Callable[..., Any]) -> bytes:
    """By name where it is in a module, else with all that it uses, as of a notebook or a script."""
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(function))
    except Exception as error:
        raise InputError(
            f"{_name(function)} can't be handed to the process that runs it",
            got=f"{type(error).__name__}: {error}",
            expected="a function whose surroundings can be pickled",
            remedy="open or make inside it what it uses (files, locks, connections), or put it into a module",
        ) from error


def _facts(function: Callable[..., Any], space: Space, given: Assignments) -> list[str]:
    """What it gets beside its settings; InputErrors where its parameters are not those of the space."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []  # some that are written in C do not tell
    by_name = {p.name: p for p in signature.parameters.values() if p.kind in _NAMED}
    takes_all = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    problems = Problems()
    shown = f"{_name(function)}{signature}"
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is parameter.empty:
            problems.append(_unfit(f"{parameter.name} can't be given by name", shown, "leave out the /"))
    facts = [name for name in _FACTS if name in by_name and name not in space.index]
    given_facts = [name for name in facts if _is_known(name, given)]
    problems.extend(
        _unfit(f"{_NEEDED[name][1]}, and the function asks for it", shown, _NEEDED[name][2])
        for name in facts
        if name not in given_facts and by_name[name].default is inspect.Parameter.empty
    )
    if not takes_all:
        for name in space.names:
            if name not in by_name:
                remedy = did_you_mean(nearest(name, by_name)) or "add it, or **settings for all others"
                problems.append(_unfit(f"the function has no parameter {name}", shown, remedy))
    optional = {condition.child for condition in space.conditions}
    for name, parameter in by_name.items():
        if name in facts or parameter.default is not parameter.empty:
            continue
        if name not in space.index:
            remedy = did_you_mean(nearest(name, space.names)) or "declare it, or give it a default"
            problems.append(_unfit(f"the space has no parameter {name}", shown, remedy))
        elif name in optional:
            remedy = "give it a default, which then stands"
            problems.append(_unfit(f"{name} is left out where its condition does not hold", shown, remedy))
    problems.raise_if_any()
    return given_facts


def _is_known(name: str, given: Assignments) -> bool:
    said = given.last(_NEEDED[name][0])
    if name == "seed":
        return said is None or said.text.lower() not in {"true", "1", "yes"}
    return said is not None


def _unfit(what: str, got: str, remedy: str) -> InputError:
    return InputError(what, got=got, remedy=remedy)
