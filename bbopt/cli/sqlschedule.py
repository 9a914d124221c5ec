"""`bbopt sqlschedule TABLE EXPERIMENT SETTING ...`: queue one experiment, as Jobman does."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.scheduling import schedule, scheduling_words

__all__ = ["sqlschedule"]


def sqlschedule(arguments: Arguments) -> int:
    """Queue the job."""
    from bbopt.jobs.products import Product

    _, _, settings = scheduling_words(arguments)
    schedule(arguments, Product((tuple(settings),), ()), 1)
    return 0
