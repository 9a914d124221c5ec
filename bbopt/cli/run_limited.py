"""`bbopt run-limited -- COMMAND`: a command under limits, measured as the runs of a target are."""

from __future__ import annotations

import os
import sys
from typing import IO

from bbopt.cli.command import Arguments
from bbopt.errors import BboptError, InputError, Place
from bbopt.target.limited_run import execute_limited
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["run_limited"]

_REASONS = {
    EndedBy.CPU: "cputime",
    EndedBy.GUARD: "walltime",
    EndedBy.MEMORY: "memory",
    EndedBy.OUTPUT: "files-size",
    EndedBy.CANCELLED: "killed",
    EndedBy.SPAWN: "failed",
    EndedBy.SUPERVISOR: "failed",
}


def run_limited(arguments: Arguments) -> int:
    """Run the command that is given; the exit code."""
    own, command = arguments.own, list(arguments.given.words)
    order = RunOrder(
        argv=command,
        directory=_working_directory(),
        slot=0,
        uuid=os.urandom(16).hex(),
        limit_s=own.optional_number("wall"),
        grace_s=own.number("grace"),
        cpu_limit_s=own.optional_number("cpu"),
        memory_limit_bytes=own.optional_bytes("memory"),
        output_limit_bytes=own.optional_bytes("output"),
        passes_through=True,
    )
    path = own.optional_text("result")
    file = None if path is None else _open(path)
    run, signum = execute_limited(order)
    _write(run, file)
    _complain(run, command)
    return 0 if signum is None else 128 + signum


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise InputError("the working directory can't be used", got=error.strerror) from error


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

        from bbopt.target.process_words import spawn_problem

        raise InputError(spawn_problem(run.spawn_errno or 0, run.spawn_step, command[0], Path.cwd()))
    if run.ended_by is EndedBy.SUPERVISOR:
        raise BboptError(f"the process that watched over the command {run.tail}")
    if run.n_survivors:
        raise BboptError(f"{run.n_survivors} processes of the command could not be killed")
