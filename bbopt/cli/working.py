"""What commands that work at a queue of jobs have in common."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import current_folder
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import handling_signals
from bbopt.errors import InputError
from bbopt.options import OptionValues

if TYPE_CHECKING:
    from bbopt.workers import Worker, WorkerEnd

__all__ = ["named_folder", "run_worker"]


def run_worker(worker: Worker, said_first: str = "", *, usr2_stops: bool = False) -> tuple[WorkerEnd, int]:
    """Let it work, with its warnings on the console; how it has ended, and the signal that did it, or 0.

    SIGUSR1 lets its jobs end, other signals give them back, SIGUSR2 only where it `usr2_stops`.
    """
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        worker.stop()

    own = {signal.SIGUSR1: worker.finish, **({signal.SIGUSR2: worker.stop} if usr2_stops else {})}
    with ExitStack() as stack:
        for number, what in own.items():
            before = signal.signal(number, lambda *_, what=what: what())
            stack.callback(signal.signal, number, before)
        stack.enter_context(handling_signals(stop))
        stack.enter_context(console_log("INFO", None))
        if said_first:
            print(said_first, flush=True)
        end = worker.run()
    return end, signals[0] if signals else 0


def named_folder(own: OptionValues, name: str) -> Path | None:
    """The folder that an option names, None without it; InputError where it is not there."""
    text = own.optional_text(name)
    if text is None:
        return None
    folder = current_folder() / Path(text).expanduser()
    if not folder.is_dir():
        raise InputError("there is no such folder", place=own.place(name), got=str(folder))
    return folder
