"""Optimizers by the names they have on the command line."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.optimizers.protocol import Optimizer
from benchmarks.tasks import Task

__all__ = ["OPTIMIZERS", "OptimizerName", "make_optimizer", "parse_name"]

OPTIMIZERS: Mapping[str, str] = MappingProxyType(
    {
        "bbopt": "benchmarks.optimizers.bbopt_smbo",
        "bbopt_tpe": "benchmarks.optimizers.bbopt_tpe",
        "random": "benchmarks.optimizers.random_search",
        "smac3_hpo": "benchmarks.optimizers.smac3_hpo",
        "smac3_bb": "benchmarks.optimizers.smac3_bb",
        "optuna_tpe": "benchmarks.optimizers.optuna_tpe",
        "optuna_gp": "benchmarks.optimizers.optuna_gp",
        "hyperopt_tpe": "benchmarks.optimizers.hyperopt_tpe",
        "hebo": "benchmarks.optimizers.hebo_mace",
        "ax": "benchmarks.optimizers.ax_client",
        "vizier": "benchmarks.optimizers.vizier_gp",
    }
)
"""The module of each, which has `make(task, seed, budget)`; bbopt's takes model settings besides."""

_PLANNING = frozenset({"bbopt", "smac3_hpo", "smac3_bb"})


@dataclass(frozen=True, slots=True)
class OptimizerName:
    """A name taken apart: `base[:field=value,...][#label]`.

    The fields are those of bbopt's ModelSettings, `forest.n_trees` for one inside another, and `slots`: so
    many runs at a time, on a simulated clock.  The label changes nothing; it keeps results apart, of two
    states of the code, say.
    """

    base: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def plans_for_budget(self) -> bool:
        """Whether the number of evaluations to come changes what it does in the first ones."""
        return self.base in _PLANNING


def parse_name(text: str) -> OptimizerName:
    """The parts of an optimizer's name; ValueError when there is no such optimizer, or it takes no fields."""
    base, _, rest = text.partition("#")[0].partition(":")
    if base not in OPTIMIZERS:
        raise ValueError(f"no optimizer {base!r}; there are: {', '.join(OPTIMIZERS)}")
    pairs = [part.partition("=") for part in rest.split(",") if part]
    if pairs and base != "bbopt":
        raise ValueError(f"{text!r}: only bbopt has variants")
    if not all(equals and value for _, equals, value in pairs):
        raise ValueError(f"{text!r}: a variant is name=value,name=value,...")
    return OptimizerName(base, tuple((name, value) for name, _, value in pairs))


def make_optimizer(text: str, task: Task, seed: int, budget: int) -> Optimizer:
    """The optimizer of this name, new, about to minimise `task` with `budget` evaluations.

    ValueError when there is no such optimizer or variant, ImportError when it is not installed.
    """
    name = parse_name(text)
    module = importlib.import_module(OPTIMIZERS[name.base])
    if name.base == "bbopt":
        made: Optimizer = module.make(task, seed, budget, dict(name.fields))
    else:
        made = module.make(task, seed, budget)
    return made
