"""The columns that a view of jobs has: one for each key of any job's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bbopt.jobs.job_state import EXPERIMENT, PRIORITY, STATUS
from bbopt.stores import ViewColumn

__all__ = ["column_name", "view_columns"]

_FIXED = (STATUS, PRIORITY, EXPERIMENT, "jobman.id")
"""What every job has, in columns of its own."""


def column_name(key: str) -> str:
    """Jobman's name for it: `n_hidden` is nhidden, `jobman.status` jobman_status, `state.n` n."""
    return key.removeprefix("state.").replace("_", "").replace(".", "_").lower()


def view_columns(states: Iterable[Mapping[str, Any]]) -> list[ViewColumn]:
    """Those of the flat states, in the order of their first appearance.

    Values that are whole numbers in some states and not in others are all numbers.  A name that another key
    has is told apart by a number behind it.
    """
    kinds: dict[str, type] = {}
    for state in states:
        for key, value in state.items():
            if key not in _FIXED:
                kind = _kind(value)
                kinds[key] = kind if kinds.get(key, kind) is kind else _of_both(kinds[key], kind)
    taken = {column_name(key) for key in _FIXED}
    columns = []
    for key, kind in kinds.items():
        name = column_name(key)
        number = 2
        while name in taken:
            name, number = f"{column_name(key)}_{number}", number + 1
        taken.add(name)
        columns.append(ViewColumn(name, key, kind))
    return columns


def _kind(value: Any) -> type:
    if isinstance(value, bool):
        return str
    if isinstance(value, int):
        return int if abs(value) < 2**63 else float
    return float if isinstance(value, float) else str


def _of_both(one: type, other: type) -> type:
    return float if {one, other} == {int, float} else str
