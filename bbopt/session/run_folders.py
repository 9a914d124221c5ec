"""The folders of a search's runs: which of them stay is decided when a run is on record."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.executors import FolderKeeper
from bbopt.planning.setup import results_of
from bbopt.runs import Run
from bbopt.scenario import Scenario
from bbopt.stores import retrained_runs
from bbopt.tuning import Observer, Progress

__all__ = ["RunFolders"]


class RunFolders(Observer):
    """Tells the keeper, where there is one, what goes on record; an Observer."""

    def __init__(self, scenario: Scenario, keeper: FolderKeeper | None) -> None:
        self._scenario = scenario
        self._keeper = keeper

    def take_over(self, runs: Sequence[Run], progress: Progress) -> None:
        """Go on behind the runs of an earlier life."""
        if self._keeper is not None:
            trained = {run.result.run_id for _, run in retrained_runs(results_of(self._scenario))}
            folders = set(self._scenario.output.run_folders(self._scenario.num_run)) - trained
            self._keeper.take_over(runs, progress.incumbent_configuration, folders)

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        if self._keeper is not None:
            self._keeper.recorded(run, progress.incumbent_configuration)

    def close(self) -> None:
        """Deal with the folders of runs that never went on record."""
        if self._keeper is not None:
            self._keeper.finish()
