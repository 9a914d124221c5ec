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

_SQL = Command(
    name="sql",
    purpose="Run experiments that are queued in a table, as jobman sql.",
    usage="TABLE EXPROOT [-n N] [options]",
    function="bbopt.cli.sql:sql",
    text="""\
TABLE is an address with the name of a table, as postgres://me@host/db?table=mlp or
sqlite:///jobs.db?table=mlp. Each job has a folder EXPROOT/DATABASE/TABLE/NUMBER with its settings before and
now (orig.conf, current.conf), what it has printed (stdout, stderr) and the files that it has written.

The function is found in the current folder or on PYTHONPATH, or in the folder where the job was added if the
table is trusted, which a SQLite file of your own is.""",
    options=options_of("sql"),
    takes_scenario=False,
    words=Words("TABLE EXPROOT", are_several=True),
)

JOB_COMMANDS = (_WORKER, _SQL)
"""In the order in which they are shown."""
