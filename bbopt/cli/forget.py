"""`bbopt forget FOLDER RUN ...`: leave finished runs out of the history from now on."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results, needed_runs, runs_by_seed

__all__ = ["forget"]


def forget(arguments: Arguments) -> int:
    """Put on record that they do not count."""
    words = arguments.given.words
    results = named_results(arguments)
    runs = needed_runs(words, "bbopt forget FOLDER RUN ...")
    from bbopt.session.requests import forget_runs

    store = results.store()
    seeds = store.status().seeds
    for seed, names in runs_by_seed(runs, [one.seed for one in seeds]).items():
        forget_runs(store, seeds, seed, names)
        print(f"forgotten: {', '.join(names)}")
    return 0
