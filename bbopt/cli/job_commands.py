"""The commands about queues of jobs."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.cli.job_table_commands import JOB_TABLE_COMMANDS
from bbopt.cli.jobman_commands import COMMANDS_FOR_QUEUES
from bbopt.options import Words

__all__ = ["JOB_COMMANDS"]

_WORKER = Command(
    name="worker",
    purpose="Work at the jobs that a database has, one after the other.",
    usage="URL [--scenario FILE | --trust] [--cores N] [options]",
    function="bbopt.cli.worker:worker",
    text="""\
Takes jobs of searches (--executor queue) and of people, the most urgent first, and executes each under the
limits of its search. It ends when no search is under way any more and no job is left.

SIGUSR1 lets the jobs under way end, SIGTERM and Ctrl-C give them back; a second time without their time of
grace. A job whose worker dies is given to another; one that has killed three is set aside.

What a worker executes comes out of the database. That is trusted where it is a SQLite file of your own.
Else name the scenario whose runs it may make, --scenario FILE: it makes them as that file says, and leaves
alone commands that people have added. Or say --trust.""",
    options=options_of("worker"),
    words=Words("URL"),
)

_JOBS_ADD = Command(
    name="jobs add",
    purpose="Put jobs into a queue: runs of a scenario, or commands.",
    usage="URL [NAME=VALUE ...] [options] [-- COMMAND ...]",
    function="bbopt.cli.jobs_add:jobs_add",
    text="""\
With --scenario FILE, each job is a run of its target with these settings, the others at their defaults.
Behind -- stands a command of its own, and the options say what a scenario would: which metric to read from
what it prints, how long it may take. {{a,b}} stands for several jobs, one with each of the words:

  bbopt jobs add sqlite:///jobs.db --scenario s.txt lr=0.1 'layers={{1,2,3}}'
  bbopt jobs add sqlite:///jobs.db --metric loss -- python train.py --lr '{{0.1,0.2}}'

Jobs of which there are equal ones are not added. bbopt worker executes them.""",
    options=options_of("jobs add"),
    words=Words("URL", are_several=True),
)


def _page(*commands: Command) -> str:
    lines = "\n".join(f"  {command.call:<20}{command.purpose}" for command in commands)
    return f"{lines}\n\nEach has a page of its own, such as bbopt jobs add --help."


_JOBS = Command(
    name="jobs",
    purpose="The jobs of a queue: which commands there are.",
    usage="add|list|view|status|monitor|check|set|delete|reload ...",
    function="bbopt.cli.jobs:jobs",
    text=_page(_JOBS_ADD, *JOB_TABLE_COMMANDS, *COMMANDS_FOR_QUEUES),
    takes_scenario=False,
    words=Words("command"),
)

JOB_COMMANDS = (_WORKER, _JOBS, _JOBS_ADD, *JOB_TABLE_COMMANDS)
"""In the order in which they are shown."""
