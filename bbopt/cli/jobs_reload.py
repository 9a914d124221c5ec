"""`bbopt jobs reload URL FOLDER JOB ...`: queue again what a study has lost, from the jobs' folders."""

from __future__ import annotations

from functools import partial

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_study
from bbopt.cli.sqlreload import reload_jobs

__all__ = ["jobs_reload"]


def jobs_reload(arguments: Arguments) -> int:
    """Put them back; 1 where nothing was."""
    usage = "bbopt jobs reload URL EXPROOT/DATABASE/STUDY"
    return reload_jobs(arguments, usage, partial(named_study, arguments, is_new=True))
