"""The commands that look at the jobs of a queue and change them."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["JOB_TABLE_COMMANDS"]

_SELECTION = """\
A SELECTION is made of numbers (7, 10-20, 31,32) and of settings (lr=0.1), all of which a job must have."""

_STATUSES = """\
A STATUS is queued, running, done, failed, failed-to-start, failed-to-sync or cancelled, or one of Jobman's
names or numbers for it."""

_LIST = Command(
    name="jobs list",
    purpose="List the jobs of a queue, or some of them.",
    usage="URL [SELECTION ...] [--status STATUS] [options]",
    function="bbopt.cli.jobs_list:jobs_list",
    text=f"{_SELECTION}\n\n{_STATUSES}\n\nA job that is running? has lost its worker.",
    options=options_of("jobs list"),
    takes_scenario=False,
    words=Words("URL", are_several=True),
)

_VIEW = Command(
    name="jobs view",
    purpose="Show everything about one job.",
    usage="URL JOB [--json]",
    function="bbopt.cli.jobs_view:jobs_view",
    options=options_of("jobs view"),
    takes_scenario=False,
    words=Words("URL", are_several=True),
)

_STATUS = Command(
    name="jobs status",
    purpose="Count the jobs of a queue by their status.",
    usage="URL [--json]",
    function="bbopt.cli.jobs_status:jobs_status",
    text="""\
Shows also for which reasons jobs have failed, and how many workers there are.""",
    options=options_of("jobs status"),
    takes_scenario=False,
    words=Words("URL"),
)

_MONITOR = Command(
    name="jobs monitor",
    purpose="Watch the jobs of a queue until none is left.",
    usage="URL [--relaunch] [--once]",
    function="bbopt.cli.jobs_monitor:jobs_monitor",
    text="""\
Shows how many jobs stand where, which look crashed, why others have failed, the workers, and the jobs under
way: since when, when something was last heard of the worker, what a batch system says of it, and the latest
value of the metric. Without a terminal a line is printed for each change.

It ends when no job is left and no search is under way.

Workers put back what a worker has left that died. Where none is left to do so, --relaunch does.

The exit code is 1 where jobs have failed or look crashed, else 0.""",
    options=options_of("jobs monitor"),
    takes_scenario=False,
    words=Words("URL"),
)

_SET = Command(
    name="jobs set",
    purpose="Set the status or the priority of jobs.",
    usage="URL SELECTION ... [--status STATUS] [--priority NUMBER]",
    function="bbopt.cli.jobs_set:jobs_set",
    text=f"""\
  bbopt jobs set sqlite:///jobs.db --from-status failed --status queued
  bbopt jobs set sqlite:///jobs.db lr=0.1 --priority 5

{_SELECTION} --all means all jobs.

{_STATUSES} A job that is set to queued begins anew, and what came out of it is gone. The run of one that is
set to cancelled is ended. No other status can be set while a worker has the job. Runs that searches have
asked for are theirs: bbopt stop ends them, and --force changes their priority.

The exit code is 1 where a job was left as it was.""",
    options=options_of("jobs set"),
    takes_scenario=False,
    words=Words("URL", are_several=True),
)

_DELETE = Command(
    name="jobs delete",
    purpose="Take jobs out of a queue, with what came out of them.",
    usage="URL SELECTION ... [--status STATUS] [options]",
    function="bbopt.cli.jobs_delete:jobs_delete",
    text=f"""\
{_SELECTION} --all means all jobs.

{_STATUSES} Jobs that a worker has, and those that searches have asked for, are spared, unless --force is
given: then the worker ends the run at once, and a search asks for its run again.

The exit code is 1 where a job was left as it was.""",
    options=options_of("jobs delete"),
    takes_scenario=False,
    words=Words("URL", are_several=True),
)

JOB_TABLE_COMMANDS = (_LIST, _VIEW, _STATUS, _MONITOR, _SET, _DELETE)
"""In the order in which they are shown."""
