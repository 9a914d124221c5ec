"""The commands that look into an output folder or a database, or steer the searches there."""

from __future__ import annotations

from bbopt.cli.command import Command, options_of
from bbopt.options import Words

__all__ = ["FOLDER_COMMANDS"]

_STATUS = Command(
    name="status",
    purpose="Show what is under way in an output folder.",
    usage="FOLDER|URL",
    function="bbopt.cli.status:status",
    text="""\
Shows the seeds that work, or have worked, in an output folder (bbopt-output/NAME): which are alive, how
many runs each has made, and the best configuration; then the runs under way, by the names that bbopt stop
takes, and the last ones that have worked or failed. bbopt table shows all runs.""",
    options=options_of("status"),
    takes_scenario=False,
    words=Words("FOLDER|URL"),
)

_STOP = Command(
    name="stop",
    purpose="End runs that are under way, or a whole search.",
    usage="FOLDER|URL [RUN ...] [--grace SECONDS]",
    function="bbopt.cli.stop:stop",
    text="""\
Ends runs of a search under way in an output folder, wherever it was started: bbopt status shows their names,
such as 1-17. Such a run is on record as ended by the user, and counts as failed; the search goes on.

Without a run, all searches in the folder end: what is under way is ended, all files are brought up to date,
nothing is validated, and the exit code is 0.""",
    options=options_of("stop"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_FORGET = Command(
    name="forget",
    purpose="Leave finished runs out of the history from now on.",
    usage="FOLDER|URL RUN ...",
    function="bbopt.cli.forget:forget",
    text="""\
For runs that say nothing, as those of a broken machine. They stay on record, and a file beside it says
that they do not count. A search under way starts no more runs until those under way are over, and then goes
on as if the forgotten ones had never been made.""",
    options=options_of("forget"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_TABLE = Command(
    name="table",
    purpose="Show the runs of an output folder, grouped and sorted.",
    usage="FOLDER|URL [--where CONDITION] [--group-by NAMES] [--sort COLUMN]",
    function="bbopt.cli.table:table",
    text="""\
One line for each run of all seeds, running or not, as bbopt export gives them; with folds of a
cross-validation one for each configuration (--group-by none: each run). Without --columns only those that
most people look at are shown. Of a queue it shows the jobs, also of URL?table=NAME.

  bbopt table bbopt-output/train --sort -accuracy --where 'layers > 2 and status = SAT'""",
    options=options_of("table"),
    takes_scenario=False,
    words=Words("FOLDER|URL"),
)

_BEST = Command(
    name="best",
    purpose="Show the best configuration of an output folder.",
    usage="FOLDER|URL [--json | --command]",
    function="bbopt.cli.best:best",
    text="""\
The best of all seeds, by their own incumbents.""",
    options=options_of("best"),
    takes_scenario=False,
    words=Words("FOLDER|URL"),
)

_TAIL = Command(
    name="tail",
    purpose="Follow what a run prints, or another file of it.",
    usage="FOLDER|URL [RUN [FILE]]",
    function="bbopt.cli.tail:tail",
    text="""\
For runs with folders of their own (run-folders = true). Without a run, the one that was started last is
followed, until it is over. RUN is a name such as 1-17, or best.""",
    options=options_of("tail"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_FILES = Command(
    name="files",
    purpose="List the files of a run.",
    usage="FOLDER|URL RUN ...",
    function="bbopt.cli.files:files",
    text="""\
For runs with folders of their own (run-folders = true), and for those whose checkpoints are there. RUN is a
name such as 1-17, or best: the last run of the best configuration.""",
    options=options_of("files"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_ARCHIVE = Command(
    name="archive",
    purpose="Put the files of runs into one zip file.",
    usage="FOLDER|URL [RUN ...] [--output FILE]",
    function="bbopt.cli.archive:archive",
    text="""\
For runs with folders of their own (run-folders = true); without a run, of all. The manifest in it has what
bbopt table says of each run, and the size and the SHA-256 of each file. Links are only named.""",
    options=options_of("archive"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_EXPORT = Command(
    name="export",
    purpose="Give all runs of an output folder as one table.",
    usage="FOLDER|URL --to csv [--output FILE]",
    function="bbopt.cli.export:export",
    text="""\
One row for each run of all seeds in an output folder (bbopt-output/NAME), whether they are still searching or
not: the settings (empty where inactive), then what came out. A state folder, of SMAC v2 too, is read as well.
Nothing there is changed. docs/output.md says what the columns are.""",
    options=options_of("export"),
    required=("to",),
    takes_scenario=False,
    words=Words("FOLDER|URL"),
)

_REPORT = Command(
    name="report",
    purpose="Write a report for people, as one HTML file.",
    usage="FOLDER|URL ... [--output FILE] [--svg FIGURE] [--watch]",
    function="bbopt.cli.report:report",
    text="""\
What was found, how sure it is, why, and what failed, with figures and a table of all runs. The page needs no
network and no other file. Several folders stand side by side. Nothing else is changed.

  bbopt report bbopt-output/train
  bbopt report bbopt-output/train bbopt-output/other --output both.html
  bbopt report bbopt-output/train --svg importance --output importance.svg

docs/report.md says what the figures are.""",
    options=options_of("report"),
    takes_scenario=False,
    words=Words("FOLDER|URL", are_several=True),
)

_COPY_DATABASE = Command(
    name="copy-database",
    purpose="Copy the runs and jobs of a database into another one.",
    usage="FROM TO [--study NAME]",
    function="bbopt.cli.copy_database:copy_database",
    text="""\
Both are addresses of databases, SQLite or PostgreSQL; TO is made if it is not there, and may have other
studies. What is copied is all that FROM holds at one moment, while searches go on in it, or one study, and
all of it or nothing. What is under way is not part of it: jobs that workers are at wait in the copy.

  bbopt copy-database sqlite:///runs.db sqlite:////backup/runs.db
  bbopt copy-database sqlite:///runs.db postgresql://me@db/tuning --study branin

TO?study=NAME gives the copy of a single study another name.""",
    options=options_of("copy-database"),
    takes_scenario=False,
    words=Words("FROM TO", are_several=True),
)

FOLDER_COMMANDS = (
    _STATUS,
    _STOP,
    _FORGET,
    _TABLE,
    _BEST,
    _TAIL,
    _FILES,
    _ARCHIVE,
    _EXPORT,
    _REPORT,
    _COPY_DATABASE,
)
"""In the order in which they are shown."""
