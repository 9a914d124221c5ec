"""`bbopt stop FOLDER [RUN ...]`: end runs that are under way, or whole searches, from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results, runs_by_seed
from bbopt.errors import InputError, Place

if TYPE_CHECKING:
    from bbopt.stores import RunStore, SeedStatus

__all__ = ["stop"]

_PATIENCE_S = 120.0


def stop(arguments: Arguments) -> int:
    """Have them ended; 1 where one was over already, or is not over in time."""
    words = arguments.given.words
    results = named_results(arguments)
    store = results.store()
    seeds = {seed.seed: seed for seed in store.status().seeds}
    if words[1:]:
        runs = runs_by_seed(words[1:], sorted(seeds))
        grace_s = arguments.own.number("grace")
        return max(_stop_runs(store, seeds[seed], names, grace_s) for seed, names in runs.items())
    alive = [seed for seed in seeds.values() if seed.is_alive]
    if not alive:
        raise InputError("no search is running here", place=Place(results.shown))
    return _stop_searches(store, alive)


def _stop_runs(store: RunStore, seed: SeedStatus, names: list[str], grace_s: float) -> int:
    from bbopt.session.requests import end_runs

    found = end_runs(store, seed, names, grace_s)
    for name in found.ended:
        print(f"run {name} is ended")
    for name in found.had_ended:
        print(f"run {name} had ended before", file=sys.stderr)
    for name in found.still_on:
        print(f"run {name} has not ended yet", file=sys.stderr)
    return 1 if found.had_ended or found.still_on else 0


def _stop_searches(store: RunStore, seeds: Sequence[SeedStatus]) -> int:
    from bbopt.session.requests import end_searches

    status = 0
    for seed, has_ended in end_searches(store, seeds, _PATIENCE_S):
        if has_ended:
            print(f"the search with seed {seed.seed} is over")
        else:
            print(f"the search with seed {seed.seed} has not ended yet", file=sys.stderr)
            status = 1
    return status
