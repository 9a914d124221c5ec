"""The commands that submit others to batch systems."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["DISPATCH_COMMANDS"]

_DISPATCH = Command(
    name="dispatch",
    purpose="Run a command as jobs of a batch system, or here.",
    usage="--cluster NAME|--local [options] [--] COMMAND ... | --watch URL",
    function="bbopt.cli.dispatch:dispatch",
    text="""\
{{a,b}} in the command stands for several commands, one with each of the words:

  bbopt dispatch --cluster slurm --repeat-jobs 3 -- bbopt worker URL
  bbopt dispatch --local --nb-proc 4 -- python train.py --lr '{{0.1,0.01}}'

The number of each batch job is printed, with its commands. What they print goes to a new folder in LOGS.
They are run in the current folder, with the PATH and PYTHONPATH of now.

With --watch URL workers are started as jobs of the queue can be begun, and none more than that. It ends
when no job can be begun any more. COMMAND is that of a worker; without one it is bbopt worker URL, or bbopt
sql for a table of Jobman's.

The exit code is 0 when all was submitted, or has ended well here, else 1; with --watch 1 where jobs are left
that can't be begun.""",
    options=options_of("dispatch"),
    takes_scenario=False,
    words=Words("COMMAND", are_a_command=True, are_optional=True),
)

_JOBDISPATCH = Command(
    name="jobdispatch",
    purpose="The same with the options of Jobman's jobdispatch.",
    usage="--condor|--slurm|--local|... [options] COMMAND ...",
    function="bbopt.cli.jobdispatch:jobdispatch",
    text="""\
jobdispatch and dbidispatch are programs of their own, too:

  jobdispatch --condor --repeat_jobs=3 bbopt sql -n 5 'sqlite:///jobs.db?table=mlp' .

{{a,b}} in the command stands for several commands. Logs are in LOGS, or where JOBDISPATCH_LOGDIR says.""",
    options=options_of("jobdispatch"),
    takes_scenario=False,
    words=Words("COMMAND", are_a_command=True),
)

DISPATCH_COMMANDS = (_DISPATCH, _JOBDISPATCH)
"""In the order in which they are shown."""
