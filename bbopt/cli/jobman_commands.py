"""Jobman's commands, by the names and with the arguments that its users know."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["COMMANDS_FOR_QUEUES", "JOBMAN_COMMANDS"]

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

_SQLSCHEDULE = Command(
    name="sqlschedule",
    purpose="Queue one experiment in a table, as jobman sqlschedule.",
    usage="[-f] TABLE EXPERIMENT SETTING ...",
    function="bbopt.cli.sqlschedule:sqlschedule",
    text="""\
EXPERIMENT is module.function, called with the state and a channel. Settings, of which later ones win:

  key=value                 a Python literal, or else the text; a dot nests
  key:=@numpy.random.uniform(1e-6, 1e-1)
                            drawn when the job is added, by a function of
                            numpy.random, random or math
  key::module.function      what make(state.key) builds
  FILE, prefix <- FILE      lines of the same, # begins a comment

A job that is there already is skipped unless forced. With two -- there is a job after each group of earlier
ones, as bbopt sqlschedules --help says.""",
    options=options_of("sqlschedule"),
    takes_scenario=False,
    words=Words("TABLE EXPERIMENT SETTING", are_several=True),
)

_SQLSCHEDULES = Command(
    name="sqlschedules",
    purpose="Queue an experiment for all combinations of settings.",
    usage="TABLE EXPERIMENT [SELECT ... -- KEY ... --] SETTING ...",
    function="bbopt.cli.sqlschedules:sqlschedules",
    text="""\
As sqlschedule; {{a,b,c}} in settings gives every combination, 'n_hidden={{20,30}}'.

With two -- these are jobs of a later phase, which begin when earlier ones are done:

  SELECT ...   which jobs: KEY=VALUE, KEY={{A,B}}, KEY={{}} for any value; all of
               them must hold
  KEY={{}} ... a group for each combination of these keys' values, KEY={{A,B}} for
               some values; without keys all jobs are one group
  SETTING ...  the new jobs after each group; they have its keys' values, too

'lr={group:min(loss):lr}' gives the lr of the group's job with the least loss.""",
    options=options_of("sqlschedules"),
    takes_scenario=False,
    words=Words("TABLE EXPERIMENT SETTING", are_several=True),
)

_SQLSTATUS = Command(
    name="sqlstatus",
    purpose="Show queued experiments, or change their status.",
    usage="[--all] [--status S] [options] TABLE [JOB ...]",
    function="bbopt.cli.sqlstatus:sqlstatus",
    text="""\
Statuses: START 0, RUNNING 1, DONE 2, ERR_START 3, ERR_SYNC 4, ERR_RUN 5, CANCELED -1. A job under way that is
cancelled goes on: done or to go on later is what it is then, and only if it crashes it stays cancelled.""",
    options=options_of("sqlstatus"),
    takes_scenario=False,
    words=Words("TABLE [JOB", are_several=True),
)

_SQLVIEW = Command(
    name="sqlview",
    purpose="Make a view of queued experiments for SQL.",
    usage="[-d] TABLE VIEW",
    function="bbopt.cli.sqlview:sqlview",
    text="""\
A row for each job, a column for each key of any job's state: n_hidden is nhidden, jobman.status is
jobman_status. When states have new keys, call it again.""",
    options=options_of("sqlview"),
    takes_scenario=False,
    words=Words("TABLE VIEW", are_several=True),
)

_SQLRELOAD = Command(
    name="sqlreload",
    purpose="Queue experiments again that a table has lost.",
    usage="TABLE EXPROOT/DATABASE/TABLE JOB ... | --all",
    function="bbopt.cli.sqlreload:sqlreload",
    text="""\
What the jobs' folders hold is put back under the old numbers: what was done is done, all else waits.""",
    options=options_of("sqlreload"),
    takes_scenario=False,
    words=Words("TABLE FOLDER [JOB", are_several=True),
)

_CMDLINE = Command(
    name="cmdline",
    purpose="Run one experiment here, without a table.",
    usage="EXPERIMENT SETTING ...",
    function="bbopt.cli.cmdline:cmdline",
    text="""\
Settings are those of sqlschedule. The state that the experiment leaves is printed at the end.""",
    options=options_of("cmdline"),
    takes_scenario=False,
    words=Words("EXPERIMENT SETTING", are_several=True),
)

_JOBS_CHECK = Command(
    name="jobs check",
    purpose="Show jobs that nobody runs any more.",
    usage="URL",
    function="bbopt.cli.jobs_check:jobs_check",
    text="""\
Of jobs that are marked as running, those whose worker has died, and what SLURM, PBS, Grid Engine, LSF or
HTCondor says of workers in its jobs. Also as bbopt check URL.

The exit code is 1 where there are some, else 0.""",
    options=options_of("jobs check"),
    takes_scenario=False,
    words=Words("URL"),
)

_JOBS_RELOAD = Command(
    name="jobs reload",
    purpose="Queue experiments again that a database has lost.",
    usage="URL EXPROOT/DATABASE/STUDY JOB ... | --all",
    function="bbopt.cli.jobs_reload:jobs_reload",
    text=_SQLRELOAD.text,
    options=options_of("jobs reload"),
    takes_scenario=False,
    words=Words("URL FOLDER [JOB", are_several=True),
)

COMMANDS_FOR_QUEUES = (_JOBS_CHECK, _JOBS_RELOAD)
"""Those that have names beside Jobman's."""

JOBMAN_COMMANDS = (
    _SQLSCHEDULE,
    _SQLSCHEDULES,
    _SQL,
    _SQLSTATUS,
    _SQLVIEW,
    _SQLRELOAD,
    *COMMANDS_FOR_QUEUES,
    _CMDLINE,
)
"""In the order in which they are shown."""
