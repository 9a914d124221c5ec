"""At which budgets runs stop to be looked at, and the other settings of the search."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bbopt.acquisition import SearchSettings

__all__ = ["BudgetSearchSettings", "budget_levels"]

_SPAN = 27.0  # of the highest budget to the lowest: below it, runs say little
_STEP_ONWARDS, _STEP_ANEW = 2, 3
_EXPLORED_ONWARDS, _EXPLORED_ANEW = 8.0, 5.0


@dataclass(frozen=True, slots=True)
class BudgetSearchSettings:
    """How the search uses budgets.

    levels: the budgets, ascending, the last one that of a run in full.  goes_on: whether a run goes on from
    where the last one of its configuration has stopped, so that only what is new has to be paid.
    explored: work, in runs in full, before the ordinary engine takes over.  n_points: of the space-filling
    design, by default one that fits the number of parameters.  models_proposals: new configurations come
    from the search's own model, rather than from a proposer.
    """

    levels: tuple[int, ...]
    goes_on: bool
    explored: float
    n_points: int | None = None
    models_proposals: bool = True
    search: SearchSettings = field(default_factory=SearchSettings)

    @classmethod
    def between(
        cls,
        lowest: int,
        highest: int,
        *,
        goes_on: bool,
        step: int | None = None,
        models_proposals: bool = True,
        search: SearchSettings | None = None,
    ) -> BudgetSearchSettings:
        """The settings that were measured best for budgets from `lowest` to `highest`."""
        if step is None:
            step = _STEP_ONWARDS if goes_on else _STEP_ANEW
        return cls(
            budget_levels(lowest, highest, step),
            goes_on,
            _EXPLORED_ONWARDS if goes_on else _EXPLORED_ANEW,
            models_proposals=models_proposals,
            search=search or SearchSettings(),
        )


def budget_levels(lowest: int, highest: int, step: int) -> tuple[int, ...]:
    """Whole budgets up to `highest`, each about `step` times the one before.

    The first is near the larger one of `lowest` and a 27th of the highest.
    """
    span = min(_SPAN, highest / lowest)
    n_steps = round(math.log(span) / math.log(step))
    return tuple(sorted({max(lowest, round(highest / step**k)) for k in range(n_steps + 1)}))
