"""`bbopt forget FOLDER RUN ...`: leave finished runs out of the history from now on."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_folder, runs_by_seed
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

__all__ = ["forget"]


def forget(arguments: Arguments) -> int:
    """Put on record that they do not count."""
    words = arguments.given.words
    folder = named_folder(words)
    if not words[1:]:
        raise InputError("no run is named", place=COMMAND_LINE, expected="bbopt forget FOLDER RUN ...")
    from bbopt.session.requests import forget_runs
    from bbopt.stores import store_in

    store = store_in(folder)
    seeds = store.status().seeds
    for seed, names in runs_by_seed(words[1:], [one.seed for one in seeds]).items():
        forget_runs(store, seeds, seed, names)
        print(f"forgotten: {', '.join(names)}")
    return 0
