"""`bbopt status FOLDER`: what the seeds of an output folder have reached, running or finished."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_folder
from bbopt.output_folder import OutputFolder

if TYPE_CHECKING:
    from bbopt.stores import RunStore, RunUnderWay, SeedStatus

__all__ = ["status"]


def status(arguments: Arguments) -> int:
    """Show the table of the folder that is named."""
    folder = named_folder(arguments.given.words)
    from rich.console import Console

    from bbopt.cli.run_lists import show_finished, show_under_way
    from bbopt.cli.seed_table import show_seeds
    from bbopt.session.folder_overview import folder_overview
    from bbopt.stores import store_in

    found = folder_overview(folder)
    if not found.seeds:
        raise OutputFolder(folder).no_seed_here()
    console, store, now = Console(highlight=False), store_in(folder), time.time()
    show_seeds(console, found, "best")
    show_under_way(console, [run for seed in found.seeds for run in _under_way(store, seed)], now)
    show_finished(console, found, now)
    return 0


def _under_way(store: RunStore, seed: SeedStatus) -> list[RunUnderWay]:
    """What the search has shown last, without runs that have ended since; nothing of a dead one."""
    if seed.is_alive is False:
        return []
    ended = {run.name(seed.seed) for run in (*seed.last_worked, *seed.last_failed)}
    return [run for run in store.control(seed.seed).under_way if run.name not in ended]
