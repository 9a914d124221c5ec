"""`bbopt dispatch --watch URL`: workers of a queue, as many as there are jobs for."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bbopt.cli.dispatching import SignalsHeard, refuse_unknown_program, shown_command
from bbopt.cli.job_words import study_of
from bbopt.cli.signals import handling_signals
from bbopt.cli.streams import outlive_the_output
from bbopt.database_address import StudyAddress
from bbopt.dispatch import (
    BatchPlace,
    LocalCommands,
    LocalPlace,
    LogFolder,
    Place,
    Watch,
    WatchEnd,
    WatchSettings,
)
from bbopt.errors import InputError
from bbopt.executors.batch_scripts import BatchScripts
from bbopt.options import OptionValues
from bbopt.scenario.clusters import LOCAL, ClusterSettings
from bbopt.stores import JobKind, job_queue_at, job_table_at
from bbopt.workers import refuse_untrusted

__all__ = ["watch"]

_MOST_WORKERS = 10
_IDLE_S = 60
"""A worker stays for so long without a job: the next one may come as soon as others are done."""


def watch(own: OptionValues, words: Sequence[str], settings: ClusterSettings) -> int:
    """Start workers until no job can be begun any more; 1 where that is so because jobs or workers failed."""
    outlive_the_output()
    url = own.text("watch")
    study = study_of(url, own.optional_text("study"))
    table = url if "table=" in url else ""
    command = [*words] or _worker(study, table, settings.worker_cores)
    refuse_unknown_program(command[0], settings)
    logs = LogFolder.of(Path(own.text("log-dir")).expanduser(), command, time.time())
    scripts = None
    if settings.kind != LOCAL:
        scripts = BatchScripts(replace(settings, log_directory=logs.path))
    if own.flag("dry-run"):
        print(shown_command(command) if scripts is None else scripts.script("worker.0", [command]))
        return 0
    if scripts is not None:
        scripts.refuse_missing_commands()
    end, exit_code = _watch(study, _looks(own, settings, is_table=bool(table)), scripts, command, logs)
    logs.remove_if_empty()
    print(f"Watching ends: {end.reason}. Workers: {end.n_started} started.")
    if end.left:
        numbers = " ".join(job.number for job in end.left)
        print(f"In {settings.kind} are left, and go on until no job is left: {numbers}")
    return exit_code


def _looks(own: OptionValues, settings: ClusterSettings, *, is_table: bool) -> WatchSettings:
    most = own.optional_integer("max-workers")
    if most is None:
        most = len(os.sched_getaffinity(0)) if settings.kind == LOCAL else _MOST_WORKERS
    kinds = tuple(kind for kind in JobKind if (kind is JobKind.EXPERIMENT) == is_table)
    return WatchSettings(most, settings.worker_cores, kinds, own.number("interval"))


def _watch(
    study: StudyAddress,
    looks: WatchSettings,
    scripts: BatchScripts | None,
    command: Sequence[str],
    logs: LogFolder,
) -> tuple[WatchEnd, int]:
    """Watch until it has ended; how, and the exit code."""
    queue, table, signals = job_queue_at(study), job_table_at(study), SignalsHeard()
    table.counts()  # where it can't be reached, nothing is begun
    logs.make()
    print(f"Watching {queue.shown}; what workers print goes to {logs.path}", flush=True)
    with _place(scripts, command, looks.max_workers, logs.path) as place:
        one = Watch(queue, table, place, looks, _tell)

        def stop(number: int) -> None:
            signals.append(number)
            one.stop()

        with handling_signals(stop):
            end = one.run()
            place.end([])
    return end, signals.exit_code or int(end.is_failure)


@contextmanager
def _place(scripts: BatchScripts | None, command: Sequence[str], n: int, logs: Path) -> Iterator[Place]:
    if scripts is not None:
        yield BatchPlace(scripts, command)
        return
    with LocalCommands.at_a_time(n, logs) as here:
        yield LocalPlace(here, command)


def _worker(study: StudyAddress, table: str, n_slots: int) -> list[str]:
    """The command of a worker for the study, which Jobman's `table` may be, where none is given."""
    program = [shutil.which("bbopt") or sys.argv[0]]
    cores = ["--cores", str(n_slots)]
    if table:
        return [*program, "sql", "-n", "0", *cores, table, "."]
    try:
        refuse_untrusted(study.database)
    except InputError as error:
        remedy = "give the command of the worker, with --trust or --scenario: -- bbopt worker URL --trust"
        raise InputError(error.what, place=error.place, got=error.got, remedy=remedy) from None
    idle = ["--reserve-timeout", str(_IDLE_S)]
    return [*program, "worker", study.database.text, "--study", study.study, *cores, *idle]


def _tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)
