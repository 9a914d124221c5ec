"""The command `bbopt`: which subcommand, and what becomes of errors.

Nothing heavy is imported before it is known to be needed: `bbopt --version` answers at once.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable, Sequence

__all__ = ["main", "run"]

_VERSION_FLAGS = {"--version", "-v"}
_RUNS_FOREIGN_COMMAND = "run-limited"
_SUBCOMMANDS = {
    "check": ("bbopt.cli.check", "check"),
    "call": ("bbopt.cli.call", "call"),
    "validate": ("bbopt.cli.validate", "validate"),
    "merge": ("bbopt.cli.merge", "merge"),
    "status": ("bbopt.cli.folder", "status"),
    _RUNS_FOREIGN_COMMAND: ("bbopt.cli.run_limited", "run_limited"),
}
"""Module and function of each; imported when it is asked for."""


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever a target prints can be shown
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Do what `argv` says; the exit code."""
    is_foreign = list(argv[:1]) == [_RUNS_FOREIGN_COMMAND]  # whose arguments are its own
    if not is_foreign and _VERSION_FLAGS.intersection(argv):
        from bbopt import __version__

        print(f"bbopt {__version__}")
        return 0
    command, rest = _command(argv)
    try:
        return command(rest)
    except (Exception, KeyboardInterrupt) as error:
        from bbopt.cli.failures import report_failure

        return report_failure(error, argv)


def _command(argv: Sequence[str]) -> tuple[Callable[[Sequence[str]], int], Sequence[str]]:
    """The subcommand that `argv` names, and its own arguments; tuning when it names none."""
    place = _SUBCOMMANDS.get(argv[0]) if argv else None
    module, function = place or ("bbopt.cli.tune", "tune")
    command: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), function)
    return command, argv[1:] if place else argv or ["--help"]
