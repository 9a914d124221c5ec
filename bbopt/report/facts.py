"""What there is to report on: searches of one target on one space, as plain values.

A *study* here is what an output folder or a database's study holds of one space and metric; a folder in
which two spaces are mixed makes two.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import BboptError, InputError
from bbopt.exports import TrajectoryRow, read_records, read_trajectory
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.output_folder import SeedFile
from bbopt.report.valuing import objective_of
from bbopt.runs import NO_BUDGET, History, Objective, Pair, QualityObjective, Run, RuntimeObjective
from bbopt.session.folder_overview import with_incumbents
from bbopt.space import Configuration, Space
from bbopt.stores import (
    RecordedRuns,
    RecordIdentity,
    Results,
    SeedStatus,
    StoreStatus,
    validation_records_in,
)
from bbopt.surrogate import FloatArray

__all__ = ["Incumbent", "SeedFacts", "Study", "read_studies"]


@dataclass(frozen=True, slots=True)
class Incumbent:
    """What a search stood by from a time on: after how many runs, and seconds (None: unknown)."""

    n_runs: int
    elapsed_s: float | None
    cost: float


@dataclass(frozen=True, slots=True)
class SeedFacts:
    """One search: its record, its runs with what they are worth, its incumbents in order.

    `is_open`: whether a process adds to the record; None where that can't be told.  `replayed`: the last
    incumbent, where no trajectory told it.
    """

    seed: int
    record: RecordedRuns
    runs: tuple[Run, ...]
    incumbents: tuple[Incumbent, ...]
    history: History
    is_open: bool | None = None
    replayed: Configuration | None = None

    @property
    def names(self) -> list[str]:
        """What people call the runs."""
        return [run.name(self.seed) for run in self.record.runs]

    @property
    def elapsed_s(self) -> list[float | None]:
        """When each run had finished, in seconds of the search."""
        return [None if run.elapsed is None else run.elapsed.wallclock_s for run in self.record.runs]


@dataclass(frozen=True)
class Study:
    """Searches that can be compared, at least one; see the module.

    `label` is short, `where` says where it is.  `best`: the seed that stands by the best configuration.
    `validations`: runs of validations of all seeds.  `problems` say what could not be read.  `retrained`:
    trainings on all data.
    """

    label: str
    where: str
    space: Space
    objective: Objective
    identity: RecordIdentity | None
    seeds: tuple[SeedFacts, ...]
    best: SeedStatus | None
    validations: tuple[Run, ...] = ()
    problems: tuple[str, ...] = ()
    n_forgotten: int = 0
    retrained: tuple[Run, ...] = ()
    metric: str = field(init=False, default="")

    def __post_init__(self) -> None:
        one = self.objective
        name = one.metric if isinstance(one, QualityObjective) else "runtime"
        if isinstance(one, RuntimeObjective) and one.factor > 1:
            name = f"PAR{one.factor}"
        object.__setattr__(self, "metric", name)

    @property
    def is_runtime(self) -> bool:
        """Whether it is the runtime that was minimised."""
        return not isinstance(self.objective, QualityObjective)

    @property
    def is_maximised(self) -> bool:
        """Whether larger values of the metric are better."""
        return self.objective.shown(1.0) < 0

    @property
    def cost_label(self) -> str:
        """What an axis of costs is called."""
        return f"{self.quantity} ({'higher' if self.is_maximised else 'lower'} is better)"

    @property
    def quantity(self) -> str:
        """The metric with its unit, where it has one."""
        return f"{self.metric} [s]" if self.is_runtime else self.metric

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Those of all seeds, one after the other."""
        return tuple(itertools.chain.from_iterable(seed.runs for seed in self.seeds))

    @cached_property
    def names(self) -> list[str]:
        """What people call the runs."""
        return list(itertools.chain.from_iterable(seed.names for seed in self.seeds))

    @cached_property
    def values(self) -> FloatArray:
        """The native values (n_runs, n_params)."""
        rows = [run.request.configuration.row for run in self.runs]
        return np.array(rows, dtype=float).reshape(len(rows), self.space.n_params)

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """Which parameters are active (n_runs, n_params)."""
        return self.space.active(self.values)

    @cached_property
    def shown_costs(self) -> FloatArray:
        """What each run came to, as people know the metric; NaN for failures (n_runs,)."""
        return np.array([self.shown(run) for run in self.runs], dtype=float)

    def shown(self, run: Run) -> float:
        """What a run came to, as people know the metric; NaN for a failure."""
        return math.nan if run.is_failure else self.objective.shown(run.cost)

    @property
    def has_worked(self) -> bool:
        """Whether any run did not fail."""
        return not self.failed.all()

    @cached_property
    def failed(self) -> NDArray[np.bool_]:
        """Which runs failed (n_runs,)."""
        return np.array([run.is_failure for run in self.runs], dtype=bool)

    @cached_property
    def incomplete(self) -> NDArray[np.bool_]:
        """Which runs were ended before their cost was known (n_runs,)."""
        return np.array([not run.is_complete or _hit_cutoff(self, run) for run in self.runs], dtype=bool)

    @cached_property
    def budgets(self) -> tuple[int, ...]:
        """The budgets of runs, the lowest first; none where no budget is in play."""
        found = {run.request.runlength for run in self.runs}
        return tuple(sorted(found - {NO_BUDGET}))

    @cached_property
    def instances(self) -> tuple[str, ...]:
        """The names of the instances that were run on, in their order."""
        return tuple(dict.fromkeys(run.request.instance.name for run in self.runs))

    @property
    def unit(self) -> str:
        """What an instance is called here."""
        return "fold" if self.identity is not None and "folds" in dict(self.identity.context) else "instance"

    @cached_property
    def training(self) -> frozenset[str]:
        """The names of all instances of the searches, also those not run on yet."""
        listed = () if self.identity is None else self.identity.instances
        return frozenset((*self.instances, *(instance.name for instance in listed)))

    @property
    def is_running(self) -> bool:
        """Whether any of the searches goes on."""
        return any(seed.is_open for seed in self.seeds)

    @cached_property
    def best_seed(self) -> SeedFacts | None:
        """The search that stands by the best configuration."""
        return next((s for s in self.seeds if self.best is not None and s.seed == self.best.seed), None)

    @property
    def incumbent(self) -> Configuration | None:
        """The best configuration."""
        return None if self.best is None else self.best.best_configuration

    def costs_of(self, configuration: Configuration | None) -> dict[Pair, float]:
        """The costs at the configuration's highest budget, of the best search's runs; failures too."""
        seed = self.best_seed
        if seed is None or configuration is None or configuration not in seed.history:
            return {}
        costs = seed.history.costs(configuration)
        return {pair: costs[pair] for pair in seed.history.top_pairs(configuration)}


def _hit_cutoff(study: Study, run: Run) -> bool:
    return study.is_runtime and not run.is_failure and not run.result.status.is_solved


def read_studies(places: Sequence[Results]) -> list[Study]:
    """What there is in each of the places, in their order; StateError where one can't be read at all."""
    return [study for results in places for study in _studies_of(results)]


def _studies_of(results: Results) -> Iterator[Study]:
    records = [(seed or 0, record) for seed, record in read_records(results)]
    if not records:
        raise results.no_seed_here()
    spaces: dict[int, Space] = {seed: space for seed, record in records if (space := _space_of(record))}
    groups: dict[tuple[object, ...], list[tuple[int, RecordedRuns]]] = {}
    for seed, record in records:
        kind = _kind_of(record, spaces.get(seed))
        if kind is not None:
            groups.setdefault(kind, []).append((seed, record))
    unread = [f"{r.source}: {problem}" for _, r in records for problem in r.problems]
    label = results.study.study if results.study is not None else results.folder.resolve().name
    for number, members in enumerate(groups.values()):
        seeds = ", ".join(str(seed) for seed, _ in members)
        shown = label if len(groups) == 1 else f"{label}, seed{'s' * (len(members) > 1)} {seeds}"
        yield _study(results, shown, spaces[members[0][0]], members, unread if number == 0 else [])
    if not groups:
        yield _empty(results, label, unread)


def _space_of(record: RecordedRuns) -> Space | None:
    return record.runs[0].request.configuration.space if record.runs else None  # type: ignore[return-value]


def _kind_of(record: RecordedRuns, space: Space | None) -> tuple[object, ...] | None:
    """Equal for records whose runs can be compared."""
    if space is None:
        return None
    context = dict(record.identity.context) if record.identity else {}
    parameters = tuple(replace(parameter, line=None) for parameter in space.parameters)
    return parameters, context.get("metric"), context.get("maximize")


def _empty(results: Results, label: str, problems: Sequence[str]) -> Study:
    return Study(label, results.shown, Space(()), QualityObjective(), None, (), None, (), tuple(problems))


def _study(
    results: Results, label: str, space: Space, members: list[tuple[int, RecordedRuns]], problems: list[str]
) -> Study:
    first = members[0][1]
    trajectories = {seed: _trajectory(results, seed) for seed, _ in members}
    objective = objective_of(first, trajectories[members[0][0]], space)
    store = results.store()
    seeds = tuple(
        _seed(seed, record, objective, trajectories[seed], store.is_open(seed)) for seed, record in members
    )
    status = StoreStatus(tuple(map(_status, seeds)), space)
    best = with_incumbents(status, results.output).best
    validations, more = _validations(results, objective, {seed for seed, _ in members}, space)
    forgotten = sum(record.n_forgotten for _, record in members)
    return Study(
        label,
        results.shown,
        space,
        objective,
        first.identity,
        seeds,
        best,
        tuple(run for run in validations if not run.request.is_retraining),
        (*problems, *more),
        forgotten,
        tuple(run for run in validations if run.request.is_retraining),
    )


def _trajectory(results: Results, seed: int) -> tuple[TrajectoryRow, ...]:
    path = results.output.file(SeedFile.DETAILED_TRAJECTORY, seed)
    try:
        return read_trajectory(path) if path.is_file() else ()
    except (InputError, OSError):
        return ()


def _seed(
    seed: int,
    record: RecordedRuns,
    objective: Objective,
    trajectory: Sequence[TrajectoryRow],
    is_open: bool | None,
) -> SeedFacts:
    runs = tuple(Run.valued(run.request, run.result, objective) for run in record.runs)
    history = History(failures_first=objective.failures_first)
    times = [None if run.elapsed is None else run.elapsed.wallclock_s for run in record.runs]
    known = [time for time in times if time is not None]
    first = next((n for n, run in enumerate(runs, start=1) if not run.is_failure), len(runs) + 1)
    from_file = len(known) == len(times) and any(row.performance < LARGEST_DOUBLE for row in trajectory)
    if from_file:
        for run in runs:
            history.add(run)
        told = _incumbents_told(trajectory, known)
        incumbents = tuple(one for one in told if one.n_runs >= first)
        return SeedFacts(seed, record, runs, incumbents, history, is_open)
    incumbents, best = _incumbents_replayed(runs, times, history)
    return SeedFacts(seed, record, runs, incumbents, history, is_open, best)


def _status(seed: SeedFacts) -> SeedStatus:
    """What the record tells, with the incumbent that comparing its runs gives where no trajectory does."""
    told = SeedStatus(seed.seed).counting(seed.record.runs, seed.record.identity)
    told = replace(told, incumbent=seed.record.incumbent)
    if seed.replayed is None:
        return told
    pairs = seed.history.top_pairs(seed.replayed)
    return replace(
        told,
        best_configuration=seed.replayed,
        best_cost=seed.history.standing(seed.replayed, pairs).mean,
        best_budget=pairs[0].runlength,
        best_failed=told.failed_shares.get(seed.replayed, 0.0),
    )


def _incumbents_told(trajectory: Sequence[TrajectoryRow], times: Sequence[float]) -> Iterator[Incumbent]:
    for row in trajectory:
        if row.performance < LARGEST_DOUBLE:
            n_runs = max(1, bisect_right(times, row.wallclock_s + 1e-3))
            yield Incumbent(n_runs, row.wallclock_s, row.performance)


def _incumbents_replayed(
    runs: Sequence[Run], times: Sequence[float | None], history: History
) -> tuple[tuple[Incumbent, ...], Configuration | None]:
    """Who the record itself would stand by; where the search has left no trajectory."""
    best: Configuration | None = None
    found: list[Incumbent] = []
    for number, (run, elapsed) in enumerate(zip(runs, times, strict=True), start=1):
        history.add(run)
        one = run.request.configuration
        if run.is_failure and best is None:
            continue
        if best is None or history.rank(one) < history.rank(best):
            best = one
        if one == best:
            cost = history.standing(best, history.top_pairs(best)).mean
            if not found or cost != found[-1].cost:
                found.append(Incumbent(number, elapsed, cost))
    return tuple(found), best


def _validations(
    results: Results, objective: Objective, seeds: set[int], space: Space
) -> tuple[tuple[Run, ...], list[str]]:
    """Those that stand beside the searches' own runs, with trainings on all data; and problems."""
    try:
        records = [(s, r) for s, r in validation_records_in(results) if s in seeds]
    except BboptError as error:
        return (), [str(error)]
    runs = tuple(
        Run.valued(run.request, run.result, objective)
        for _, record in records
        for run in record.runs
        if run.request.configuration.space.names == space.names
    )
    return runs, [f"{record.source}: {problem}" for _, record in records for problem in record.problems]
