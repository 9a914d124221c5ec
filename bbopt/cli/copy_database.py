"""`bbopt copy-database FROM TO`: what a database holds, as it is now, in another one."""

from __future__ import annotations

from contextlib import nullcontext

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.signals import handling_signals, interrupt
from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

__all__ = ["copy_database"]


def copy_database(arguments: Arguments) -> int:
    """Copy it, all or nothing."""
    words, study = arguments.given.words, arguments.own.optional_text("study")
    if len(words) != 2:
        raise InputError(
            "two databases are to be named", place=COMMAND_LINE, expected="bbopt copy-database FROM TO"
        )
    source, target = (DatabaseAddress.read(word, current_folder()) for word in words)
    from rich.console import Console

    from bbopt.cli.live_line import live_line
    from bbopt.stores import copy_database as copy

    console, shown = Console(stderr=True, highlight=False), ["looking at what there is"]

    def show(n_copied: int, n_rows: int) -> None:
        shown[0] = f"copied {n_copied} of {n_rows} rows"

    line = live_line(console, lambda: shown[0]) if console.is_terminal else nullcontext()
    with handling_signals(interrupt), line:  # what is written until then goes again
        copied = copy(source, target, study, show)
    named = f"study {copied.studies[0]}" if len(copied.studies) == 1 else f"{len(copied.studies)} studies"
    print(f"copied {named} with {copied.n_runs} runs to {target.shown} ({copied.n_rows} rows)")
    return 0
