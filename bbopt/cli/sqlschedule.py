"""`bbopt sqlschedule` and `sqlschedules`: queue experiments, as Jobman does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from bbopt.jobs.products import Product

__all__ = ["sqlschedule", "sqlschedules"]


def sqlschedule(arguments: Arguments) -> int:
    """Queue one job."""
    from bbopt.jobs.products import Product

    _, _, settings = _words(arguments)
    _schedule(arguments, Product((tuple(settings),), ()), 1)
    return 0


def sqlschedules(arguments: Arguments) -> int:
    """Queue a job for each combination of the choices in braces."""
    from bbopt.jobs.products import product_of
    from bbopt.jobs.texts import count_added, product_line

    own = arguments.own
    product = product_of(_words(arguments)[2])
    if not own.flag("quiet"):
        print(product_line(product))
    n_repeats = own.integer("repeat")
    n_added = _schedule(arguments, product, n_repeats)
    if not own.flag("quiet"):
        print(count_added(n_added, len(product.lists) * n_repeats))
    return 0


def _words(arguments: Arguments) -> tuple[str, str, Sequence[str]]:
    """The table, the experiment, the settings."""
    words = arguments.given.words
    if len(words) < 2:
        raise InputError(
            "a table and an experiment are needed",
            place=COMMAND_LINE,
            got=" ".join(words) or None,
            expected="TABLE MODULE.FUNCTION SETTING ...",
        )
    return words[0], words[1], words[2:]


def _schedule(arguments: Arguments, product: Product, n_repeats: int) -> int:
    """How many of the jobs were added."""
    import numpy as np

    from bbopt.jobs.experiment_jobs import experiment_job, refuse_unknown
    from bbopt.jobs.expressions import Draws
    from bbopt.jobs.job_state import queued_state
    from bbopt.jobs.settings import SettingsReader, settle
    from bbopt.jobs.texts import adding, skipping
    from bbopt.stores import job_queue_at

    own, folder = arguments.own, current_folder()
    table, experiment, _ = _words(arguments)
    address = StudyAddress.read_table(table, folder, COMMAND_LINE)
    reader, draws = SettingsReader(folder), Draws(np.random.default_rng())
    read = [reader.read(settings) for settings in product.lists]
    refuse_unknown(experiment, folder)
    states = [settle(settings, draws) for settings in read for _ in range(n_repeats)]
    jobs = [experiment_job(experiment, folder, state) for state in states]
    if own.flag("dry-run"):
        numbers: Sequence[int | None] = range(len(jobs))
    elif own.flag("force") or n_repeats > 1:
        numbers = job_queue_at(address).add(jobs)
    else:
        numbers = job_queue_at(address).add_missing(jobs)
    if not own.flag("quiet"):
        for state, number in zip(states, numbers, strict=True):
            print(skipping(state) if number is None else adding(queued_state(state, experiment)))
    return sum(number is not None for number in numbers)
