"""The tasks by name, and the groups they come in."""

from __future__ import annotations

from pathlib import Path

from benchmarks.budgeted.hartmann import MFHartmann
from benchmarks.budgeted.surrogates import epochs, training_shares
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.tasks import GROUPS as FULL_GROUPS
from benchmarks.tasks.smooth import HARTMANN_3, HARTMANN_6

__all__ = ["GROUPS", "make_budgeted"]

_HARTMANN = {"mfhartmann3": HARTMANN_3, "mfhartmann6": HARTMANN_6}
_SURROGATES = {"lcbench": epochs, "rbv2_rpart": training_shares}

GROUPS: dict[str, tuple[str, ...]] = {
    **{name: FULL_GROUPS[name] for name in ("lcbench", "lcbench_heldout", "rpart")},
    "hartmann": tuple(_HARTMANN),
}
"""The names of the tasks in each group."""


def make_budgeted(name: str, seed: int, data: Path | None) -> BudgetedTask:
    """The task of this name, its noise from `seed`; KeyError when there is none, or the data is missing."""
    if name in _HARTMANN:
        return MFHartmann(_HARTMANN[name], seed)
    scenario, _, instance = name.rpartition("_")
    if data is None:
        raise KeyError(name)
    return _SURROGATES[scenario](instance, data)
