"""`bbopt jobs add URL`: put jobs into a queue."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.errors import InputErrors
from bbopt.stores import study_at

__all__ = ["jobs_add"]


def jobs_add(arguments: Arguments) -> int:
    """Add what is asked for."""
    if arguments.given.problems:
        raise InputErrors(arguments.given.problems)
    study_at(arguments.given.words[0])
    return 0
