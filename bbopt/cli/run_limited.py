"""`bbopt run-limited -- COMMAND`: a command under limits, measured as the runs of a target are."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from typing import IO

from bbopt.errors import BboptError, InputError, Place, nearest
from bbopt.target.limited_run import execute_limited
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["run_limited"]

_USAGE = "bbopt run-limited [--cpu S] [--wall S] [--memory MB] [--output MB] [--grace S] [--result FILE] \
-- COMMAND ..."
_HELP = f"""usage: {_USAGE}

Runs a command, ends it when it exceeds a limit, and says what it has used.  Everything that the
command starts counts and is ended with it, daemons included.

  --cpu S        seconds of CPU time of all its processes together
  --wall S       seconds
  --memory MB    resident memory of all its processes together, shared pages counted once; MB are
                 1,000,000 bytes
  --output MB    what it prints, on standard output and error together
  --grace S      seconds between SIGTERM to all processes and SIGKILL (default: 2); a command that
                 goes on to allocate far beyond its memory limit is killed at once
  --result FILE  where the measurements go; default: standard error, after the command's own

The measurements are lines as BenchExec's runexec prints them; times are seconds, sizes bytes:

  starttime=2026-01-31T12:00:00.123456+01:00
  terminationreason=cputime    or walltime, memory, files-size (the output), killed (a signal to
                               bbopt), failed (it could not be started); absent when the command
                               ended by itself
  returnvalue=0                absent when it was killed
  exitsignal=9                 only when it was killed
  walltime=1.234567s
  cputime=1.200000s
  memory=12345678B             for a command that is over in a moment not below the size of bbopt's
                               own process, about 15 MB

Standard input, output and error of the command are those of bbopt; with --output, the last two are
pipes, so that the command does not see a terminal.  It runs in a session of its own.  Ctrl-C and
SIGTERM end it, a second time without the grace.

Exit code: 0 when the command was run, whatever became of it; 1 when it could not be started or the
arguments are wrong; 128 + n when bbopt was ended by signal n; 255 for anything else."""

_OPTIONS = ("--cpu", "--wall", "--memory", "--output", "--grace", "--result")
_HELP_FLAGS = {"--help", "-h", "-?"}
_PLACE = Place("command line")
_ZERO_TOO = "at least 0"
_GRACE_S = 2.0  # less than kill-grace, so that a wrapper under bbopt still gets the measurements
_REASONS = {
    EndedBy.CPU: "cputime",
    EndedBy.GUARD: "walltime",
    EndedBy.MEMORY: "memory",
    EndedBy.OUTPUT: "files-size",
    EndedBy.CANCELLED: "killed",
    EndedBy.SPAWN: "failed",
    EndedBy.SUPERVISOR: "failed",
}


def run_limited(argv: Sequence[str]) -> int:
    """Run what `argv` says; the exit code."""
    given, command = _split(argv)
    if command is None:
        print(_HELP)
        return 0
    order = RunOrder(
        argv=command,
        directory=_working_directory(),
        slot=0,
        uuid=os.urandom(16).hex(),
        limit_s=_seconds(given, "--wall"),
        grace_s=_grace_s(given),
        cpu_limit_s=_seconds(given, "--cpu"),
        memory_limit_bytes=_bytes(given, "--memory"),
        output_limit_bytes=_bytes(given, "--output"),
        passes_through=True,
    )
    file = _open(given["--result"]) if "--result" in given else None
    run, signum = execute_limited(order)
    _write(run, file)
    _complain(run, command)
    return 0 if signum is None else 128 + signum


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise InputError("the working directory can't be used", got=error.strerror) from error


def _split(argv: Sequence[str]) -> tuple[dict[str, str], list[str] | None]:
    """The options with their values, and the command; None in its place when help is asked for."""
    given: dict[str, str] = {}
    words = list(argv)
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        if word in _HELP_FLAGS:
            return given, None
        name, equals, value = word.partition("=")
        if name not in _OPTIONS:
            raise _unknown(name)
        if not equals and not words:
            raise InputError(f"{name} needs a value", place=_PLACE, remedy=_USAGE)
        given[name] = value if equals else words.pop(0)
    if not words:
        raise InputError("there is no command to run", place=_PLACE, remedy=_USAGE)
    return given, words


def _unknown(name: str) -> InputError:
    near = nearest(name, _OPTIONS, limit=1)
    remedy = f"did you mean {near[0]}?" if near else "put -- before the command"
    return InputError(f"{name} is no option of run-limited", place=_PLACE, expected=_USAGE, remedy=remedy)


def _number(given: dict[str, str], name: str, unit: str, *, least: str = "above 0") -> float | None:
    """The number given for `name`; None when nothing is given."""
    if name not in given:
        return None
    try:
        number = float(given[name])
    except ValueError:
        number = math.nan
    if 0 < number < math.inf or (number == 0 and least == _ZERO_TOO):
        return number
    raise InputError(
        f"{name} can't have this value",
        place=_PLACE,
        got=repr(given[name]),
        expected=f"a number of {unit}, {least}",
    )


def _seconds(given: dict[str, str], name: str) -> float | None:
    return _number(given, name, "seconds")


def _grace_s(given: dict[str, str]) -> float:
    grace_s = _number(given, "--grace", "seconds", least=_ZERO_TOO)
    return _GRACE_S if grace_s is None else grace_s


def _bytes(given: dict[str, str], name: str) -> int | None:
    megabytes = _number(given, name, "MB")
    return None if megabytes is None else max(1, round(1e6 * megabytes))


def _open(path: str) -> IO[str]:
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise InputError(
            "the file for the measurements can't be written", place=Place(path), got=error.strerror
        ) from error


def _write(run: SupervisedRun, file: IO[str] | None) -> None:
    text = "".join(f"{name}={value}\n" for name, value in _measurements(run).items())
    if file is None:
        print(text, end="", file=sys.stderr, flush=True)
        return
    try:
        with file:
            file.write(text)
    except OSError as error:
        raise BboptError(
            "the measurements can't be written", place=Place(file.name), got=error.strerror
        ) from error


def _measurements(run: SupervisedRun) -> dict[str, str]:
    """What runexec would print of the run, in its order."""
    from datetime import datetime

    found = {"starttime": datetime.fromtimestamp(run.started_at).astimezone().isoformat()}
    if run.ended_by in _REASONS:
        found["terminationreason"] = _REASONS[run.ended_by]
    if run.ended_by.is_fault:
        return found
    if run.exit_status is not None:
        name = "returnvalue" if run.exit_status >= 0 else "exitsignal"
        found[name] = str(abs(run.exit_status))
    found["walltime"] = f"{run.wallclock_s:.6f}s"
    if run.cpu_s is not None:
        found["cputime"] = f"{run.cpu_s:.6f}s"
    if run.memory_bytes is not None:
        found["memory"] = f"{run.memory_bytes}B"
    return found


def _complain(run: SupervisedRun, command: list[str]) -> None:
    """Raise what went wrong on our side."""
    if run.ended_by is EndedBy.SPAWN:
        from pathlib import Path

        from bbopt.target.program import spawn_problem

        raise InputError(spawn_problem(run.spawn_errno or 0, run.spawn_step, command[0], Path.cwd()))
    if run.ended_by is EndedBy.SUPERVISOR:
        raise BboptError(f"the process that watched over the command {run.tail}")
    if run.n_survivors:
        raise BboptError(f"{run.n_survivors} processes of the command could not be killed")
