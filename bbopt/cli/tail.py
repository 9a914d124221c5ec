"""`bbopt tail FOLDER [RUN [FILE]]`: follow what a run prints, or another file of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results, named_runs
from bbopt.errors import InputError, Place

if TYPE_CHECKING:
    from bbopt.stores import Results, RunStore

__all__ = ["tail"]

_LAST_BYTES = 4096


def tail(arguments: Arguments) -> int:
    """Until the run is over; without a run, the last one that was started."""
    words = arguments.given.words
    results = named_results(arguments)
    from bbopt.session.run_files import OUTPUT_NAME, followed, run_folder

    store = results.store()
    run = named_runs(results, words[1:2])[0] if words[1:] else _latest(store, results)
    path = run_folder(results.output, run) / (words[2] if words[2:] else OUTPUT_NAME)
    if not path.exists() and _is_over(store, run):
        raise InputError("the run has no such file", place=Place(path), remedy="bbopt files shows its files")
    for data in followed(path, lambda: _is_over(store, run), _LAST_BYTES):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def _latest(store: RunStore, results: Results) -> str:
    alive = [seed.seed for seed in store.status().seeds if seed.is_alive is not False]
    runs = [run for seed in alive for run in store.control(seed).under_way]
    if not runs:
        raise InputError(
            "no run is under way here", place=Place(results.shown), remedy="name one: bbopt tail FOLDER RUN"
        )
    return max(runs, key=lambda run: run.started_at).name


def _is_over(store: RunStore, run: str) -> bool:
    seed = int(run.partition("-")[0])
    return all(one.name != run for one in store.control(seed).under_way) or not store.is_open(seed)
