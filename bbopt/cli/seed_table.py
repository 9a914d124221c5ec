"""A table of the seeds of an output folder: who lives, how far each is, which is best."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from bbopt.cli.durations import duration
from bbopt.runs import at_budget
from bbopt.stores import SeedStatus, StoreStatus

__all__ = ["seed_table", "show_seeds"]

_NOTHING_WORKED = "No run has worked: `bbopt call --scenario FILE` makes one and explains the answer."
_ALIVE = {True: "running", False: "ended", None: "unknown"}


def seed_table(status: StoreStatus, now: float) -> Table:
    """One row a seed; `now` is in seconds since the epoch."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("seed", "state", "process", "runs", "failed", "best cost", "taken over", "last activity"):
        table.add_column(name, justify="right" if name in {"seed", "runs", "failed", "best cost"} else "left")
    for seed in status.seeds:
        table.add_row(*_cells(seed, now), style="bold" if seed is status.best else None)
    return table


def show_seeds(console: Console, status: StoreStatus, label: str) -> None:
    """Print the table, and below it the best seed's configuration, introduced by `label`."""
    console.print(seed_table(status, time.time()))
    best = status.best
    if best is not None and best.best_configuration is not None:
        call = best.best_call or best.best_configuration.call_text()
        text = (
            f"{label}: seed {best.seed}, {best.metric} {best.best_shown}{at_budget(best.best_budget)}\n{call}"
        )
        console.print(text, markup=False, soft_wrap=True)
    elif any(seed.n_runs for seed in status.seeds):
        console.print(_NOTHING_WORKED, style="yellow", markup=False, soft_wrap=True)


def _cells(seed: SeedStatus, now: float) -> tuple[str, ...]:
    process = f"{seed.pid} on {seed.host}" if seed.pid is not None else "-"
    taken = ", ".join(f"{n} from {peer}" for peer, n in seed.taken_from) or "-"
    ago = "-" if seed.last_activity is None else f"{duration(max(0.0, now - seed.last_activity))} ago"
    return (
        str(seed.seed),
        seed.problem or _ALIVE[seed.is_alive],
        process,
        str(seed.n_runs),
        str(seed.n_failures),
        "-" if seed.best_shown is None else f"{seed.best_shown:.6g}",
        taken,
        ago,
    )
