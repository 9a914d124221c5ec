"""What the searches in a store have reached, told from their records alone."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bbopt.runs import NO_BUDGET, Pair, RunResult, RunStatus
from bbopt.runs.objective import WORST_QUALITY
from bbopt.scenario.metrics import is_maximised
from bbopt.space import Configuration, Space
from bbopt.stores.identity import UNSAT_IS_FAILURE, RecordIdentity
from bbopt.stores.records import RecordedRun

__all__ = ["SeedStatus", "StoreStatus"]

_NEVER_WORKED = math.inf
_LAST = 5


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """One seed's record and process.

    `best_cost` is the smallest quality of a run at `best_budget`, the highest, that did not fail,
    `best_configuration` its configuration; None without such a run.  `best_call` is that as the user would
    type it, where it is known how.  `failed_shares` has the configurations with failed runs at their highest
    budget: the share of their pairs on which one failed that no cost outweighs, infinite where none worked;
    `best_failed` is the best one's.  `last_activity` is in seconds since the epoch, by the clock of whoever
    keeps the record.  `is_alive` is None where it can't be told; `pid` and `host` are those of the process
    that adds to the record, or died while it did.  `taken_from` counts the runs taken over from other seeds.
    `problem` says why the runs, or some, can't be counted.  `identity` is what the record is about.
    `last_runs` has the last run of each configuration, `last_worked` and `last_failed` are the last few runs.
    `incumbent` is what the search has said to stand by, with its cost, where the record is told.
    """

    seed: int
    n_runs: int = 0
    n_failures: int = 0
    best_cost: float | None = None
    best_configuration: Configuration | None = None
    best_budget: int = NO_BUDGET
    best_call: str | None = None
    failed_shares: Mapping[Configuration, float] = field(default_factory=dict)
    best_failed: float = 0.0
    last_activity: float | None = None
    is_alive: bool | None = None
    pid: int | None = None
    host: str | None = None
    taken_from: tuple[tuple[int, int], ...] = ()
    problem: str | None = None
    identity: RecordIdentity | None = None
    last_runs: Mapping[Configuration, RecordedRun] = field(default_factory=dict)
    last_worked: tuple[RecordedRun, ...] = ()
    last_failed: tuple[RecordedRun, ...] = ()
    incumbent: tuple[Configuration, float] | None = None

    @property
    def metric(self) -> str:
        """What people call the cost."""
        return dict(self.identity.context).get("metric", "cost") if self.identity else "cost"

    @property
    def best_shown(self) -> float | None:
        """`best_cost` as people know it: not negated where it is for being maximised."""
        if self.best_cost is None or self.identity is None or not is_maximised(dict(self.identity.context)):
            return self.best_cost
        return 0.0 - self.best_cost

    def counting(self, runs: Iterable[RecordedRun], identity: RecordIdentity | None) -> SeedStatus:
        """The same with what the runs of the record, of which this is the identity, come to."""
        count = _Count(identity is not None and (UNSAT_IS_FAILURE, "true") in identity.context)
        for run in runs:
            count.add(run)
        best, failed_shares = count.best, count.failed_shares()
        return replace(
            self,
            n_runs=count.n_runs,
            n_failures=count.n_failures,
            best_cost=best.result.quality if best else None,
            best_configuration=best.request.configuration if best else None,
            best_budget=best.request.runlength if best else NO_BUDGET,
            failed_shares=failed_shares,
            best_failed=failed_shares.get(best.request.configuration, 0.0) if best else 0.0,
            taken_from=tuple(sorted(count.taken_from.items())),
            identity=identity,
            last_runs=count.last_runs,
            last_worked=tuple(count.last_worked),
            last_failed=tuple(count.last_failed),
        )


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """All seeds of a store, in their order, and the parameters of the first one that names them."""

    seeds: tuple[SeedStatus, ...]
    space: Space | None = None

    @property
    def best(self) -> SeedStatus | None:
        """The seed with the smallest `best_cost`, among those whose best one has failed least.

        Those of the highest budget come first.
        """
        with_cost = [seed for seed in self.seeds if seed.best_cost is not None]
        return min(
            with_cost,
            key=lambda seed: (seed.best_failed, -seed.best_budget, seed.best_cost or 0.0),
            default=None,
        )


@dataclass(slots=True)
class _Count:
    """What is summed up over the runs of a record.

    `shares`: of each configuration what each pair adds to its share in `SeedStatus.failed_shares`.
    """

    unsat_is_failure: bool
    n_runs: int = 0
    n_failures: int = 0
    best: RecordedRun | None = None
    taken_from: Counter[int] = field(default_factory=Counter)
    last_runs: dict[Configuration, RecordedRun] = field(default_factory=dict)
    last_worked: deque[RecordedRun] = field(default_factory=lambda: deque(maxlen=_LAST))
    last_failed: deque[RecordedRun] = field(default_factory=lambda: deque(maxlen=_LAST))
    shares: dict[Configuration, dict[Pair, float | None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, run: RecordedRun) -> None:
        request, result = run.request, run.result
        is_failure = result.status.has_failed(unsat_is_failure=self.unsat_is_failure)
        self.n_runs += 1
        self.last_runs[request.configuration] = run
        self.n_failures += is_failure
        (self.last_failed if is_failure else self.last_worked).append(run)
        if run.reused_from is not None:
            self.taken_from[run.reused_from] += 1
        has_worked = not is_failure and result.status is not RunStatus.KILLED
        self.shares[request.configuration][request.pair] = None if has_worked else _weight(result)
        if has_worked and (self.best is None or _rank(run) < _rank(self.best)):
            self.best = run

    def failed_shares(self) -> dict[Configuration, float]:
        found = {}
        for configuration, at_all_budgets in self.shares.items():
            highest = max(pair.runlength for pair in at_all_budgets)
            by_pair = {pair: one for pair, one in at_all_budgets.items() if pair.runlength == highest}
            weights = [weight for weight in by_pair.values() if weight is not None]
            if len(weights) == len(by_pair):
                found[configuration] = _NEVER_WORKED
            elif weights:
                found[configuration] = sum(weights) / len(by_pair)
        return found


def _rank(run: RecordedRun) -> tuple[int, float]:
    """The least of these is the best: what counts is the highest budget."""
    return -run.request.runlength, run.result.quality


def _weight(result: RunResult) -> float:
    """1 for a failure that no cost outweighs; 0 for one that counts by its cost.

    The record does not tell the objective.  But where it has the first kind, crashes are recorded with a
    quality that says so, and where it is the runtime, their quality is 0 or what the target makes up.
    """
    return float(result.status is RunStatus.UNSAT or result.quality >= WORST_QUALITY)
