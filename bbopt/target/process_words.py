"""How the start and the end of a process went, in plain words."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

__all__ = ["exit_code", "exit_in_words", "spawn_problem"]

_EXPLANATIONS = {
    errno.ENOEXEC: "exec format error: is the #! line missing, or is it built for another machine?",
    errno.E2BIG: "the arguments and the environment are too long for the system",
    errno.ENOMEM: "the system is out of memory",
    errno.EAGAIN: "the system's limit on the number of processes is reached",
    errno.ETXTBSY: "the program file is open for writing",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "the whole system has too many files open",
    errno.EINVAL: "an argument holds a zero byte",
    errno.EILSEQ: "an argument has a character that the locale can't encode: set LC_ALL=C.UTF-8, say",
}


def spawn_problem(error_number: int, step: str, program: str, directory: Path) -> str:
    """What the failure of a start means: `step` is "results file", "directory", "program" or "pipes"."""
    if step == "results file":
        return f"the folder for the results file can't be made in $TMPDIR: {os.strerror(error_number)}"
    if step == "directory":
        return f"the working directory {directory} can't be entered: {os.strerror(error_number)}"
    explanation = _EXPLANATIONS.get(error_number)
    if explanation is None and step == "program":
        explanation = _problem_in_words(program, directory)
    return f"{program} can't be started: {explanation or os.strerror(error_number)}"


def _problem_in_words(program: str, directory: Path) -> str | None:
    from bbopt.scenario.target_program import program_problem

    problem = program_problem(program, directory)
    if problem is None:
        return None
    return f"it {problem.what}" + (f" ({problem.remedy})" if problem.remedy else "")


def exit_code(status: int) -> int:
    """The exit code as a shell tells it, 128 and the number for a signal; `status` as in `subprocess`."""
    return status if status >= 0 else 128 - status


def exit_in_words(status: int) -> str:
    """How a process ended, to follow its name; `status` is negative for a signal, as in `subprocess`."""
    return (
        f"was ended by signal {_signal_name(-status)}" if status < 0 else f"ended with exit status {status}"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)  # a real-time signal
