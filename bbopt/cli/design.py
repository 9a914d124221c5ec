"""`bbopt design NAME -n N --scenario FILE`: the rows that a design would run, as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TextIO

from bbopt.cli.command import Arguments
from bbopt.errors import InputError, Problems, did_you_mean, nearest
from bbopt.options import COMMAND_LINE, Assignment, option_table

if TYPE_CHECKING:
    from bbopt.space import Configuration

__all__ = ["design"]


def design(arguments: Arguments) -> int:
    """Print the rows, a column for each parameter, empty where it is switched off."""
    scenario = _with_design(arguments).scenario()
    from bbopt.scenario import ProposerName
    from bbopt.session import plan_session

    limits = scenario.limits
    n = limits.runcount // scenario.instances.n_runs_of_each if limits.has_run_limit else None
    _write(sys.stdout, plan_session(scenario).given[:n])
    is_drawn = scenario.proposer not in {ProposerName.GRID, ProposerName.CSV}
    if scenario.given_num_run is None and is_drawn:
        print(f"--seed {scenario.num_run} gives the same rows again, and runs them", file=sys.stderr)
    return 0


def _with_design(arguments: Arguments) -> Arguments:
    """The arguments with the options that the word and -n stand for."""
    problems = Problems(arguments.given.problems)
    words = arguments.given.words
    options = {
        "engine": problems.attempt(partial(_design_name, words[0])) if words else None,
        "runcount-limit": arguments.own.optional_integer("rows"),
    }
    added = (
        Assignment(option_table()[name], name, str(value), COMMAND_LINE)
        for name, value in options.items()
        if value is not None
    )
    entries = (*arguments.given.entries, *added)
    return replace(arguments, given=replace(arguments.given, entries=entries, problems=tuple(problems)))


def _design_name(word: str) -> str:
    from bbopt.scenario import ProposerName

    names = [name.value for name in ProposerName if name.is_design]
    if word.lower() in names:
        return word.lower()
    raise InputError(
        f"there is no design {word}",
        place=COMMAND_LINE,
        expected=", ".join(names),
        remedy=did_you_mean(nearest(word.lower(), names, limit=1)),
    )


def _write(file: TextIO, rows: Sequence[Configuration]) -> None:
    if not rows:
        return
    names = rows[0].space.names
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.active_values.get(name, "") for name in names] for row in rows)
