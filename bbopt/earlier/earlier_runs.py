"""Earlier runs: finding and reading what `--restore-scenario` and `--warmstart` name.

A state folder's record of runs says more than its tables: when each run finished, and where its configuration
came from.  The tables do where the record is missing, or holds less.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from bbopt.earlier.taken_over import told_from_own
from bbopt.errors import InputError, Place, StateError
from bbopt.exports import SavedState, count_saved_runs, read_state, saved_iterations
from bbopt.output_folder import SeedFile
from bbopt.runs import DETERMINISTIC_SEED, Elapsed, Instance
from bbopt.scenario import Scenario, state_folder_seed
from bbopt.space import Configuration, Space
from bbopt.stores import (
    UNKNOWN_ORIGIN,
    RecordedRun,
    RecordedRuns,
    RecordIdentity,
    RunStore,
    declared_space,
    store_in,
)
from bbopt.text_files import read_text
from bbopt.tuning import Iterations

__all__ = ["EarlierRuns", "read_earlier_runs", "read_kept", "read_record"]


_LOG = logging.getLogger(__name__)

_SHOWN_PROBLEMS = 3
_WORTH_A_WARNING = {"algo_exec", "context", "cutoff_s"}  # a folder may have been moved, a range widened


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs of one record, or of the tables in a state folder.

    `kept_in` is the store that the record is in, and its seed; None where runs come from tables.  `is_cut`:
    later runs, which are there, were left out.  `notes` are sentences to warn the user with, `remarks` say
    what became of the runs.
    """

    record: RecordedRuns
    kept_in: tuple[RunStore, int] | None = None
    is_cut: bool = False
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[RecordedRun, ...]:
        """The runs in order."""
        return self.record.runs

    @property
    def elapsed(self) -> Elapsed:
        """What the search had spent when the last run finished; of SMAC v2's runs only their sum is known."""
        for run in reversed(self.runs):
            if run.elapsed is not None:
                return run.elapsed
        return Elapsed(wallclock_s=sum(run.result.wallclock_s for run in self.runs))

    def up_to(self, iteration: int | None, *, must_reach: bool) -> EarlierRuns:
        """The runs until the end of `iteration`, as bbopt counts; StateError when they `must_reach` it.

        All of them where that is None.
        """
        if iteration is None:
            return self
        runs = self.runs
        counted = Iterations()
        for n_before, run in enumerate(runs):
            if counted.add(run.request, run.result) > iteration:
                return replace(self.with_runs(runs[:n_before]), is_cut=True)
        if must_reach and counted.number < iteration:
            raise StateError(
                f"the state does not reach iteration {iteration}",
                place=Place(self.record.source),
                expected=f"an iteration up to {counted.number}",
            )
        return self

    def with_runs(self, runs: tuple[RecordedRun, ...]) -> EarlierRuns:
        """The same with other runs, such as those of the record when it was read again."""
        return replace(self, record=replace(self.record, runs=runs))

    def refuse_other_nature(self, scenario: Scenario) -> None:
        """InputError when these runs have seeds and the others have none, or the other way round."""
        was_deterministic = self._was_deterministic(scenario)
        if was_deterministic not in {None, scenario.deterministic}:
            raise InputError(
                "the earlier run had another kind of target",
                place=Place(self.record.source),
                got=f"deterministic = {str(was_deterministic).lower()} there",
                expected=f"deterministic = {str(scenario.deterministic).lower()}, as in this scenario",
                remedy="restore with the scenario that the run was made with",
            )

    def _was_deterministic(self, scenario: Scenario) -> bool | None:
        """What the record says; tables have nothing but the seeds (-1), which a file may name as well."""
        identity = self.record.identity
        if identity is not None:
            return identity.deterministic
        seeds = {run.request.seed for run in self.runs}
        if not seeds or scenario.instances.seeds is not None:
            return None
        return seeds == {DETERMINISTIC_SEED}

    def warn_of_losses(self) -> None:
        """Warn of what in the file can't be read or used, and say what became of the runs."""
        for loss in self.losses:
            _LOG.warning("%s: %s", self.record.source, loss)
        for remark in self.remarks:
            line = f"{self.record.source}: {remark}"
            _LOG.info("%s", line, extra={"calm": line})

    @property
    def losses(self) -> list[str]:
        """What in the file can't be read or used, in words."""
        skipped = [f"skipped {problem}" for problem in self.record.problems[:_SHOWN_PROBLEMS]]
        if self.record.n_unreadable > _SHOWN_PROBLEMS:
            skipped.append(f"skipped {self.record.n_unreadable} records in all")
        return [*self.notes, *skipped]

    def warn_of_differences(self, identity: RecordIdentity) -> None:
        """Warn when the runs were made by another program, or with another cutoff."""
        record = self.record
        for name, theirs, ours in record.identity.differences(identity) if record.identity else ():
            if name in _WORTH_A_WARNING:
                _LOG.warning("%s was written with %s = %s, now it is %s", record.source, name, theirs, ours)


def read_earlier_runs(
    folder: Path,
    space: Space,
    instances: Sequence[Instance],
    iteration: int | None = None,
    *,
    must_reach: bool = True,
    stores: Sequence[RunStore] = (),
) -> EarlierRuns:
    """The runs of the state folder `folder`, up to and including those of `iteration`, which it `must_reach`.

    They come from the record of its seed in one of the `stores`, or beside or in it, or from its tables,
    where numbers stand for `instances` if the folder keeps no list of them.  They are of `space`, or of the
    folder's own where it declares other parameters.  Raises InputError when the record's runs are not of that
    space, StateError when there are none or the tables can't be used.
    """
    found = _recorded_beside(folder, space, stores)
    if found is None:
        _refuse_empty(folder)
    space = _space_of_tables(folder, space)
    if found is None or (iteration is not None and _is_smac2s(found)):
        state = read_state(folder, space, instances, iteration, must_reach=must_reach)
        return _of_tables(state, found.record if found else None, folder, space)
    if iteration is not None:
        return found.up_to(iteration, must_reach=must_reach)
    n_known = len(found.runs) + found.record.n_unreadable + found.record.n_forgotten
    if n_known >= count_saved_runs(folder):
        return found
    try:
        state = read_state(folder, space, instances)
    except StateError as error:
        return replace(found, notes=(f"the state folder lists more runs, but can't be used: {error}",))
    return _of_tables(state, found.record, folder, space)


def read_record(path: Path, space: Space) -> EarlierRuns:
    """The runs of the record that the file `path` is; InputError when it is none, or can't be used."""
    seed = SeedFile.RECORD.seed_in(path.name)
    found = None if seed is None else read_kept(store_in(path.parent), seed, space)
    if found is None:
        raise InputError(f"there is no run data at {path}")
    return found


def read_kept(store: RunStore, seed: int, space: Space) -> EarlierRuns | None:
    """What the store has of the seed, None where that is nothing; InputError when it can't be used."""
    try:
        record = store.runs(seed, space)
    except StateError as error:
        raise InputError(error.what, place=error.place, got=error.got, expected=error.expected) from error
    return None if record is None else EarlierRuns(record, (store, seed))


def _recorded_beside(folder: Path, space: Space, stores: Sequence[RunStore]) -> EarlierRuns | None:
    """What the record that belongs to the state folder holds; None when there is none."""
    seed, parent = state_folder_seed(folder), folder.absolute().parent
    if seed is None:
        return None
    stores = (*stores, store_in(parent), store_in(parent, is_hidden=True))
    return next(filter(None, (read_kept(store, seed, space) for store in stores)), None)


def _space_of_tables(folder: Path, space: Space) -> Space:
    """That of the folder's copy of the parameter file, if it has one and it is another."""
    copy = folder / "param.pcs"
    try:
        return declared_space(read_text(copy, "parameter file"), str(copy), space)
    except InputError:
        return space


def _refuse_empty(folder: Path) -> None:
    """Without a record the tables are all there is."""
    if not saved_iterations(folder):
        raise StateError(
            "the run data of this state folder is missing",
            place=Place(folder),
            expected="runs_and_results-itM.csv and paramstrings-itM.txt, "
            f"or {SeedFile.RECORD.name_of('N')} beside it",
            remedy="name a state folder with all its files",
        )


def _is_smac2s(found: EarlierRuns) -> bool:
    """Whether SMAC v2 made all the runs: then the tables alone tell the iterations that it counted."""
    return all(run.request.origin.kind == UNKNOWN_ORIGIN for run in found.runs)


def _of_tables(state: SavedState, record: RecordedRuns | None, folder: Path, space: Space) -> EarlierRuns:
    """The runs of a state folder, each in the words of the record where that has it, too."""
    recorded = record.runs if record else ()
    runs = tuple(
        theirs if theirs is not None and _is_same(ours, theirs) else ours
        for ours, theirs in zip_longest(state.runs, recorded[: len(state.runs)])
    )
    store, seed = store_in(folder.absolute().parent), state_folder_seed(folder)
    told = told_from_own(_numbered(runs), store, seed, space)
    identity = record.identity if record else None
    kept = RecordedRuns(str(state.path), state.instances, identity, told)
    return EarlierRuns(kept, is_cut=not state.is_whole)


def _numbered(runs: Iterable[RecordedRun]) -> tuple[RecordedRun, ...]:
    """The runs of unknown origin with a proposal of its own for each configuration.

    Otherwise the search would begin again with the proposals that it made before.
    """
    numbers: dict[Configuration, int] = {}
    numbered, following = [], 0
    for run in runs:
        origin = run.request.origin
        is_known = origin.kind != UNKNOWN_ORIGIN
        number = origin.proposal if is_known else numbers.get(run.request.configuration, following)
        numbers[run.request.configuration] = number
        following = max(following, number + 1)
        request = replace(run.request, origin=replace(origin, proposal=number))
        numbered.append(run if is_known else replace(run, request=request))
    return tuple(numbered)


def _is_same(one: RecordedRun, other: RecordedRun) -> bool:
    return _key(one) == _key(other)


def _key(run: RecordedRun) -> tuple[object, ...]:
    return run.request.key, run.request.cutoff_s, run.result.status
