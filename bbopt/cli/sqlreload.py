"""`bbopt sqlreload TABLE FOLDER JOB ...`: queue again what a table has lost, from the jobs' folders."""

from __future__ import annotations

from pathlib import Path

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.job_words import named_jobman_table, named_study, refuse_words
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.options import COMMAND_LINE

__all__ = ["jobs_reload", "sqlreload"]


def sqlreload(arguments: Arguments) -> int:
    """Put them back; 1 where nothing was."""
    _refuse_words(arguments, "bbopt sqlreload TABLE EXPROOT/DATABASE/TABLE")
    return _reload(arguments, named_jobman_table(arguments.given.words[0]))


def jobs_reload(arguments: Arguments) -> int:
    """The same for any study: `bbopt jobs reload URL FOLDER JOB ...`."""
    _refuse_words(arguments, "bbopt jobs reload URL EXPROOT/DATABASE/STUDY")
    return _reload(arguments, named_study(arguments, is_new=True))


def _refuse_words(arguments: Arguments, usage: str) -> None:
    words = arguments.given.words
    are_wrong = len(words) < 2 or (len(words) == 2) != arguments.own.flag("all")
    refuse_words(
        arguments, are_wrong, "an address, a folder and jobs are needed", f"{usage} JOB ..., or --all"
    )


def _reload(arguments: Arguments, study: StudyAddress) -> int:
    from bbopt.jobs.experiment_jobs import read_back
    from bbopt.jobs.job_folder import JobFolder
    from bbopt.jobs.selections import read_ids
    from bbopt.stores import job_queue_at

    own, words = arguments.own, arguments.given.words
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
    put = job_queue_at(study).put_back(jobs)
    for number in numbers:
        print(f"Job {number} is {'back' if number in put else 'there already'}.")
    return 0 if put else 1


def _numbers_in(home: Path) -> list[int]:
    return sorted(int(entry.name) for entry in home.iterdir() if entry.name.isdigit() and entry.is_dir())
