"""The command `bbopt`: which command it is, what all have in common, and what becomes of errors.

Nothing heavy is imported before it is known to be needed: `bbopt --version` answers at once.
"""

from __future__ import annotations

import gc
import importlib
import sys

from bbopt.cli.signals import let_signals_end_at_once
from bbopt.cli.streams import open_standard_streams

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself takes longer to import than all that `bbopt --version` needs
    from collections.abc import Callable, Sequence

    from bbopt.cli.command import Arguments, Command
    from bbopt.options import Assignments

__all__ = ["jobdispatch", "main", "run"]

_GARBAGE_AFTER = 10_000
"""So many more objects, and Python looks for cycles: after 700, its own choice until 3.12, imports take a
seventh longer, none of whose objects is garbage."""


def main() -> None:
    """The console script."""
    _carry_out_here(sys.argv[1:])


def jobdispatch() -> None:
    """The console scripts by the names of Jobman's program."""
    _carry_out_here(["jobdispatch", *sys.argv[1:]])


def _carry_out_here(argv: Sequence[str]) -> None:
    let_signals_end_at_once()
    open_standard_streams()
    gc.set_threshold(_GARBAGE_AFTER)
    code = run(argv)
    gc.freeze()  # nor is there any use in looking for garbage at the end
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Do what `argv` says; the exit code."""
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except (Exception, KeyboardInterrupt) as error:
        from bbopt.cli.failures import report_failure

        return report_failure(error, argv)


def _run(argv: Sequence[str]) -> int:
    if list(argv) in (["--version"], ["-v"]):  # without reading the table of options
        return _show_version()
    from bbopt.cli.command import read_arguments
    from bbopt.cli.commands import find_command

    if not argv:
        return _show_help(None)
    command, rest = find_command(argv)
    arguments = read_arguments(command, rest)
    given = arguments.given
    if given.has("version"):
        return _show_version()
    if given.has("help") or given.has("help-level"):
        return _show_help(command, given)
    return _carry_out(command, arguments)


def _carry_out(command: Command, arguments: Arguments) -> int:
    """Import what the command needs and call it, unless the command line is wrong.

    Reading a scenario raises such problems together with its own.
    """
    from bbopt.errors import InputErrors

    if arguments.given.problems and not command.takes_scenario:
        raise InputErrors(arguments.given.problems)
    for warning in arguments.own.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    module, _, name = command.function.partition(":")
    function: Callable[[Arguments], int] = getattr(importlib.import_module(module), name)
    return function(arguments)


def _show_help(command: Command | None, given: Assignments | None = None) -> int:
    """The page of one command, or of all."""
    from rich.console import Console

    from bbopt.cli.help_page import help_page, page_of_commands, print_lines
    from bbopt.options import Level, parse_value

    level = given.last("help-level") if given else None
    shown = Level[str(parse_value(level))] if level else Level.BASIC
    print_lines(help_page(command, shown) if command else page_of_commands(), Console())
    return 0


def _show_version() -> int:
    from bbopt.version import __version__

    print(f"bbopt {__version__}")
    return 0
