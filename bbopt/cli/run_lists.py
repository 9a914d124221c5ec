"""Tables of runs for `bbopt status`: those under way, and the last ones of those that are over."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from bbopt.cli.durations import duration
from bbopt.cli.plain_table import print_table
from bbopt.runs import NO_BUDGET
from bbopt.stores import RecordedRun, RunUnderWay, SeedStatus, StoreStatus

__all__ = ["show_finished", "show_under_way"]

_SHOWN = 5
_NUMBERS_UNDER_WAY = frozenset((1,))


def show_under_way(console: Console, runs: Sequence[RunUnderWay], now: float) -> None:
    """A row for each run under way; `now` is in seconds since the epoch."""
    if not runs:
        return
    latest = ("latest",) if any(run.latest for run in runs) else ()
    budget = ("budget",) if any(run.budget != NO_BUDGET for run in runs) else ()
    rows = [
        (
            run.name,
            str(run.slot),
            duration(max(0.0, now - run.started_at)),
            *(_budget(run.budget) for _ in budget),
            *(run.latest or "-" for _ in latest),
            run.settings,
        )
        for run in sorted(runs, key=lambda run: run.started_at)
    ]
    _print(
        console, "under way", ("run", "slot", "for", *budget, *latest, "settings"), rows, _NUMBERS_UNDER_WAY
    )


def show_finished(console: Console, status: StoreStatus, now: float) -> None:
    """The last runs that worked, and the last that failed."""
    worked = [(seed, run) for seed in status.seeds for run in seed.last_worked]
    failed = [(seed, run) for seed in status.seeds for run in seed.last_failed]
    for label, runs, last in (("last finished", worked, "settings"), ("last failed", failed, "reason")):
        if runs:
            runs.sort(key=lambda pair: _ended_at(pair[1]))
            has_budgets = any(run.request.runlength != NO_BUDGET for _, run in runs)
            rows = [_row(seed, run, now, last, has_budgets) for seed, run in runs[-_SHOWN:]]
            metrics = {seed.metric for seed, _ in runs}
            metric = metrics.pop() if len(metrics) == 1 else "quality"
            budget = ("budget",) if has_budgets else ()
            names = ("run", "status", *budget, metric, "took", "ended", last)
            _print(console, label, names, rows, frozenset(range(2, 3 + has_budgets)))


def _row(seed: SeedStatus, run: RecordedRun, now: float, last: str, has_budgets: bool) -> Sequence[str]:
    result, ended_at = run.result, _ended_at(run)
    reason, _, _ = result.reason.partition("\n")
    return (
        run.name(seed.seed),
        result.shown_status,
        *((_budget(run.request.runlength),) if has_budgets else ()),
        f"{result.metrics.get(seed.metric, result.quality):.6g}" if last == "settings" else "-",
        duration(result.wallclock_s),
        f"{duration(max(0.0, now - ended_at))} ago" if ended_at else "-",
        run.request.configuration.call_text() if last == "settings" else reason or "-",
    )


def _budget(runlength: int) -> str:
    return "-" if runlength == NO_BUDGET else str(runlength)


def _ended_at(run: RecordedRun) -> float:
    started_at = run.result.started_at
    return 0.0 if started_at is None else started_at + run.result.wallclock_s


def _print(
    console: Console,
    label: str,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: frozenset[int],
) -> None:
    console.print()
    console.print(label, style="bold", markup=False)
    print_table(console, names, rows, numbers)
