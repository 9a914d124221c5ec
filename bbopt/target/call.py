"""The command line of a run, exactly as SMAC2 builds it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from bbopt.java_numbers import format_double
from bbopt.runs import RunRequest

__all__ = ["TargetCommand"]


@dataclass(frozen=True, slots=True)
class TargetCommand:
    """The target algorithm: its words, and the directory that it runs in.

    `directory_text` is the directory as it is shown to users and written to files.  `quote_values` passes
    the parameter values in single quotes (`cli-call-params-with-quotes`).
    """

    algo: tuple[str, ...]
    directory: Path
    directory_text: str
    quote_values: bool = False

    def __post_init__(self) -> None:
        if not self.algo:
            raise ValueError("algo must name a program")

    def argv(self, request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        argv = [*self.algo, *_positional(request)]
        for name, value in request.configuration.active_values.items():
            argv += [f"-{name}", f"'{value}'" if self.quote_values else value]
        return argv

    def text(self, request: RunRequest) -> str:
        """The call as SMAC2 prints it, with each value in single quotes; a shell understands it."""
        words = [shlex.quote(word) for word in (*self.algo, *_positional(request))]
        return " ".join([*words, request.configuration.call_text()]).rstrip()

    def shell_line(self, request: RunRequest) -> str:
        """The call with its directory, to be pasted into a shell: `cd DIR; ./solver ...`."""
        return f"cd {shlex.quote(self.directory_text)}; {self.text(request)}"


def _positional(request: RunRequest) -> tuple[str, ...]:
    """The five arguments before the parameters."""
    return (
        request.instance.name,
        request.instance.info,
        format_double(request.cutoff_s),
        str(request.runlength),
        str(request.seed),
    )
