"""What the searches in a store have reached, told from their records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bbopt.runs import RunStatus
from bbopt.space import Space
from bbopt.stores.records import RecordedRun

__all__ = ["SeedStatus", "StoreStatus"]


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """One seed's record and process.

    `best_cost` is the smallest quality of a run that did not fail, `best_configuration` the text of its
    configuration as in a call; None without such a run.  `last_activity` is in seconds since the epoch, by
    the clock of whoever keeps the record.  `is_alive` is None where it can't be told; `pid` and `host` are
    those of the process that adds to the record, or died while it did.  `taken_from` counts the runs taken
    over from other seeds.  `problem` says why the runs, or some, can't be counted.
    """

    seed: int
    n_runs: int = 0
    n_failures: int = 0
    best_cost: float | None = None
    best_configuration: str | None = None
    last_activity: float | None = None
    is_alive: bool | None = None
    pid: int | None = None
    host: str | None = None
    taken_from: tuple[tuple[int, int], ...] = ()
    problem: str | None = None

    def counting(self, runs: Iterable[RecordedRun]) -> SeedStatus:
        """The same with what the runs of the record come to."""
        n_runs = n_failures = 0
        best: RecordedRun | None = None
        taken_from: Counter[int] = Counter()
        for run in runs:
            result = run.result
            n_runs += 1
            n_failures += result.status.is_failure
            if run.reused_from is not None:
                taken_from[run.reused_from] += 1
            is_better = best is None or result.quality < best.result.quality
            if not result.status.is_failure and result.status is not RunStatus.KILLED and is_better:
                best = run
        return replace(
            self,
            n_runs=n_runs,
            n_failures=n_failures,
            best_cost=best.result.quality if best else None,
            best_configuration=best.request.configuration.call_text() if best else None,
            taken_from=tuple(sorted(taken_from.items())),
        )


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """All seeds of a store, in their order, and the parameters of the first one that names them."""

    seeds: tuple[SeedStatus, ...]
    space: Space | None = None

    @property
    def best(self) -> SeedStatus | None:
        """The seed with the smallest `best_cost`."""
        with_cost = [seed for seed in self.seeds if seed.best_cost is not None]
        return min(with_cost, key=lambda seed: seed.best_cost or 0.0, default=None)
