"""The states that `bbopt merge` is given: found in folders, read, and held against the scenario."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.database_address import DatabaseAddress
from bbopt.earlier.earlier_runs import EarlierRuns, read_earlier_runs, read_kept, read_record
from bbopt.earlier.instances import refuse_other_instances
from bbopt.errors import InputError, Place
from bbopt.options import settle
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.planning.setup import record_identity
from bbopt.scenario import OptionValues, Scenario, read_option_file
from bbopt.scenario.state_folders import is_state_folder
from bbopt.space import Space
from bbopt.stores import RecordIdentity, RunStore, results_in
from bbopt.text_files import read_text

__all__ = ["KeptState", "MergeBounds", "find_states", "read_state_to_merge"]


@dataclass(frozen=True, slots=True)
class KeptState:
    """What a seed has kept in a database; `source` is for people."""

    store: RunStore
    seed: int
    source: str


@dataclass(frozen=True, slots=True)
class MergeBounds:
    """Up to where each state is read: the iteration, and the sum of the runs' seconds; None: all of it.

    As in SMAC v2, the run that exceeds the sum is the last one taken.
    """

    iteration: int | None = None
    tuner_time_s: float | None = None


def find_states(places: Iterable[Path | DatabaseAddress]) -> list[Path | KeptState]:
    """The state folders and records that `places` name or contain, each once, in order.

    A folder is searched, level by level, down to where there are some.  Raises InputError for a place without
    any.
    """
    found: dict[object, Path | KeptState] = {}
    for path in places:
        if isinstance(path, DatabaseAddress):
            found |= {state: state for state in _kept_in(path)}
            continue
        states = _states_of(path)
        if not states:
            raise InputError(
                "there is no state in this folder" if os.path.isdir(path) else "this is no state",
                place=Place(path),
                expected=f"a state folder (state-runN), a file {SeedFile.RECORD.name_of('N')}, "
                "or a folder with some",
            )
        for state in states:
            found.setdefault(os.path.realpath(state), state)
    return list(found.values())


def _kept_in(address: DatabaseAddress) -> list[KeptState]:
    results = results_in(address)
    kept = [KeptState(store, seed, f"seed {seed} of {results.shown}") for store, seed in results.kept()]
    if not kept:
        raise results.no_seed_here()
    return kept


def _states_of(path: Path) -> list[Path]:
    if os.path.isfile(path):
        return _with_tables([path])
    if not os.path.isdir(path):
        return []
    if is_state_folder(path):
        return [path]
    entries = _entries(path)
    here = [entry for entry in entries if entry.is_dir() and is_state_folder(entry)]
    here += _with_tables(entries)
    if here:
        return list(dict.fromkeys(here))
    below = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    return [state for entry in below for state in _states_of(entry)]


def _entries(folder: Path) -> list[Path]:
    """What is in the folder, number 10 after number 9."""
    try:
        return sorted(folder.iterdir(), key=lambda entry: (len(entry.name), entry.name))
    except OSError as error:
        raise InputError("the folder can't be read", place=Place(folder), got=error.strerror) from error


def _with_tables(paths: Iterable[Path]) -> list[Path]:
    """For each of the paths that is a record the state folder that belongs to it, or itself if none does."""
    found = []
    for path in paths:
        seed = SeedFile.RECORD.seed_in(path.name)
        if seed is not None:
            folder = OutputFolder(path.parent).file(SeedFile.STATE, seed)
            found.append(folder if folder.is_dir() else path)
    return found


def read_state_to_merge(
    state: Path | KeptState, scenario: Scenario, space: Space, bounds: MergeBounds
) -> EarlierRuns:
    """The runs of a state that `find_states` found, on the scenario's instances.

    Raises InputError when it is of another scenario, with what differs, StateError when it can't be read.
    """
    instances = scenario.instances.instances
    pcs_copy = None
    if isinstance(state, KeptState):
        earlier = _still_there(state, space).up_to(bounds.iteration, must_reach=False)
    elif state.is_dir():
        earlier = read_earlier_runs(state, space, instances, bounds.iteration, must_reach=False)
        _refuse_other_options(state / "scenario.txt", scenario)
        pcs_copy = _kept_parameters(state / "param.pcs")
    else:
        earlier = read_record(state, space).up_to(bounds.iteration, must_reach=False)
    _refuse_other_identity(earlier, pcs_copy, record_identity(scenario, space))
    earlier.refuse_other_nature(scenario)
    return _within(refuse_other_instances(earlier, scenario), bounds.tuner_time_s)


def _still_there(state: KeptState, space: Space) -> EarlierRuns:
    found = read_kept(state.store, state.seed, space)
    if found is None:
        raise InputError("the runs were set aside at this moment", place=Place(state.source))
    return found


def _within(earlier: EarlierRuns, tuner_time_s: float | None) -> EarlierRuns:
    runs, spent_s = earlier.runs, 0.0
    for n_before, run in enumerate(runs):
        if tuner_time_s is not None and spent_s > tuner_time_s:
            return replace(earlier.with_runs(runs[:n_before]), is_cut=True)
        spent_s += run.result.runtime_s
    return earlier


def _refuse_other_identity(earlier: EarlierRuns, pcs_copy: str | None, ours: RecordIdentity) -> None:
    """A record says what it is about; beside tables a copy of the parameter file may tell something."""
    theirs = earlier.record.identity or replace(ours, pcs_text=pcs_copy or ours.pcs_text)
    reason = ours.refusal_of(replace(theirs, instances=ours.instances))
    if reason is None and theirs.cutoff_s != ours.cutoff_s:
        reason = f"other cutoff-time: {theirs.cutoff_s:g}, here {ours.cutoff_s:g}"
    if reason is not None:
        raise _of_another_scenario(earlier.record.source, reason)


def _kept_parameters(path: Path) -> str | None:
    try:
        return read_text(path, "parameter file", is_named=False)
    except InputError:
        return None


def _refuse_other_options(path: Path, scenario: Scenario) -> None:
    """Compare what the copy of the scenario file says about the runs; what it leaves out tells nothing."""
    if not path.is_file():
        return
    try:
        assignments = read_option_file(path)
    except InputError:  # what is not there, or can't be read, tells nothing
        return
    if assignments.text == scenario.text:  # whatever else was given on the command line
        return
    values, _ = settle([assignments])
    for name, ours in (
        ("algo-exec", scenario.algo_text),
        ("run-obj", scenario.run_objective.value),
        ("algo-deterministic", scenario.deterministic),
        ("algo-cutoff-time", scenario.cutoff_s),
    ):
        theirs = _value(values, name)
        if values.is_given(name) and theirs != ours:
            raise _of_another_scenario(path, f"other {name}: {theirs}, here {ours}")


def _value(values: OptionValues, name: str) -> object:
    match name:
        case "algo-deterministic":
            return values.flag(name)
        case "algo-cutoff-time":
            return values.number(name)
        case _:
            return values.optional_text(name)


def _of_another_scenario(source: str | Path, reason: str) -> InputError:
    return InputError(
        "the state is of another scenario",
        place=Place(source),
        got=reason,
        expected="states of the scenario that is given with --scenario",
    )
