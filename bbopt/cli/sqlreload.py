"""`bbopt sqlreload TABLE FOLDER JOB ...`: queue again what a table has lost, from the jobs' folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.job_words import named_jobman_table, refuse_words
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.options import COMMAND_LINE

__all__ = ["reload_jobs", "sqlreload"]


def sqlreload(arguments: Arguments) -> int:
    """Put them back; 1 where nothing was."""
    usage = "bbopt sqlreload TABLE EXPROOT/DATABASE/TABLE"
    return reload_jobs(arguments, usage, lambda: named_jobman_table(arguments.given.words[0]))


def reload_jobs(arguments: Arguments, usage: str, study: Callable[[], StudyAddress]) -> int:
    """The same for the jobs of a study."""
    from bbopt.jobs.experiment_jobs import read_back
    from bbopt.jobs.job_folder import JobFolder
    from bbopt.jobs.selections import read_ids
    from bbopt.stores import job_queue_at

    own, words = arguments.own, arguments.given.words
    are_wrong = len(words) < 2 or (len(words) == 2) != own.flag("all")
    what = "an address, a folder and jobs are needed"
    refuse_words(arguments, are_wrong, what, f"{usage} JOB ..., or --all")
    queue = job_queue_at(study())
    home = current_folder() / Path(words[1]).expanduser()
    if not home.is_dir():
        raise InputError("there is no such folder", place=COMMAND_LINE, got=str(home))
    numbers = _numbers_in(home) if own.flag("all") else read_ids(words[2:])
    problems, jobs = Problems(), {}
    for number in numbers:
        if not (home / str(number)).is_dir():
            problems.append(InputError("there is no folder of this job", place=Place(home), got=str(number)))
        elif (job := problems.attempt(lambda n=number: read_back(JobFolder(home / str(n))))) is not None:  # type: ignore[misc]
            jobs[number] = job
    if problems:
        raise InputErrors(problems)
    put = queue.put_back(jobs)
    for number in numbers:
        print(f"Job {number} is {'back' if number in put else 'there already'}.")
    return 0 if put else 1


def _numbers_in(home: Path) -> list[int]:
    return sorted(int(entry.name) for entry in home.iterdir() if entry.name.isdigit() and entry.is_dir())
