"""`bbopt worker URL`: work at the jobs of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.streams import outlive_the_output
from bbopt.cli.working import named_folder, run_worker
from bbopt.errors import InputError, InputErrors
from bbopt.options import COMMAND_LINE, OptionValues

if TYPE_CHECKING:
    from bbopt.planning.setup import Setup
    from bbopt.stores import JobQueue
    from bbopt.workers import JobRunner

__all__ = ["worker"]


def worker(arguments: Arguments) -> int:
    """Work; 1 where it was no use."""
    from bbopt.stores import job_queue_at, study_at
    from bbopt.workers import Worker, WorkerSettings, refuse_untrusted

    outlive_the_output()
    own, given = arguments.own, arguments.given
    if given.problems:
        raise InputErrors(given.problems)
    setup = _own_scenario(arguments)
    default = None if setup is None else setup.scenario.study
    study = study_at(given.words[0], own.optional_text("study"), default)
    if setup is None and not own.flag("trust"):
        refuse_untrusted(study.database)
    settings = WorkerSettings(
        n_slots=own.integer("cores"),
        n_jobs=own.optional_integer("max-jobs"),
        max_failures=own.integer("max-failures"),
        idle_end_s=own.optional_number("reserve-timeout"),
        last_claim_s=own.optional_number("last-job-timeout"),
    )
    queue = job_queue_at(study)
    one = Worker(queue, _runners(queue, own, setup), settings)
    end, number = run_worker(one, f"Working at {queue.shown}.")
    print(f"The worker ends: {end.reason}. Jobs: {end.n_done} done, {end.n_failed} failed.")
    return 128 + number if number else int(end.is_failure)


def _own_scenario(arguments: Arguments) -> Setup | None:
    """The scenario that the worker is given, None for none; InputErrors where it can't be used here."""
    own, given = arguments.own, arguments.given
    if not given.entries:
        return None
    if own.flag("trust"):
        raise InputError(
            "a worker that trusts the database needs no scenario",
            place=COMMAND_LINE,
            expected="options of a scenario, whose runs alone are made then, or --trust",
            remedy="leave out one of the two",
        )
    from bbopt.scenario import portable_scenario
    from bbopt.workers import setup_here

    return setup_here(portable_scenario(given, current_folder()), named_folder(own, "workdir"))


def _runners(queue: JobQueue, own: OptionValues, setup: Setup | None) -> list[JobRunner]:
    """What may be executed: all that the database says, or the runs of one scenario."""
    from bbopt.workers import CommandRuns, OwnSearchRuns, ScenariosOfQueue, SearchRuns, SettingsRuns

    if setup is not None:
        return [OwnSearchRuns.of(setup), SettingsRuns(ScenariosOfQueue(queue, own=setup))]
    directory = named_folder(own, "workdir")
    scenarios = ScenariosOfQueue(queue, directory)
    return [SearchRuns(directory), SettingsRuns(scenarios), CommandRuns(scenarios)]
