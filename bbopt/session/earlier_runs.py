"""Earlier runs: finding and reading what `--restore-scenario` and `--warmstart` name."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.errors import InputError, Place, StateError
from bbopt.runs import Elapsed, RunRequest, RunResult
from bbopt.scenario import state_folder_seed
from bbopt.space import Space
from bbopt.storage import Journal, JournalIdentity, RecordedRun, journal_path, read_journal

__all__ = ["EarlierRuns", "read_earlier_runs"]


_LOG = logging.getLogger(__name__)

_SHOWN_STRETCHES = 3
_WORTH_A_WARNING = {"algo_exec", "cutoff_s"}  # a folder may have been moved, a range widened


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs of one journal, and where it is."""

    path: Path
    journal: Journal

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

    def with_runs(self, runs: tuple[RecordedRun, ...]) -> EarlierRuns:
        """The same journal, read again."""
        return replace(self, journal=replace(self.journal, runs=runs))

    def refuse_other_nature(self, deterministic: bool) -> None:
        """InputError when these runs have seeds and the others have none, or the other way round."""
        identity = self.journal.identity
        if identity is not None and identity.deterministic != deterministic:
            raise InputError(
                "the earlier run had another kind of target",
                place=Place(self.path),
                got=f"deterministic = {str(identity.deterministic).lower()} there",
                expected=f"deterministic = {str(deterministic).lower()}, as in this scenario",
                remedy="restore with the scenario that the run was made with",
            )

    def warn_of_losses(self) -> None:
        """Warn of what in the journal can't be read."""
        for stretch in self.journal.problems[:_SHOWN_STRETCHES]:
            _LOG.warning("%s: skipped %s", self.path, stretch)
        if self.journal.skipped > _SHOWN_STRETCHES:
            _LOG.warning("%s: skipped %d records in all", self.path, self.journal.skipped)

    def warn_of_differences(self, identity: JournalIdentity) -> None:
        """Warn when the runs were made by another program, or with another cutoff."""
        earlier = self.journal.identity
        for name, theirs, ours in earlier.differences(identity) if earlier else ():
            if name in _WORTH_A_WARNING:
                _LOG.warning("%s was written with %s = %s, now it is %s", self.path, name, theirs, ours)


def read_earlier_runs(folder: Path, space: Space) -> EarlierRuns:
    """The runs whose state folder is `folder`; its journal `live-rundata-N.json` lies beside it.

    Raises InputError when there is none, or when its runs are not of this parameter space.
    """
    seed = state_folder_seed(folder)
    path = journal_path(folder.absolute().parent, seed)
    if not path.is_file():  # it was kept from the peers (shared-model-mode-write-data false)
        path = journal_path(folder.absolute(), seed)
    if not path.is_file():
        raise InputError(
            "the run data of this state folder is missing",
            place=Place(folder),
            expected=f"the file {path.name} beside it",
            remedy="name a state folder where it was written, beside its live-rundata file",
        )
    try:
        journal = read_journal(path, space)
    except StateError as error:
        raise InputError(error.what, place=error.place, got=error.got, expected=error.expected) from error
    return EarlierRuns(path, journal)
