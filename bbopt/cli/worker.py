"""`bbopt worker URL`: work at the jobs of a database."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import handling_signals
from bbopt.cli.streams import outlive_the_output
from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["worker"]


def worker(arguments: Arguments) -> int:
    """Work; 1 where it was no use."""
    from bbopt.stores import job_queue_at, study_at
    from bbopt.workers import SearchRuns, Worker, WorkerSettings, refuse_untrusted

    outlive_the_output()
    own = arguments.own
    study = study_at(arguments.given.words[0], own.optional_text("study"))
    if not own.flag("trust"):
        refuse_untrusted(study.database)
    settings = WorkerSettings(
        n_slots=own.integer("cores"),
        n_jobs=own.optional_integer("max-jobs"),
        max_failures=own.integer("max-failures"),
        idle_end_s=own.optional_number("reserve-timeout"),
        last_claim_s=own.optional_number("last-job-timeout"),
    )
    queue = job_queue_at(study)
    one = Worker(queue, [SearchRuns(_directory(own))], settings)
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        one.stop()

    previous = signal.signal(signal.SIGUSR1, lambda *_: one.finish())
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGUSR1, previous)
        stack.enter_context(handling_signals(stop))
        stack.enter_context(console_log("INFO", None))
        print(f"Working at {queue.shown}.", flush=True)
        end = one.run()
    print(f"The worker ends: {end.reason}. Jobs: {end.n_done} done, {end.n_failed} failed.")
    return 128 + signals[0] if signals else int(end.is_failure)


def _directory(own: OptionValues) -> Path | None:
    text = own.optional_text("workdir")
    if text is None:
        return None
    directory = current_folder() / Path(text).expanduser()
    if not directory.is_dir():
        raise InputError("there is no such folder", place=own.place("workdir"), got=str(directory))
    return directory
