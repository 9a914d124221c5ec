"""`bbopt merge`: join the states of several searches into one, as SMAC v2's `state-merge` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.signals import handling_signals, interrupt
from bbopt.database_address import DatabaseAddress, looks_like_address
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues
from bbopt.scenario import Scenario
from bbopt.shell_words import shell_word

if TYPE_CHECKING:
    from bbopt.earlier.merging import MergedState

__all__ = ["merge"]


def merge(arguments: Arguments) -> int:
    """Write the merged state; 0, or an error."""
    scenario, own, here = arguments.scenario(), arguments.own, current_folder()
    from bbopt.earlier.merge_sources import MergeBounds
    from bbopt.earlier.merging import merge_states

    bounds = MergeBounds(own.optional_integer("up-to-iteration"), own.optional_number("up-to-tunertime"))
    places = [
        DatabaseAddress.read(text, here) if looks_like_address(text) else here / text
        for text in own.texts("directories")
    ]
    with handling_signals(interrupt):  # what is written until then goes again
        merged = merge_states(scenario, places, here / _output(scenario, own), bounds)
    _report(merged)
    return 0


def _output(scenario: Scenario, own: OptionValues) -> str | Path:
    """The folder to write: as in state-merge that of --outdir, where --output is not given."""
    if own.is_given("output"):
        return own.text("output")
    if scenario.said("output-dir").is_given:
        return scenario.output_dir
    raise InputError("--output is missing", place=COMMAND_LINE, expected="the name of a new folder")


def _report(merged: MergedState) -> None:
    for source in merged.sources:
        print(f"{len(source.runs):>8} runs from {source.record.source}")
        for loss in source.losses:
            print(f"         warning: {loss}")
    duplicates = f" ({merged.n_duplicates} that occurred before were left out)" if merged.n_duplicates else ""
    print(f"{merged.n_runs:>8} runs in {merged.folder}{duplicates}")
    state = shell_word(str(merged.folder))
    print(f"Go on from it with --restore-state-from {state}, or learn from it with --warmstart.")
