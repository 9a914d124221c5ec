"""Queuing experiments as Jobman does: what `sqlschedule` and `sqlschedules` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from bbopt.jobs.products import Product

__all__ = ["schedule", "scheduling_words"]


def scheduling_words(arguments: Arguments) -> tuple[str, str, Sequence[str]]:
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


def schedule(arguments: Arguments, product: Product, n_repeats: int) -> int:
    """Queue a job for each list of settings, so many times, and say so; how many were added."""
    import numpy as np

    from bbopt.jobs.experiment_jobs import experiment_job, refuse_unknown
    from bbopt.jobs.expressions import Draws
    from bbopt.jobs.job_state import queued_state
    from bbopt.jobs.settings import SettingsReader, settle
    from bbopt.jobs.texts import adding, skipping
    from bbopt.stores import job_queue_at

    own, folder = arguments.own, current_folder()
    table, experiment, _ = scheduling_words(arguments)
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
