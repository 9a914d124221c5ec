"""`bbopt merge`: join the states of several searches into one, as SMAC v2's `state-merge` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bbopt.cli.tune import current_folder, load
from bbopt.errors import InputError
from bbopt.java_numbers import parse_double
from bbopt.options import canonical_name
from bbopt.output_folder import SeedFile
from bbopt.scenario import COMMAND_LINE, read_command_line

if TYPE_CHECKING:
    from bbopt.session.merging import MergedState

__all__ = ["merge"]

_USAGE = "bbopt merge --scenario FILE --directories DIR [DIR ...] --output DIR [--seed N]"
_OWN = {
    canonical_name(name): name for name in ("directories", "output", "up-to-iteration", "up-to-tunertime")
}


@dataclass(slots=True)
class _Arguments:
    """The command's own arguments; `rest` are options of the scenario."""

    rest: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The value given last."""
        return self.values[name][-1] if self.values.get(name) else None


def merge(argv: Sequence[str]) -> int:
    """Write the merged state; 0, or an error."""
    if {"--help", "-h", "-?"}.intersection(argv):
        print(
            f"usage: {_USAGE}\n\nJoins the runs of several searches on one scenario into a state that "
            "--restore-state-from and\n--warmstart take.  A DIR is a state folder (ours or SMAC v2's), a "
            f"file {SeedFile.RECORD.name_of('N')},\nor a folder with some of them.  Runs that two states "
            "share are taken once.  Only the new folder\nis written.\n\n"
            "  --up-to-iteration N  take the runs of each state up to this iteration\n"
            "  --up-to-tunertime S  take the runs of each state until their runtimes exceed S seconds\n\n"
            "All options of a scenario may be given as well."
        )
        return 0
    arguments = _own_arguments(argv)
    output, folders = arguments.one("output"), arguments.values.get("directories")
    if output is None or not folders:
        missing = "--output" if folders else "--directories"
        raise InputError(f"{missing} is missing", place=COMMAND_LINE, remedy=_USAGE)
    scenario = load(read_command_line(arguments.rest))
    from bbopt.session.merge_sources import MergeBounds
    from bbopt.session.merging import merge_states

    bounds = MergeBounds(_iteration(arguments), _tuner_time(arguments))
    here = current_folder()
    merged = merge_states(scenario, [here / folder for folder in folders], here / output, bounds)
    _report(merged)
    return 0


def _own_arguments(argv: Sequence[str]) -> _Arguments:
    """Sort the arguments; what follows --directories up to the next option is one folder each."""
    arguments = _Arguments()
    name: str | None = None
    for word in argv:
        flag, equals, value = word.partition("=")
        if word.startswith("--"):
            name = _OWN.get(canonical_name(flag))
            if name is not None:
                arguments.values.setdefault(name, []).extend([value] if equals else [])
                name = None if equals else name
                continue
        if name is None:
            arguments.rest.append(word)
        else:
            arguments.values[name].append(word)
            name = name if name == "directories" else None
    return arguments


def _iteration(arguments: _Arguments) -> int | None:
    text = arguments.one("up-to-iteration")
    if text is not None and not (text.isascii() and text.isdigit()):
        raise _wrong("up-to-iteration", text, "a whole number of at least 0")
    return None if text is None else int(text)


def _tuner_time(arguments: _Arguments) -> float | None:
    text = arguments.one("up-to-tunertime")
    try:
        seconds = None if text is None else parse_double(text)
    except ValueError:
        seconds = -1.0
    if seconds is not None and not seconds >= 0:
        raise _wrong("up-to-tunertime", text or "", "seconds, at least 0")
    return seconds


def _wrong(name: str, text: str, expected: str) -> InputError:
    return InputError(
        f"--{name} can't have this value", place=COMMAND_LINE, got=repr(text), expected=expected
    )


def _report(merged: MergedState) -> None:
    for source in merged.sources:
        print(f"{len(source.record.runs):>8} runs from {source.record.source}")
        for loss in source.losses:
            print(f"         warning: {loss}")
    duplicates = f" ({merged.n_duplicates} that occurred before were left out)" if merged.n_duplicates else ""
    print(f"{merged.n_runs:>8} runs in {merged.folder}{duplicates}")
    print(f"Go on from it with --restore-state-from {merged.folder}, or learn from it with --warmstart.")
