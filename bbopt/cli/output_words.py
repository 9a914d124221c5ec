"""The first word of commands about an output folder or a database, and the names of runs behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.database_address import looks_like_address
from bbopt.errors import InputError, Place
from bbopt.options import COMMAND_LINE

if TYPE_CHECKING:
    from bbopt.stores import Results

__all__ = ["named_results", "named_runs", "needed_runs", "runs_by_seed"]

_RUN = re.compile(r"(?:(?P<seed>\d+)-)?(?P<number>\d+)", re.ASCII)


def named_results(arguments: Arguments, number: int = 0) -> Results:
    """The results that the first word, or another, names: a folder, or a database and perhaps a `--study`.

    InputError when there are none.
    """
    from bbopt.stores import results_at

    place, study = arguments.given.words[number], arguments.own.optional_text("study")
    if not looks_like_address(place) and not os.path.isdir(place):
        raise InputError("there is no such folder", place=Place(place))
    return results_at(place, study)


def needed_runs(words: Sequence[str], usage: str) -> Sequence[str]:
    """The words behind the first; InputError, which tells the usage, when there is none."""
    if not words[1:]:
        raise InputError("no run is named", place=COMMAND_LINE, expected=usage)
    return words[1:]


def runs_by_seed(words: Iterable[str], seeds: Sequence[int]) -> dict[int, list[str]]:
    """The runs that the words name, `SEED-NUMBER` or with a single seed only the number."""
    found: dict[int, list[str]] = {}
    for word in words:
        match = _RUN.fullmatch(word)
        if match is None or (match["seed"] is None and len(seeds) != 1):
            raise InputError(
                "this is no run",
                place=COMMAND_LINE,
                got=word,
                expected="SEED-NUMBER, as bbopt status and bbopt table show it: 1-17",
            )
        seed = seeds[0] if match["seed"] is None else int(match["seed"])
        if seed not in seeds:
            shown = ", ".join(map(str, seeds))
            raise InputError(
                f"there is no search with seed {seed}",
                place=COMMAND_LINE,
                got=word,
                expected=f"one of {shown}",
            )
        found.setdefault(seed, []).append(f"{seed}-{int(match['number'])}")
    return found


def named_runs(results: Results, words: Sequence[str]) -> list[str]:
    """The names of the runs that the words name; `best` is the best configuration's last one."""
    if not words:
        return []
    from bbopt.session.run_files import best_run

    seeds = results.store().seeds()
    named = [best_run(results) if word == "best" else word for word in words]
    return [name for names in runs_by_seed(named, seeds).values() for name in names]
