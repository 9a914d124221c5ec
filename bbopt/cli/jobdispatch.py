"""`jobdispatch --condor --repeat_jobs=3 COMMAND`: `bbopt dispatch` in the words of Jobman's program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.cli.dispatching import Dispatched, dispatch_commands
from bbopt.cli.jobdispatch_words import SYSTEMS
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues
from bbopt.scenario.clusters import LOCAL, ClusterSettings

__all__ = ["jobdispatch"]

_FOR_LOGS = ("JOBDISPATCH_LOGDIR", "DBIDISPATCH_LOGDIR")
_ALL = 1_000_000
_OF_BATCH_SYSTEMS = ("mem", "duree", "queue", "project", "raw")
_NAME_OF_PROJECT = {"slurm": "account", "pbs": "account", "sge": "project", "lsf": "project"}


def jobdispatch(arguments: Arguments) -> int:
    """Submit the command, or run it here."""
    own = arguments.own
    logs = next((os.environ[name] for name in _FOR_LOGS if os.environ.get(name)), "LOGS")
    n = own.optional_integer("nb-proc")
    if n == 0:
        raise InputError("nb-proc is the number of commands at a time", place=own.place("nb-proc"), got="0")
    if n == -1:
        n = _ALL
    return dispatch_commands(
        Dispatched(
            arguments.given.words,
            _settings(own),
            Path(logs),
            own.integer("repeat-jobs"),
            n,
            own.flag("dry-run"),
        )
    )


def _system(own: OptionValues) -> str:
    named = [name for name in SYSTEMS if own.flag(name)]
    if len(named) != 1:
        raise InputError(
            "where the jobs are to run must be said once",
            place=COMMAND_LINE,
            got=" ".join(f"--{name}" for name in named) or None,
            expected=f"one of {', '.join(f'--{name}' for name in SYSTEMS)}",
        )
    return named[0]


def _settings(own: OptionValues) -> ClusterSettings:
    name = _system(own)
    kind, n_cores = SYSTEMS[name], own.integer("cpu")
    if kind == LOCAL:
        for option in _OF_BATCH_SYSTEMS:
            if own.is_given(option):
                raise InputError(
                    f"{option} has no meaning on this machine", place=own.place(option), remedy="leave it out"
                )
        return ClusterSettings(kind)
    return ClusterSettings(
        kind,
        worker_cores=n_cores,
        worker_memory=_memory(own),
        worker_walltime=own.optional_text("duree"),
        options=tuple(_options(own, name, kind)),
    )


def _memory(own: OptionValues) -> str | None:
    """In Dask's words; Jobman counts in powers of 1024, megabytes if nothing else is said."""
    text = own.optional_text("mem")
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d*)?)([GgMmKk]?)[Bb]?", text.strip())
    if match is None:
        raise InputError(
            "mem is no amount of memory", place=own.place("mem"), got=text, expected="such as 950, 4G"
        )
    return f"{match[1]}{(match[2] or 'M').upper()}iB"


def _options(own: OptionValues, name: str, kind: str) -> Iterator[tuple[str, str]]:
    if queue := own.optional_text("queue"):
        yield "queue", queue
    if project := own.optional_text("project"):
        yield _NAME_OF_PROJECT.get(kind, "project"), project
    for line in own.texts("raw"):
        yield "job_extra_directives", line
    if name == "torque":
        amount = _memory(own)
        memory = f",mem={amount.replace('i', '').lower()}" if amount else ""
        yield "resource_spec", f"nodes=1:ppn={own.integer('cpu')}{memory}"
