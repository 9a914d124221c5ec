"""`bbopt sqlschedule TABLE EXPERIMENT SETTING ...`: queue one experiment, as Jobman does."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.phase_words import phase_words
from bbopt.cli.scheduling import schedule

__all__ = ["sqlschedule"]


def sqlschedule(arguments: Arguments) -> int:
    """Queue the job, or one after each group; 1 where there is nothing to come after."""
    from bbopt.jobs.products import Product

    if (phase := phase_words(arguments)) is None:
        return 1
    schedule(arguments, Product((tuple(phase.settings),), ()), 1, phase.groups)
    return 0
