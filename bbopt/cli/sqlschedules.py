"""`bbopt sqlschedules TABLE EXPERIMENT SETTING ...`: queue experiments for all combinations of settings."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.phase_words import phase_words
from bbopt.cli.scheduling import schedule

__all__ = ["sqlschedules"]


def sqlschedules(arguments: Arguments) -> int:
    """Queue a job for each combination of the choices in braces; 1 where there is nothing to come after."""
    from bbopt.jobs.products import product_of
    from bbopt.jobs.texts import count_added, product_line

    own = arguments.own
    if (phase := phase_words(arguments)) is None:
        return 1
    product = product_of(phase.settings)
    if not own.flag("quiet"):
        print(product_line(product))
    n_repeats = own.integer("repeat")
    n_added = schedule(arguments, product, n_repeats, phase.groups)
    if not own.flag("quiet"):
        print(count_added(n_added, len(product.lists) * n_repeats * (len(phase.groups) or 1)))
    return 0
