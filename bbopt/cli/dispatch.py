"""`bbopt dispatch -- COMMAND`: run a command as jobs of a batch system, or here; or workers on demand."""

from __future__ import annotations

from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.cli.dispatching import Dispatched, dispatch_commands
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues
from bbopt.scenario.clusters import LOCAL, ClusterSettings

__all__ = ["dispatch"]

_OF_WATCHING = ("study", "max-workers", "interval")
_OF_COMMANDS = ("repeat-jobs", "nb-proc")
_OF_BATCH_SYSTEMS = ("worker-memory", "worker-walltime", "cluster-option")


def dispatch(arguments: Arguments) -> int:
    """Submit the command, or run it; with --watch, start workers as there are jobs for them."""
    own, words = arguments.own, arguments.given.words
    settings = _settings(own)
    is_watching = own.is_given("watch")
    for name in _OF_COMMANDS if is_watching else _OF_WATCHING:
        if own.is_given(name):
            what = f"{name} has no meaning {'with' if is_watching else 'without'} --watch"
            raise InputError(what, place=own.place(name), remedy="leave it out")
    if is_watching:
        from bbopt.cli.dispatch_watch import watch

        return watch(own, words, settings)
    if not words:
        raise InputError(
            "no command is given",
            place=COMMAND_LINE,
            expected="bbopt dispatch --cluster slurm --repeat-jobs 3 -- COMMAND ..., or --watch URL",
        )
    return dispatch_commands(
        Dispatched(
            words,
            settings,
            Path(own.text("log-dir")).expanduser(),
            own.integer("repeat-jobs"),
            own.optional_integer("nb-proc"),
            own.flag("dry-run"),
        )
    )


def _settings(own: OptionValues) -> ClusterSettings:
    if own.flag("local") == own.is_given("cluster"):
        raise InputError(
            "where the jobs are to run must be said once",
            place=COMMAND_LINE,
            got="--local and --cluster" if own.flag("local") else None,
            expected="--cluster slurm, pbs, sge, lsf or htcondor, or --local for this machine",
        )
    kind = LOCAL if own.flag("local") else own.choice("cluster")
    for name in _OF_BATCH_SYSTEMS if kind == LOCAL else ():
        if own.is_given(name):
            raise InputError(
                f"{name} has no meaning on this machine", place=own.place(name), remedy="leave it out"
            )
    pairs = (text.partition("=") for text in own.texts("cluster-option"))
    return ClusterSettings(
        kind,
        worker_cores=own.integer("worker-cores"),
        worker_memory=own.optional_text("worker-memory"),
        worker_walltime=own.optional_text("worker-walltime"),
        options=tuple((name, value) for name, _, value in pairs),
    )
