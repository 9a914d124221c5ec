"""The methods of AutoML: what their parameters are, and the search and the schedule that each one means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bbopt.automl.schedule import Bracket, Round, Schedule
from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.scenario.budgets import BudgetOptions, refuse_without_promotion

__all__ = ["METHODS", "Method", "read_method"]

METHODS = ("hyperband", "hyperopt", "smbo")
"""MADlib has the first two; the third is bbopt's own engine with the parameters of the second."""

_ALGORITHMS = {"tpe": "tpe", "rand": "random"}
"""MADlib's names, and the engine that each one is."""

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "hyperband": {"R": 6, "eta": 3, "skip_last": 0},
    "hyperopt": {"num_configs": 20, "num_iterations": 5, "algorithm": "tpe"},
    "smbo": {"num_configs": 20, "num_iterations": 5},
}
_PLACE = Place("automl_params")
_PAIR = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<value>\w+)\s*")


@dataclass(frozen=True, slots=True)
class Method:
    """A method with its parameters: the schedule, and the options of the search.

    `params` is the text that tables hold, as given, or else the defaults.
    """

    name: str
    params: str
    schedule: Schedule
    options: Mapping[str, str]


def read_method(name: str, params: str | None = None) -> Method:
    """What `automl_method` and `automl_params` ask for; InputError for what they can't mean."""
    method = name.strip().lower()
    if method not in METHODS:
        raise InputError(
            f"unknown method {name!r}",
            place=Place("automl_method"),
            expected=" or ".join(METHODS),
            remedy=did_you_mean(nearest(method, METHODS)),
        )
    values = _values(method, params)
    if params is None or not params.strip():
        params = ", ".join(f"{name}={value}" for name, value in values.items())
    if method == "hyperband":
        return _hyperband(params, values)
    engine = _ALGORITHMS[values["algorithm"]] if method == "hyperopt" else "smbo"
    n, iterations = values["num_configs"], values["num_iterations"]
    options = {
        "engine": engine,
        "racer": "none",
        "budget-max": str(iterations),
        "runcount-limit": str(n),
    }
    bracket = Bracket(None, 1, 0, (Round(0, n, iterations, iterations),))
    return Method(method, params.strip(), Schedule((bracket,)), options)


def _hyperband(params: str, values: Mapping[str, int]) -> Method:
    from bbopt.engines.racers.schedule import hyperband_schedule

    budgets = BudgetOptions(1, values["R"], values["eta"], values["skip_last"])
    refuse_without_promotion(budgets, lambda _: _PLACE, "R")
    plans = hyperband_schedule(budgets.most, budgets.eta, budgets.least, budgets.skip_last)
    brackets, key, before = [], 1, 0
    for plan in plans:
        in_all = plan.run_lengths(are_additional=True)
        rounds = [
            Round(i, rung.n, rung.budget, so_far)
            for i, (rung, so_far) in enumerate(zip(plan.rungs, in_all, strict=True))
        ]
        brackets.append(Bracket(plan.s, key, before, tuple(rounds)))
        key += plan.n
        before += rounds[0].iterations
    options = {
        "engine": "random",
        "racer": "hyperband",
        "budget-max": str(budgets.most),
        "eta": str(budgets.eta),
        "skip-last": str(budgets.skip_last),
        "brackets": str(len(plans)),
        "budget-counts": "additional",
    }
    return Method("hyperband", params.strip(), Schedule(tuple(brackets)), options)


def _values(method: str, params: str | None) -> dict[str, Any]:
    values = dict(_DEFAULTS[method])
    by_name = {name.lower(): name for name in values}
    expected = ", ".join(f"{name}={value}" for name, value in values.items())
    for part in (params or "").split(","):
        if not part.strip():
            continue
        match = _PAIR.fullmatch(part)
        if match is None:
            what = f"{part.strip()!r} is no pair of a name and a value"
            raise InputError(what, place=_PLACE, got=params, expected=expected)
        name = by_name.get(match["name"].lower())
        if name is None:
            raise InputError(
                f"{method} has no parameter {match['name']}",
                place=_PLACE,
                got=params,
                expected=expected,
                remedy=did_you_mean(nearest(match["name"], values)),
            )
        values[name] = _value(name, match["value"])
    return values


def _value(name: str, text: str) -> Any:
    if name == "algorithm":
        if text.lower() not in _ALGORITHMS:
            raise InputError(
                f"unknown algorithm {text!r}",
                place=_PLACE,
                expected=" or ".join(_ALGORITHMS),
                remedy=did_you_mean(nearest(text.lower(), _ALGORITHMS)),
            )
        return text.lower()
    least = {"skip_last": 0, "eta": 2}.get(name, 1)
    if not text.isdecimal() or not least <= int(text) < 2**31 - 1:
        raise InputError(
            f"{name} can't be {text}", place=_PLACE, expected=f"a whole number of at least {least}"
        )
    return int(text)
