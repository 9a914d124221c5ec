"""Folds of a cross-validation as jobs: those that differ in the fold alone stand for one configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bbopt.jobs.experiment_jobs import row_state
from bbopt.jobs.values import canonical
from bbopt.runs import mean_of
from bbopt.stores import JobRow

__all__ = ["FOLD", "N_FOLDS", "over_folds"]

FOLD = "id_cross_fold"
"""Pylearn's name of the setting that says which fold a job leaves out."""

N_FOLDS = "nb_cross_fold"
"""That of how many there are."""


def over_folds(rows: Iterable[JobRow]) -> list[dict[str, Any]]:
    """The flat states of jobs, those of one configuration as one: in the order of their first jobs.

    Equal are jobs with the same settings as they were added, but for the fold.  Numbers that have come out of
    all of them are means there, whole ones where all are whole; all else is the first one's.
    """
    found: dict[str, list[JobRow]] = {}
    for row in rows:
        key = {name: value for name, value in row.settings.items() if name != FOLD}
        known = canonical(key) if FOLD in row.settings else str(row.number)
        found.setdefault(known, []).append(row)
    return [_mean_state(some) for some in found.values()]


def _mean_state(rows: Sequence[JobRow]) -> dict[str, Any]:
    first, *others = states = [row_state(row) for row in rows]
    if not others:
        return first
    results = [key for key in first if key not in rows[0].settings and not key.startswith("jobman.")]
    return {**first, **{key: value for key in results if (value := _mean(key, states)) is not None}}


def _mean(key: str, states: Sequence[Mapping[str, Any]]) -> float | None:
    """None where it is no number; NaN where not all of the states have one."""
    values = [state.get(key) for state in states]
    numbers = [one for one in values if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < len(values):
        return float("nan") if numbers else None
    mean = mean_of(numbers)
    return round(mean) if math.isfinite(mean) and all(isinstance(one, int) for one in numbers) else mean
