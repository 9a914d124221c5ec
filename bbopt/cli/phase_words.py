"""What is typed of a later phase: `SELECT ... -- KEY={{}} ... -- SETTING ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bbopt.cli.command import Arguments
from bbopt.cli.job_words import named_jobman_table
from bbopt.cli.scheduling import scheduling_words

if TYPE_CHECKING:
    from bbopt.jobs.phases import PhaseGroup

__all__ = ["PhaseWords", "phase_words"]


class PhaseWords(NamedTuple):
    """The groups that the new jobs come after, none where this is no later phase, and their settings."""

    groups: Sequence[PhaseGroup]
    settings: Sequence[str]


def phase_words(arguments: Arguments) -> PhaseWords | None:
    """What is meant; None, which was said, where nothing is there to come after."""
    from bbopt.jobs.phases import group_by, selected
    from bbopt.jobs.references import with_best
    from bbopt.stores import job_table_at

    table, _, words = scheduling_words(arguments)
    select, keys, settings = _parts(arguments.argv, words)
    settings = with_best(settings, arguments.own.optional_text("best"))
    if select is None:
        return PhaseWords((), settings)
    address = named_jobman_table(table)
    states = selected(job_table_at(address), select)
    groups = group_by(states, keys, " ".join(select)) if states else []
    if not groups:
        print("no job is meant by this", file=sys.stderr)
        return None
    if n_left := len(states) - sum(len(one.group.jobs) for one in groups):
        print(f"{n_left} of the {len(states)} jobs that are meant are in no group", file=sys.stderr)
    return PhaseWords(groups, settings)


def _parts(
    argv: Sequence[str], words: Sequence[str]
) -> tuple[Sequence[str] | None, Sequence[str], Sequence[str]]:
    """What selects jobs and by what to group them, where two -- part these from the settings.

    The first one is no word any more.
    """
    n_behind = len(argv) - argv.index("--") - 1 if "--" in argv else 0
    first, behind = words[: len(words) - n_behind], list(words[len(words) - n_behind :])
    if "--" not in behind:
        return None, (), words
    second = behind.index("--")
    return first, behind[:second], behind[second + 1 :]
