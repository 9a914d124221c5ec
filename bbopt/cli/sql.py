"""`bbopt sql TABLE EXPROOT`: run experiments that are queued in a table, as Jobman does."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import handling_signals
from bbopt.cli.streams import outlive_the_output
from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues

if TYPE_CHECKING:
    from bbopt.workers import Experiments

__all__ = ["database_name", "sql"]


def sql(arguments: Arguments) -> int:
    """Run them; 1 where too many have failed."""
    from bbopt.jobs.texts import count_run
    from bbopt.stores import job_queue_at
    from bbopt.workers import Worker, WorkerSettings

    outlive_the_output()
    own, words = arguments.own, arguments.given.words
    if len(words) != 2:
        raise InputError(
            "two words are needed",
            place=COMMAND_LINE,
            got=" ".join(words) or None,
            expected="bbopt sql TABLE EXPROOT, the folder below which each job gets its own",
        )
    table = StudyAddress.read_table(words[0], current_folder(), COMMAND_LINE)
    n_jobs = max(0, own.integer("max-jobs"))
    settings = WorkerSettings(
        n_slots=own.integer("cores"), n_jobs=n_jobs, max_failures=_NEVER, ends_when_empty=True
    )
    worker = Worker(job_queue_at(table), [_experiments(table, words[1], own)], settings)
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        worker.stop()

    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGUSR2, signal.signal(signal.SIGUSR2, lambda *_: worker.stop()))
        stack.callback(
            signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: worker.finish())
        )
        stack.enter_context(handling_signals(stop))
        stack.enter_context(console_log("INFO", None))
        end = worker.run()
    n_run = end.n_done + end.n_failed
    print(f"Run {n_run} jobs" if n_jobs and n_run == n_jobs else count_run(n_run))
    return 128 + signals[0] if signals else 0


_NEVER = 2**31 - 1


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
        directory=_folder(own, "workdir"),
        scratch=_folder(own, "workdir-dir"),
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


def _folder(own: OptionValues, name: str) -> Path | None:
    text = own.optional_text(name)
    if text is None:
        return None
    folder = current_folder() / Path(text).expanduser()
    if not folder.is_dir():
        raise InputError("there is no such folder", place=own.place(name), got=str(folder))
    return folder
