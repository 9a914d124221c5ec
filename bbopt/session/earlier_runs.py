"""Earlier runs: finding and reading what `--restore-scenario` and `--warmstart` name.

A state folder's journal says more than its tables: when each run finished, and where its configuration came
from.  The tables do where the journal is missing, or holds less.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from bbopt.errors import InputError, Place, StateError
from bbopt.exports import SavedState, count_saved_runs, read_state, saved_iterations
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.runs import Elapsed, Instance, RunRequest, RunResult
from bbopt.scenario import Scenario, state_folder_seed
from bbopt.session.taken_over import told_from_own
from bbopt.space import Configuration, Space
from bbopt.storage import (
    UNKNOWN_ORIGIN,
    Journal,
    JournalIdentity,
    RecordedRun,
    read_journal,
)
from bbopt.tuning import iteration_of

__all__ = ["EarlierRuns", "read_earlier_journal", "read_earlier_runs"]


_LOG = logging.getLogger(__name__)

_SHOWN_STRETCHES = 3
_WORTH_A_WARNING = {"algo_exec", "context", "cutoff_s"}  # a folder may have been moved, a range widened


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs of one journal or state folder, and the file that they come from.

    `is_cut`: later runs, which stand in the file, were left out.  `notes` are sentences that the user should
    see.
    """

    path: Path
    journal: Journal
    is_cut: bool = False
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> list[tuple[RunRequest, RunResult, int | None]]:
        """The runs in order, each with the peer that it was reused from, if any."""
        return [(run.request, run.result, run.reused_from) for run in self.journal.runs]

    @property
    def elapsed(self) -> Elapsed:
        """What the search had spent when the last run finished; of SMAC v2's runs only their sum is known."""
        for run in reversed(self.journal.runs):
            if run.elapsed is not None:
                return run.elapsed
        return Elapsed(wallclock_s=sum(run.result.wallclock_s for run in self.journal.runs))

    def up_to(self, iteration: int, *, must_reach: bool) -> EarlierRuns:
        """The runs until the end of `iteration`, as bbopt counts; StateError when they `must_reach` it."""
        runs = self.journal.runs
        seen: set[Configuration] = set()
        for n_before, run in enumerate(runs):
            seen.add(run.request.configuration)
            if iteration_of(len(seen)) > iteration:
                return replace(self.with_runs(runs[:n_before]), is_cut=True)
        if must_reach and iteration_of(len(seen)) < iteration:
            raise StateError(
                f"the state does not reach iteration {iteration}",
                place=Place(self.path),
                expected=f"an iteration up to {iteration_of(len(seen))}",
            )
        return self

    def with_runs(self, runs: tuple[RecordedRun, ...]) -> EarlierRuns:
        """The same with other runs, such as those of the journal when it was read again."""
        return replace(self, journal=replace(self.journal, runs=runs))

    def refuse_other_nature(self, scenario: Scenario) -> None:
        """InputError when these runs have seeds and the others have none, or the other way round."""
        was_deterministic = self._was_deterministic(scenario)
        if was_deterministic not in {None, scenario.deterministic}:
            raise InputError(
                "the earlier run had another kind of target",
                place=Place(self.path),
                got=f"deterministic = {str(was_deterministic).lower()} there",
                expected=f"deterministic = {str(scenario.deterministic).lower()}, as in this scenario",
                remedy="restore with the scenario that the run was made with",
            )

    def _was_deterministic(self, scenario: Scenario) -> bool | None:
        """What the journal says; tables have nothing but the seeds (-1), which a file may name as well."""
        identity = self.journal.identity
        if identity is not None:
            return identity.deterministic
        seeds = {run.request.seed for run in self.journal.runs}
        if not seeds or scenario.instances.seeds is not None:
            return None
        return seeds == {-1}

    def warn_of_losses(self) -> None:
        """Warn of what in the file can't be read or used."""
        for loss in self.losses:
            _LOG.warning("%s: %s", self.path, loss)

    @property
    def losses(self) -> list[str]:
        """What in the file can't be read or used, in words."""
        skipped = [f"skipped {stretch}" for stretch in self.journal.problems[:_SHOWN_STRETCHES]]
        if self.journal.skipped > _SHOWN_STRETCHES:
            skipped.append(f"skipped {self.journal.skipped} records in all")
        return [*self.notes, *skipped]

    def warn_of_differences(self, identity: JournalIdentity) -> None:
        """Warn when the runs were made by another program, or with another cutoff."""
        earlier = self.journal.identity
        for name, theirs, ours in earlier.differences(identity) if earlier else ():
            if name in _WORTH_A_WARNING:
                _LOG.warning("%s was written with %s = %s, now it is %s", self.path, name, theirs, ours)


def read_earlier_runs(
    folder: Path,
    space: Space,
    instances: Sequence[Instance],
    iteration: int | None = None,
    *,
    must_reach: bool = True,
) -> EarlierRuns:
    """The runs of the state folder `folder`, up to and including those of `iteration`, which it `must_reach`.

    They come from its journal `live-rundata-N.json`, beside or in it, or from its tables, where numbers stand
    for `instances` if the folder keeps no list of them.  Raises InputError when the journal's runs are not of
    this parameter space, StateError when there are none or the tables can't be used.
    """
    found = _recorded(folder, space)
    if found is None:
        _refuse_empty(folder)
    if found is None or (iteration is not None and _is_smac2s(found)):
        state = read_state(folder, space, instances, iteration, must_reach=must_reach)
        return _of_tables(state, found.journal if found else None, folder, space)
    if iteration is not None:
        return found.up_to(iteration, must_reach=must_reach)
    if _n_records(found.journal) >= count_saved_runs(folder):
        return found
    try:
        state = read_state(folder, space, instances)
    except StateError as error:
        return replace(found, notes=(f"the state folder lists more runs, but can't be used: {error}",))
    return _of_tables(state, found.journal, folder, space)


def read_earlier_journal(path: Path, space: Space) -> EarlierRuns:
    """The runs of the journal `path`; InputError when it can't be read, or is of another space."""
    try:
        return EarlierRuns(path, read_journal(path, space))
    except StateError as error:
        raise InputError(error.what, place=error.place, got=error.got, expected=error.expected) from error


def _recorded(folder: Path, space: Space) -> EarlierRuns | None:
    """What the journal beside the folder holds; None without a journal."""
    seed = state_folder_seed(folder)
    if seed is None:
        return None
    beside = OutputFolder(folder.absolute().parent).file(SeedFile.RECORD, seed)
    inside = OutputFolder(folder.absolute()).file(
        SeedFile.RECORD, seed
    )  # kept from peers (shared-model-mode-write-data false)
    path = beside if beside.is_file() else inside
    return read_earlier_journal(path, space) if path.is_file() else None


def _refuse_empty(folder: Path) -> None:
    """Without a journal the tables are all there is."""
    if not saved_iterations(folder):
        raise StateError(
            "the run data of this state folder is missing",
            place=Place(folder),
            expected="runs_and_results-itM.csv and paramstrings-itM.txt, or live-rundata-N.json beside it",
            remedy="name a state folder with all its files",
        )


def _is_smac2s(found: EarlierRuns) -> bool:
    """Whether SMAC v2 made all the runs: then the tables alone tell the iterations that it counted."""
    return all(run.request.origin.kind == UNKNOWN_ORIGIN for run in found.journal.runs)


def _n_records(journal: Journal) -> int:
    """How many runs the journal had, counting those that can't be read any more."""
    return len(journal.runs) + journal.skipped + (journal.torn_bytes > 0)


def _of_tables(state: SavedState, journal: Journal | None, folder: Path, space: Space) -> EarlierRuns:
    """The runs of a state folder, each in the words of the journal where that has it, too."""
    recorded = journal.runs if journal else ()
    runs = tuple(
        theirs if theirs is not None and _is_same(ours, theirs) else ours
        for ours, theirs in zip_longest(state.runs, recorded[: len(state.runs)])
    )
    told = told_from_own(_numbered(runs), folder.absolute().parent, state_folder_seed(folder), space)
    kept = Journal(journal.identity if journal else None, state.instances, told, (), 0, 0)
    return EarlierRuns(state.path, kept, is_cut=not state.is_whole)


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
