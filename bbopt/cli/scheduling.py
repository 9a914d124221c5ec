"""Queuing experiments as Jobman does: what `sqlschedule` and `sqlschedules` have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.job_words import named_jobman_table, refuse_words

if TYPE_CHECKING:
    from bbopt.jobs.phases import PhaseGroup
    from bbopt.jobs.products import Product
    from bbopt.stores import NewGroup

__all__ = ["schedule", "scheduling_words"]


def scheduling_words(arguments: Arguments) -> tuple[str, str, Sequence[str]]:
    """The table, the experiment, the settings."""
    words = arguments.given.words
    usage = "TABLE MODULE.FUNCTION SETTING ..."
    refuse_words(arguments, len(words) < 2, "a table and an experiment are needed", usage)
    return words[0], words[1], words[2:]


def schedule(
    arguments: Arguments, product: Product, n_repeats: int, groups: Sequence[PhaseGroup] = ()
) -> int:
    """Queue a job for each list of settings, so many times, and say so; how many were added.

    With groups so many jobs after each of them, which have its settings, too.
    """
    import numpy as np

    from bbopt.jobs.experiment_jobs import experiment_job, refuse_unknown
    from bbopt.jobs.expressions import Draws
    from bbopt.jobs.job_state import queued_state
    from bbopt.jobs.settings import SettingsReader, settle
    from bbopt.jobs.texts import adding, group_line, skipping
    from bbopt.stores import job_queue_at

    own, folder = arguments.own, current_folder()
    table, experiment, _ = scheduling_words(arguments)
    address = named_jobman_table(table)
    reader, draws = SettingsReader(folder), Draws(np.random.default_rng())
    read = [reader.read(settings) for settings in product.lists]
    refuse_unknown(experiment, folder)
    places: list[tuple[NewGroup | None, Mapping[str, Any]]]
    places = [(one.group, one.settings) for one in groups] or [(None, {})]
    planned = [
        (group, {**settle(settings, draws), **shared})
        for group, shared in places
        for settings in read
        for _ in range(n_repeats)
    ]
    jobs = [experiment_job(experiment, folder, state, after=group) for group, state in planned]
    if own.flag("dry-run"):
        numbers: Sequence[int | None] = range(len(jobs))
    elif own.flag("force") or n_repeats > 1:
        numbers = job_queue_at(address).add(jobs)
    else:
        numbers = job_queue_at(address).add_missing(jobs)
    if not own.flag("quiet"):
        told: set[str] = set()
        for (group, state), number in zip(planned, numbers, strict=True):
            if group is not None and group.name not in told:
                told.add(group.name)
                print(group_line(group.name, len(group.jobs)))
            print(skipping(state) if number is None else adding(queued_state(state, experiment)))
    return sum(number is not None for number in numbers)
