"""`bbopt sqlschedules TABLE EXPERIMENT SETTING ...`: queue experiments for all combinations of settings."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.scheduling import schedule, scheduling_words

__all__ = ["sqlschedules"]


def sqlschedules(arguments: Arguments) -> int:
    """Queue a job for each combination of the choices in braces."""
    from bbopt.jobs.products import product_of
    from bbopt.jobs.texts import count_added, product_line

    own = arguments.own
    product = product_of(scheduling_words(arguments)[2])
    if not own.flag("quiet"):
        print(product_line(product))
    n_repeats = own.integer("repeat")
    n_added = schedule(arguments, product, n_repeats)
    if not own.flag("quiet"):
        print(count_added(n_added, len(product.lists) * n_repeats))
    return 0
