"""What stands in the flat state of every job beside its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bbopt.runs import JobStatus

__all__ = [
    "AFTER",
    "DEFAULT_PRIORITY",
    "EXPERIMENT",
    "PHASE",
    "PRIORITY",
    "RESTART_PRIORITY",
    "STATUS",
    "queued_state",
]

EXPERIMENT = "jobman.experiment"
STATUS = "jobman.status"
PRIORITY = "jobman.sql.priority"
AFTER = "jobman.after"
"""The name of the group that a job of a later phase comes after; others have none."""
PHASE = "jobman.phase"

DEFAULT_PRIORITY = 1.0
RESTART_PRIORITY = 2.0
"""That of a job which has begun and wants to go on: before all that have not begun."""


def queued_state(settings: Mapping[str, Any], experiment: str) -> dict[str, Any]:
    """The flat state of a job that is added with the flat `settings`."""
    return {
        **settings,
        EXPERIMENT: experiment,
        STATUS: int(JobStatus.START),
        PRIORITY: DEFAULT_PRIORITY,
    }
