"""What the searches of an output folder have reached: their runs, and the incumbents that they stand by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.exports import read_trajectory
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.planning.target_call import recorded_command
from bbopt.runs import Spread, spread_over
from bbopt.scenario.metrics import is_maximised
from bbopt.space import Configuration, Space
from bbopt.stores import (
    UNSAT_IS_FAILURE,
    RecordedRun,
    RecordedRuns,
    Results,
    SeedStatus,
    StoreStatus,
    retrained_runs,
)
from bbopt.target.answers import NO_QUALITY

__all__ = ["CrossValidation", "best_in", "cross_validation", "folder_overview", "with_incumbents"]


def folder_overview(results: Results) -> StoreStatus:
    """The status of the searches, the best of each seed being its incumbent: the one on record, or else the
    last of its trajectory.

    The best single run, of which the record knows, says little where instances or seeds differ.  It stands
    where neither is told, or no run of the incumbent has worked.  Raises StateError when the
    records can't be read.
    """
    return with_incumbents(results.store().status(), results.output)


def with_incumbents(status: StoreStatus, output: OutputFolder) -> StoreStatus:
    """The same for what is known of records that have been read already."""
    if status.space is None:
        return status
    seeds = (_with_incumbent(seed, output, status.space) for seed in status.seeds)
    return replace(status, seeds=tuple(_with_call(seed, output) for seed in seeds))


def best_in(overview: StoreStatus, results: Results) -> tuple[SeedStatus, Configuration]:
    """The seed with the best configuration, and that; InputError where no run has worked."""
    seed = overview.best
    if seed is None or seed.best_configuration is None:
        raise InputError("no run has worked yet", place=Place(results.shown))
    return seed, seed.best_configuration


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What a configuration has come to over folds (None without any), and as trained on all data."""

    n_folds: int | None
    over_folds: Spread | None
    retrained: RecordedRun | None
    metric: str

    @property
    def retrained_value(self) -> float | None:
        """What training on all data has come to, as people know it; None where nothing was told."""
        if self.retrained is None or self.retrained.result.additional == NO_QUALITY:
            return None
        return self.retrained.result.metrics.get(self.metric, self.retrained.result.quality)


def cross_validation(seed: SeedStatus, configuration: Configuration, results: Results) -> CrossValidation:
    """Of the record of a seed; StateError when it can't be read."""
    context = {} if seed.identity is None else dict(seed.identity.context)
    trained = [run for _, run in retrained_runs(results) if run.request.configuration == configuration]
    retrained = next((run for run in reversed(trained) if run.result.status.is_solved), None)
    if "folds" not in context:
        return CrossValidation(None, None, retrained, seed.metric)
    sign = -1.0 if is_maximised(context) else 1.0
    is_failure = (UNSAT_IS_FAILURE, "true") in context.items()
    record = next((one for number, one in _records(results) if number == seed.seed), None)
    runs = () if record is None else record.runs
    own = [run for run in runs if run.request.configuration == configuration]
    budget = max((run.request.runlength for run in own), default=0)
    values = [
        (run.request.instance.name, _value(run, sign, unsat_is_failure=is_failure))
        for run in own
        if run.request.runlength == budget
    ]
    return CrossValidation(int(context["folds"]), spread_over(values), retrained, seed.metric)


def _records(results: Results) -> Iterator[tuple[int, RecordedRuns]]:
    for store in (results.store(), results.store(is_hidden=True)):
        yield from store.records()


def _value(run: RecordedRun, sign: float, *, unsat_is_failure: bool) -> float | None:
    has_failed = run.result.status.has_failed(unsat_is_failure=unsat_is_failure)
    return None if has_failed or not run.result.status.is_solved else sign * run.result.quality


def _with_call(seed: SeedStatus, output: OutputFolder) -> SeedStatus:
    run = None if seed.best_configuration is None else seed.last_runs.get(seed.best_configuration)
    command = None if run is None or seed.identity is None else recorded_command(seed.identity)
    if run is None or seed.identity is None or command is None:
        return seed
    name = run.name(seed.seed)
    folder = (output.runs / name).absolute()
    request = replace(run.request, cutoff_s=seed.identity.cutoff_s)
    return replace(seed, best_call=command.in_kept_folder(folder, name).typed_line(request))


def _with_incumbent(seed: SeedStatus, output: OutputFolder, space: Space) -> SeedStatus:
    path = output.file(SeedFile.DETAILED_TRAJECTORY, seed.seed)
    told = seed.incumbent or _last_incumbent(path, space)
    if told is None:
        return seed
    configuration, cost = told
    if configuration not in seed.last_runs:  # its runs are forgotten
        return seed
    failed = seed.failed_shares.get(configuration, 0.0)
    if math.isinf(failed):  # none of its runs has worked; if another one has, the record knows
        return seed
    return replace(
        seed,
        best_cost=cost,
        best_configuration=configuration,
        best_budget=seed.last_runs[configuration].request.runlength,
        best_failed=failed,
    )


def _last_incumbent(path: Path, space: Space) -> tuple[Configuration, float] | None:
    try:
        rows = read_trajectory(path) if path.is_file() else ()
        if not rows or rows[-1].performance >= LARGEST_DOUBLE:
            return None
        return space.parse_configuration(rows[-1].configuration), rows[-1].performance
    except InputError:  # no trajectory, of other parameters, or torn
        return None
