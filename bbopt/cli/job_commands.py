"""The commands about queues of jobs."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["JOB_COMMANDS"]

_WORKER = Command(
    name="worker",
    purpose="Work at the jobs that a database has, one after the other.",
    usage="URL [--cores N] [--max-jobs N] [options]",
    function="bbopt.cli.worker:worker",
    text="""\
Takes jobs of searches (--executor queue) and of people, the most urgent first, and executes each under the
limits of its search. It ends when no search is under way any more and no job is left.

SIGUSR1 lets the jobs under way end, SIGTERM and Ctrl-C give them back; a second time without their time of
grace. A job whose worker dies is given to another; one that has killed three is set aside.

What a worker executes comes out of the database. That is trusted where it is a SQLite file of your own;
else say --trust.""",
    options=options_of("worker"),
    takes_scenario=False,
    words=Words("URL"),
)

_JOBS = Command(
    name="jobs",
    purpose="The jobs of a queue: which commands there are.",
    usage="add ...",
    function="bbopt.cli.jobs:jobs",
    text="""\
Each has a page of its own, such as bbopt jobs add --help.""",
    takes_scenario=False,
    words=Words("add"),
)

_JOBS_ADD = Command(
    name="jobs add",
    purpose="Put jobs into a queue: runs of a scenario, or commands.",
    usage="URL [NAME=VALUE ...] [options] [-- COMMAND ...]",
    function="bbopt.cli.jobs_add:jobs_add",
    options=options_of("jobs add"),
    words=Words("URL", are_several=True),
)

JOB_COMMANDS = (_WORKER, _JOBS, _JOBS_ADD)
"""In the order in which they are shown."""
