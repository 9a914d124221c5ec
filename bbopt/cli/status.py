"""`bbopt status FOLDER`: what the seeds of an output folder have reached, running or finished."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results
from bbopt.cli.plain_table import print_table
from bbopt.database_address import DatabaseAddress, looks_like_address

if TYPE_CHECKING:
    from rich.console import Console

    from bbopt.database_address import StudyAddress
    from bbopt.stores import RunStore, RunUnderWay, SeedStatus

__all__ = ["status"]


def status(arguments: Arguments) -> int:
    """Show the table of the folder that is named."""
    place = arguments.given.words[0]
    if looks_like_address(place) and _show_studies(place, arguments.own.optional_text("study")):
        return 0
    results = named_results(arguments)
    from rich.console import Console

    from bbopt.cli.run_lists import show_finished, show_under_way
    from bbopt.cli.seed_table import show_seeds
    from bbopt.session.folder_overview import folder_overview

    found = folder_overview(results)
    if not found.seeds:
        raise results.no_seed_here()
    console, store, now = Console(highlight=False), results.store(), time.time()
    show_seeds(console, found, "best")
    if results.study is not None:
        _show_queue(console, results.study)
    show_under_way(console, [run for seed in found.seeds for run in _under_way(store, seed)], now)
    show_finished(console, found, now)
    return 0


def _show_studies(place: str, study: str | None) -> bool:
    """Show which studies there are, where several are and none is named; whether that was so."""
    from bbopt.stores import studies_in

    address = DatabaseAddress.read(place, Path.cwd())
    known = studies_in(address) if study is None else []
    if len(known) < 2:
        return False
    from rich.console import Console

    rows = [
        (
            one.name,
            str(one.n_seeds),
            str(one.n_runs),
            "yes" if one.has_jobs else "-",
            str(one.output_folder or "-"),
        )
        for one in known
    ]
    columns = ("study", "seeds", "runs", "jobs", "output folder")
    print_table(Console(highlight=False), columns, rows, frozenset((1, 2)))
    return True


def _show_queue(console: Console, study: StudyAddress) -> None:
    """Who works at the runs of searches that put them into a queue, where there is one."""
    from bbopt.stores import job_table_at

    table = job_table_at(study)
    members, counts = table.members(), table.counts()
    if members or counts.by_status:
        from bbopt.cli.job_lists import member_text, short_counts

        text = f"queue: {member_text(members)}; jobs: {short_counts(counts)}"
        console.print(text, markup=False, soft_wrap=True)


def _under_way(store: RunStore, seed: SeedStatus) -> list[RunUnderWay]:
    """What the search has shown last, without runs that have ended since; nothing of a dead one."""
    if seed.is_alive is False:
        return []
    ended = {run.name(seed.seed) for run in (*seed.last_worked, *seed.last_failed)}
    return [run for run in store.control(seed.seed).under_way if run.name not in ended]
