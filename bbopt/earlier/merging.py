"""Joining several states into one: the runs of all, each once, in a new folder with a record and tables."""

from __future__ import annotations

import heapq
import math
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.database_address import DatabaseAddress
from bbopt.durable_files import output_exists
from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.fitting import each_once
from bbopt.earlier.merge_sources import MergeBounds, find_states, read_state_to_merge
from bbopt.errors import StateError
from bbopt.exports import StateInputs, StateRun, StateSnapshot, StateWriter
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.planning.setup import load_space, record_identity
from bbopt.runs import Elapsed
from bbopt.scenario import RunObjective, Scenario
from bbopt.space import Space
from bbopt.stores import RecordedRun, store_in
from bbopt.tuning import Iterations, keep_earlier

__all__ = ["MergedState", "merge_states"]

_SEED = 1  # of the merged state where none is given, as in SMAC v2's state-merge


@dataclass(frozen=True, slots=True)
class MergedState:
    """The state folder that was written, what it was made of, and how many runs it holds.

    `n_duplicates` runs were left out because an earlier one was of the same configuration, instance, seed and
    cutoff.
    """

    folder: Path
    sources: tuple[EarlierRuns, ...]
    n_runs: int
    n_duplicates: int


def merge_states(
    scenario: Scenario,
    places: Sequence[Path | DatabaseAddress],
    output: Path,
    bounds: MergeBounds | None = None,
) -> MergedState:
    """Join the states that `places` name or contain into a state in the new folder `output`.

    The runs stand in the order of time; those of which no time is known (SMAC v2's) come first.  Nothing but
    `output` is written, and only as a whole.  Raises InputError when a state is of another scenario, or there
    is none, StateError when one can't be read, or the new one can't be written.
    """
    if os.path.lexists(output) and not (output.is_dir() and not any(output.iterdir())):
        raise output_exists(output, "a merge", "folder")
    space = load_space(scenario)
    states = find_states(places)
    sources = tuple(read_state_to_merge(state, scenario, space, bounds or MergeBounds()) for state in states)
    merged = list(each_once(_in_order(sources)))
    seed = _SEED if scenario.given_num_run is None else scenario.given_num_run
    _write(output, seed, scenario, space, merged)
    n_read = sum(len(source.runs) for source in sources)
    return MergedState(
        OutputFolder(output).file(SeedFile.STATE, seed), sources, len(merged), n_read - len(merged)
    )


def _in_order(sources: Sequence[EarlierRuns]) -> Iterator[RecordedRun]:
    """All runs by the time at which they finished, each with what all searches had spent until then."""
    spent = [Elapsed()] * len(sources)
    timed = [_timed(source.runs, index) for index, source in enumerate(sources)]
    for _, index, _, run in heapq.merge(*timed, key=lambda entry: entry[:3]):
        spent[index] = _later(spent[index], run)
        elapsed = Elapsed(sum(one.wallclock_s for one in spent), sum(one.own_cpu_s for one in spent))
        yield replace(run, elapsed=elapsed, reused_from=None)


def _timed(runs: Sequence[RecordedRun], index: int) -> Iterator[tuple[float, int, int, RecordedRun]]:
    """The runs of one source; one of unknown time stays behind the one before it."""
    latest = -math.inf
    for number, run in enumerate(runs):
        if run.result.started_at is not None:
            latest = max(latest, run.result.started_at + run.result.wallclock_s)
        yield latest, index, number, run


def _later(spent: Elapsed, run: RecordedRun) -> Elapsed:
    """What a search had spent after the run; of SMAC v2's searches nothing but their runs is known."""
    if run.elapsed is not None:
        return run.elapsed
    return replace(spent, wallclock_s=spent.wallclock_s + run.result.wallclock_s)


def _write(output: Path, seed: int, scenario: Scenario, space: Space, runs: Sequence[RecordedRun]) -> None:
    """Build the folder beside its place, and put it there when it is complete."""
    unfinished = output.with_name(f".{output.name}.{uuid.uuid4().hex}.tmp")
    try:
        unfinished.mkdir(parents=True)
        with store_in(unfinished).open(seed, record_identity(scenario, space), space) as recorder:
            keep_earlier(recorder, runs)
        snapshot = StateSnapshot(
            _with_iterations(runs),
            scenario.instances.instances,
            scenario.cutoff_s,
            scenario.run_objective is RunObjective.QUALITY,
        )
        writer = StateWriter(
            OutputFolder(unfinished).file(SeedFile.STATE, seed), StateInputs.of(scenario, space.text)
        )
        writer.write(snapshot.runs[-1].iteration if snapshot.runs else 0, snapshot)
        os.rename(unfinished, output)
    except OSError as error:
        raise StateError(f"cannot write {output}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _with_iterations(runs: Sequence[RecordedRun]) -> list[StateRun]:
    counted = Iterations()
    return [StateRun(run.request, run.result, counted.add(run.request, run.result)) for run in runs]
