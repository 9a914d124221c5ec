"""Starting a script only to see what arguments it takes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.errors import BboptError, InputError
from bbopt.init.arguments import Program, program_of
from bbopt.target.limited_run import execute_limited
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun

__all__ = ["LIMIT_S", "Caught", "Interrupted", "catch", "help_text"]

LIMIT_S = 20.0
"""How long a script may take to come to its parser, or to show its help."""

_CATCHER = str(Path(__file__).with_name("catcher"))
_GRACE_S = 0.5
_OUTPUT_LIMIT_BYTES = 100_000_000


class Interrupted(BboptError):
    """A signal has ended the look at a program."""

    def __init__(self, signum: int) -> None:
        super().__init__("interrupted")
        self.exit_code = 128 + signum


@dataclass(frozen=True, slots=True)
class Caught:
    """The program, or how the script ended instead: `ended` as the catcher says it, None for its time."""

    program: Program | None
    ended: Mapping[str, Any] | None
    tail: str


def catch(interpreter: Sequence[str], form: str, target: str, words: Sequence[str]) -> Caught:
    """Start the script `target` (`form`: file or module) with `words`, and catch its parser.

    It runs in the current folder, without standard input; what it writes is gone when this returns.
    """
    with tempfile.TemporaryDirectory(prefix="bbopt-init-") as folder:
        run = _executed([*interpreter, "-B", _CATCHER, folder, form, target, *words], folder)
        try:
            found = json.loads(Path(folder, "caught.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
    if found is not None and "levels" in found:
        return Caught(program_of(found), None, run.tail)
    if run.ended_by is EndedBy.EXIT and found is None:
        return Caught(None, {"status": run.exit_status}, run.tail)
    return Caught(None, None if found is None else found["ended"], run.tail)


def help_text(command: Sequence[str]) -> str:
    """What the program prints when it is asked for help."""
    with tempfile.TemporaryDirectory(prefix="bbopt-init-") as folder:
        for word in ("--help", "-h"):
            run = _executed([*command, word], folder)
            if run.tail.count("-") > 2 and "\n" in run.tail.strip():
                return run.tail
    return run.tail


def _executed(argv: list[str], folder: str) -> SupervisedRun:
    """The run, in the current folder; the program is told to leave nothing."""
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder, "COLUMNS": "200", "PAGER": "cat"}
    order = RunOrder(
        argv=argv,
        directory=os.getcwd(),
        slot=0,
        uuid=os.urandom(16).hex(),
        limit_s=None,
        wall_limit_s=LIMIT_S,
        grace_s=_GRACE_S,
        output_limit_bytes=_OUTPUT_LIMIT_BYTES,
        environment={**environment, "NO_COLOR": "1", "TERM": "dumb"},
    )
    run, signum = execute_limited(order)
    if signum is not None:
        raise Interrupted(signum)
    if run.ended_by is EndedBy.SPAWN:
        from bbopt.target.process_words import spawn_problem

        raise InputError(spawn_problem(run.spawn_errno or 0, run.spawn_step, argv[0], Path.cwd()))
    return run
