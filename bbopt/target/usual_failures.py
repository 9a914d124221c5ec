"""What the last lines of a failed program say to those who have seen them before."""

from __future__ import annotations

import re
import signal

from bbopt.target.process_words import exit_code

__all__ = ["usual_remedy"]

_NOT_FOUND = 127
"""The exit code of a shell that does not find a command (POSIX)."""

_USUAL: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^ModuleNotFoundError: No module named '([^']+)'", re.MULTILINE),
        "start bbopt where the environment that has {0} is active, or name its Python in algo",
    ),
    (
        re.compile(
            r"error: unrecognized arguments: (?:true|false|yes|no|0|1)\b", re.IGNORECASE | re.MULTILINE
        ),
        "a switch takes no value: flag-style = NAME: store_true, or pair, says how it is passed",
    ),
    (
        re.compile(r"error: unrecognized arguments: --?([\w.-]+)", re.MULTILINE),
        "the program has no option {0}: call the parameter as the option, or write a param-template for it",
    ),
)
_KILLED = "where memory was short (dmesg tells), fewer runs at a time, by cores, leave more to each"
_UNKNOWN_COMMAND = "a shell has not found the command: relative paths count from the folder in this command"


def usual_remedy(tail: str, exit_status: int | None) -> str:
    """What to do about a program that ended by itself, after it printed `tail`; empty where nobody knows.

    `exit_status` is negative for a signal, as in `subprocess`; None where the program did not end.
    """
    if not exit_status:
        return ""
    for pattern, remedy in _USUAL:
        if found := pattern.search(tail):
            return remedy.format(*found.groups())
    code = exit_code(exit_status)
    if code == _NOT_FOUND:
        return _UNKNOWN_COMMAND
    return _KILLED if code == exit_code(-signal.SIGKILL) else ""
