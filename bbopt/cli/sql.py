"""`bbopt sql TABLE EXPROOT`: run experiments that are queued in a table, as Jobman does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.job_words import named_jobman_table, refuse_words
from bbopt.cli.streams import outlive_the_output
from bbopt.cli.working import named_folder, run_worker
from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues

if TYPE_CHECKING:
    from bbopt.workers import Experiments

__all__ = ["database_name", "sql"]

_USAGE = "bbopt sql TABLE EXPROOT, the folder below which each job gets its own"
_NEVER = 2**31 - 1


def sql(arguments: Arguments) -> int:
    """Run them; 1 where too many have failed."""
    from bbopt.jobs.texts import count_run
    from bbopt.stores import job_queue_at
    from bbopt.workers import Worker, WorkerSettings

    outlive_the_output()
    own, words = arguments.own, arguments.given.words
    refuse_words(arguments, len(words) != 2, "two words are needed", _USAGE)
    table = named_jobman_table(words[0])
    n_jobs = max(0, own.integer("max-jobs"))
    settings = WorkerSettings(
        n_slots=own.integer("cores"), n_jobs=n_jobs, max_failures=_NEVER, ends_when_empty=True
    )
    worker = Worker(job_queue_at(table), [_experiments(table, words[1], own)], settings)
    end, number = run_worker(worker, usr2_stops=True)
    n_run = end.n_done + end.n_failed
    print(f"Run {n_run} jobs" if n_jobs and n_run == n_jobs else count_run(n_run))
    return 128 + number if number else 0


def _experiments(table: StudyAddress, root: str, own: OptionValues) -> Experiments:
    from bbopt.stores import job_table_at
    from bbopt.workers import Experiments, is_trusted

    if "://" in root:
        raise InputError(
            "EXPROOT is a folder of this machine", place=COMMAND_LINE, got=root, expected="a path, such as ."
        )
    current = current_folder()
    home = current / Path(root).expanduser() / database_name(table.database) / table.study
    return Experiments(
        home.absolute(),
        current,
        job_table_at(table),
        directory=named_folder(own, "workdir"),
        scratch=named_folder(own, "workdir-dir"),
        imports=tuple(name for text in own.texts("import") for name in text.split(",") if name),
        is_trusted=own.flag("trust") or is_trusted(table.database),
        allowed=frozenset(own.texts("allow")),
        finish_up_after_s=own.optional_number("finish-up-after"),
        save_every_s=own.optional_number("save-every"),
        grace_s=own.number("grace"),
    )


def database_name(address: DatabaseAddress) -> str:
    """What the folder of a database's tables is called: like the database, or its file without the suffix."""
    if address.file is None:
        return address.text.partition("://")[2].partition("/")[2].partition("?")[0] or "database"
    stem = address.file.stem
    return stem if stem != address.file.name else f"{stem}-jobs"  # the file itself may stand there
