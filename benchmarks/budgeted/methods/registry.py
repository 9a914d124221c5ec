"""Methods by the names they have on the command line."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import Method
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.optimizers import OPTIMIZERS

__all__ = ["METHODS", "check_name", "make_method"]

_PROPOSERS = ("smbo", "random", "tpe")
_PACKAGE = "benchmarks.budgeted.methods"

METHODS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "full": (f"{_PACKAGE}.full_runs", tuple(OPTIMIZERS)),
        "auto": (f"{_PACKAGE}.bbopt_racers", _PROPOSERS),
        "hopeless": (f"{_PACKAGE}.bbopt_racers", ("curve", "median")),
        "hyperband": (f"{_PACKAGE}.bbopt_racers", _PROPOSERS),
        "asha": (f"{_PACKAGE}.bbopt_racers", _PROPOSERS),
        "successive-halving": (f"{_PACKAGE}.bbopt_racers", _PROPOSERS),
        "dehb": (f"{_PACKAGE}.dehb_evolution", ()),
        "optuna": (f"{_PACKAGE}.optuna_pruners", ("hyperband", "asha")),
        "smac3": (f"{_PACKAGE}.smac3_hyperband", ()),
    }
)
"""The module of each, and what may follow it behind a colon, the first being the default.

A module has `make(base, variant, task, seed, pricing)`.
"""


def check_name(text: str) -> tuple[str, str]:
    """The base and the variant of `base[:variant][#label]`; ValueError when there is no such method.

    The label changes nothing; it keeps results apart, of two states of the code, say.
    """
    base, _, variant = text.partition("#")[0].partition(":")
    if base not in METHODS:
        raise ValueError(f"no method {base!r}; there are: {', '.join(METHODS)}")
    variants = METHODS[base][1]
    if variant and variant not in variants:
        known = ", ".join(f"{base}:{name}" for name in variants) or f"{base} alone"
        raise ValueError(f"no method {text!r}; there is: {known}")
    return base, variant or next(iter(variants), "")


def make_method(text: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """The method of this name, new, about to minimise `task`.

    ValueError when there is no such method, ImportError when it is not installed.
    """
    base, variant = check_name(text)
    made: Method = importlib.import_module(METHODS[base][0]).make(base, variant, task, seed, pricing.of(task))
    return made
