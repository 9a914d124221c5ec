"""What the jobs of commands are called, and where they print."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from bbopt.database_address import without_passwords
from bbopt.durable_files import file_error

__all__ = ["LogFolder", "batch_name", "dealt_out"]

_LONGEST_NAME = 100
_LONGEST_JOB_NAME = 10
"""PBS takes 15 characters, of which a number needs some."""


def batch_name(command: Sequence[str], number: int) -> str:
    """What the job is called in the batch system: the program and a number, `train.py.3`."""
    program = re.sub(r"[^A-Za-z0-9_.-]", "_", PurePath(command[0]).name)[:_LONGEST_JOB_NAME]
    return f"{program if program[:1].isalpha() else f'j{program}'}.{number}"


def dealt_out(commands: Sequence[Sequence[str]], n_jobs: int | None) -> list[list[Sequence[str]]]:
    """The commands of each of `n_jobs` jobs, which run theirs one after the other; None for a job each."""
    n = len(commands) if n_jobs is None else min(n_jobs, len(commands))
    return [list(commands[at::n]) for at in range(n)]


@dataclass(frozen=True, slots=True)
class LogFolder:
    """A new folder for what the jobs of one call print, named after the command and the time, as Jobman does.

    It is `path` as people give it, perhaps relative to the current folder.
    """

    path: Path

    @classmethod
    def of(cls, above: Path, command: Sequence[str], started_at: float) -> LogFolder:
        """That of a command, which is not made yet; passwords do not stand in the name."""
        words = [PurePath(command[0]).name, *(without_passwords(word) for word in command[1:])]
        name = re.sub(r"[^A-Za-z0-9.,=-]+", "_", "_".join(words)).strip("_.")[:_LONGEST_NAME]
        moment = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(started_at))
        return cls(above / f"{name}_{moment}.{int(started_at % 1 * 1e6):06d}")

    def make(self) -> None:
        """Make it.  StateError where that is not possible."""
        try:
            self.path.mkdir(parents=True)
        except OSError as error:
            raise file_error("make the folder", self.path, error) from error

    def remove_if_empty(self) -> None:
        """Nothing prints there after all."""
        with contextlib.suppress(OSError):
            self.path.rmdir()
