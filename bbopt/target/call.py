"""The target's command: what a run is called with, and how its answer is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bbopt.runs import RunRequest
from bbopt.shell_words import shell_line, shell_word
from bbopt.target.answers import AnswerFormat, MetricReader, ResultLineAnswer
from bbopt.target.call_formats import CallFormat, SmacCall, adapted_words

__all__ = ["TargetCommand"]


@dataclass(frozen=True, slots=True)
class TargetCommand:
    """The target algorithm: its words, the directory that it runs in, and the language that it speaks.

    `directory_text` is the directory as it is shown to users and written to files.
    """

    algo: tuple[str, ...]
    directory: Path
    directory_text: str
    call_format: CallFormat = field(default_factory=SmacCall)
    answer: AnswerFormat = field(default_factory=ResultLineAnswer)
    metrics: MetricReader = field(default_factory=MetricReader)

    def __post_init__(self) -> None:
        if not self.algo:
            raise ValueError("algo must name a program")

    def argv(self, request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        return self.call_format.argv(self.algo, request)

    def text(self, request: RunRequest) -> str:
        """The call as it is printed; a shell understands it."""
        return self.call_format.text(self.algo, request)

    def shell_line(self, request: RunRequest) -> str:
        """The call with its directory, to be pasted into a shell: `cd DIR; ./solver ...`."""
        return f"cd {shell_word(self.directory_text)}; {self.text(request)}"

    def typed_line(self, request: RunRequest) -> str | None:
        """The same as the user would type it; None where the program is one that a configurator calls."""
        if not isinstance(self.call_format, SmacCall):
            return self.shell_line(request)
        words = adapted_words(self.algo, request)
        return None if words is None else f"cd {shell_word(self.directory_text)}; {shell_line(words)}"
