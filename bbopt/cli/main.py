"""The command `bbopt`: which subcommand, and what becomes of errors.

Nothing heavy is imported before it is known to be needed: `bbopt --version` answers at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence

__all__ = ["main", "run"]

_VERSION_FLAGS = {"--version", "-v"}
_RUNS_FOREIGN_COMMAND = "run-limited"


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
    word = argv[0] if argv else "--help"
    if word == "check":
        from bbopt.cli.check import check

        return check, argv[1:]
    if word == "call":
        from bbopt.cli.call import call

        return call, argv[1:]
    if word == "merge":
        from bbopt.cli.merge import merge

        return merge, argv[1:]
    if word == "status":
        from bbopt.cli.folder import status

        return status, argv[1:]
    if word == _RUNS_FOREIGN_COMMAND:
        from bbopt.cli.run_limited import run_limited

        return run_limited, argv[1:]
    from bbopt.cli.tune import tune

    return tune, argv or ["--help"]
