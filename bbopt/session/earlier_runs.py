"""Earlier runs: finding and reading what `--restore-scenario` and `--warmstart` name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place, StateError
from bbopt.runs import Elapsed, RunRequest, RunResult
from bbopt.space import Space
from bbopt.storage import Journal, journal_path, read_journal

__all__ = ["EarlierRuns", "read_earlier_runs", "state_folder_seed"]

_STATE_FOLDER = re.compile(r"state-run(\d+)")


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs of one journal: `path` is the journal, `problems` what in it could not be read."""

    path: Path
    journal: Journal

    @property
    def runs(self) -> list[tuple[RunRequest, RunResult]]:
        """The runs in order."""
        return [(run.request, run.result) for run in self.journal.runs]

    @property
    def elapsed(self) -> Elapsed:
        """What the search had spent when the last run finished; of SMAC v2's runs only their sum is known."""
        for run in reversed(self.journal.runs):
            if run.elapsed is not None:
                return run.elapsed
        return Elapsed(wallclock_s=sum(run.result.wallclock_s for run in self.journal.runs))


def state_folder_seed(folder: Path) -> int:
    """The N of a folder `state-runN`."""
    match = _STATE_FOLDER.fullmatch(folder.name)
    if match is None:
        raise InputError(
            "this is no state folder of an earlier run",
            place=Place(folder),
            expected="a folder named state-runN, N being the seed of the run",
            remedy=_remedy(folder),
        )
    return int(match[1])


def read_earlier_runs(folder: Path, space: Space) -> EarlierRuns:
    """The runs whose state folder is `folder`; its journal `live-rundata-N.json` lies beside it.

    Raises InputError when there is none, or when its runs are not of this parameter space.
    """
    path = journal_path(folder.absolute().parent, state_folder_seed(folder))
    if not path.is_file():
        raise InputError(
            "the run data of this state folder is missing",
            place=Place(folder),
            expected=f"the file {path}",
            remedy="name a state folder where it was written, beside its live-rundata file",
        )
    try:
        journal = read_journal(path, space)
    except StateError as error:
        raise InputError(error.what, place=error.place, got=error.got, expected=error.expected) from error
    return EarlierRuns(path, journal)


def _remedy(folder: Path) -> str | None:
    inside = sorted(entry.name for entry in folder.glob("state-run*") if entry.is_dir())
    return f"did you mean {folder / inside[0]}?" if inside else None
