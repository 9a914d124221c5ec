"""Jobman's commands, by the names and with the arguments that its users know."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["JOBMAN_COMMANDS"]

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

JOBMAN_COMMANDS = (_SQL,)
"""In the order in which they are shown."""
