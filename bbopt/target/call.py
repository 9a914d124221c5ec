"""The target's command: what a run is called with, and how its answer is read."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bbopt.runs import RunRequest
from bbopt.shell_words import shell_line, shell_word
from bbopt.target.answers import AnswerFormat, MetricReader, ResultLineAnswer
from bbopt.target.call_formats import CallFormat, SmacCall, TemplateCall, adapted_words, printed_call

__all__ = ["TargetCommand"]


@dataclass(frozen=True, slots=True)
class TargetCommand:
    """The target algorithm: its words, the directory that it runs in, and the language that it speaks.

    `directory_text` is the directory as it is shown to users and written to files.  `placed` are words of it
    that stand for files elsewhere, with their paths; `home` is where instances are that are files elsewhere.
    `parameters_file` is the name of the file that a run's folder has its parameters in, "" for none.
    `retraining` is the command of the run that trains a search's winner on all data, if there is one.
    """

    algo: tuple[str, ...]
    directory: Path
    directory_text: str
    call_format: CallFormat = field(default_factory=SmacCall)
    answer: AnswerFormat = field(default_factory=ResultLineAnswer)
    metrics: MetricReader = field(default_factory=MetricReader)
    placed: Mapping[str, str] = field(default_factory=dict)
    home: Path | None = None
    parameters_file: str = ""
    retraining: TargetCommand | None = None

    def __post_init__(self) -> None:
        if not self.algo:
            raise ValueError("algo must name a program")

    def meant_by(self, request: RunRequest) -> TargetCommand:
        """This, or the command for what is asked in its place."""
        return self.retraining if self.retraining is not None and request.is_retraining else self

    def argv(self, request: RunRequest) -> list[str]:
        """The arguments of a run, the program first."""
        argv = self.call_format.argv(self.algo, self.told_where(request))
        for number, word in enumerate(self.algo if self.placed else ()):
            if argv[number : number + 1] == [word]:
                argv[number] = self.placed.get(word, word)
        return argv

    def text(self, request: RunRequest) -> str:
        """The call as it is printed; a shell understands it."""
        if self.placed:
            return printed_call(self.argv(request))
        return self.call_format.text(self.algo, self.told_where(request))

    def told_where(self, request: RunRequest) -> RunRequest:
        """The request with the whole path of an instance that the program would not find in a folder."""
        if self.home is None or not (path := self.home / request.instance.name).is_file():
            return request
        return replace(request, instance=replace(request.instance, name=str(path)))

    def in_run(self, run_facts: Mapping[str, str]) -> TargetCommand:
        """The same where more is known: of all runs, or of a single one."""
        if not isinstance(self.call_format, TemplateCall):
            return self
        known = {**self.call_format.run_facts, **run_facts}
        return replace(self, call_format=replace(self.call_format, run_facts=known))

    def in_folder(self, folder: str, names: Collection[str]) -> TargetCommand:
        """The same in a folder that has files of these `names`.

        The program, or the script that it is given, is one of them, or else stays where it is.
        """
        is_path = "/" in self.algo[0]
        words = self.algo[:1] if is_path else [word for word in self.algo[1:] if not word.startswith("-")]
        script = next((word for word in words if self._is_beside(word, names)), None)
        home = self.directory.absolute()
        placed = {} if script is None else {script: str(home / script)}
        return replace(self, directory=Path(folder), directory_text=folder, placed=placed, home=home)

    def in_kept_folder(self, folder: Path, run_id: str) -> TargetCommand:
        """The same in the folder that the run had, where that is still there."""
        if not folder.is_dir():
            return self
        names = [os.path.normpath(word) for word in self.algo if (folder / word).is_file()]
        facts = {"run-id": run_id, "run-folder": str(folder)}
        if self.parameters_file:
            facts["parameters-file"] = str(folder / self.parameters_file)
        return self.in_folder(str(folder), names).in_run(facts)

    def _is_beside(self, word: str, names: Collection[str]) -> bool:
        """Whether a word is the relative path of a file of the directory, and none of the `names`."""
        is_own = os.path.isabs(word) or os.path.normpath(word) in names
        return not is_own and os.path.isfile(self.directory / word)

    def shell_line(self, request: RunRequest) -> str:
        """The call with its directory, to be pasted into a shell: `cd DIR; ./solver ...`."""
        return f"cd {shell_word(self.directory_text)}; {self.text(request)}"

    def typed_line(self, request: RunRequest) -> str | None:
        """The same as the user would type it; None where the program is one that a configurator calls."""
        if not isinstance(self.call_format, SmacCall):
            return self.shell_line(request)
        words = adapted_words(self.algo, request)
        return None if words is None else f"cd {shell_word(self.directory_text)}; {shell_line(words)}"
