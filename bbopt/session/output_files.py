"""SMAC v2's trajectory and state files, kept up to date while the search runs."""

from __future__ import annotations

import math

from bbopt.exports import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    TrajectoryRow,
    TrajectoryWriter,
    first_row,
    state_folder_path,
)
from bbopt.runs import NO_INSTANCE, Run, RunRequest
from bbopt.scenario import Scenario
from bbopt.space import Space
from bbopt.tuning import Outcome, Progress

__all__ = ["OutputFiles"]


class OutputFiles:
    """Writes the trajectory as it happens and the state folder from time to time; an Observer.

    The state folder is written whenever the number of runs has doubled and at the end
    (`save-runs-every-iteration`: after every iteration); what is restored comes from the journal, so a
    state folder that lags behind loses nothing.
    """

    def __init__(self, scenario: Scenario, space: Space, folder_name: str | None = None) -> None:
        folder = scenario.output_root
        self._cutoff_s = scenario.cutoff_s
        self._every_iteration = scenario.options.flag("save-runs-every-iteration")
        self._runs: list[StateRun] = []
        self._saved_iteration = -1
        self._next_save = 1
        inputs = StateInputs(pcs=space.text.encode("utf-8"), scenario=scenario.text.encode("utf-8"))
        self._state = StateWriter(state_folder_path(folder, scenario.num_run), inputs)
        self._trajectory = TrajectoryWriter(folder, scenario.num_run)

    @property
    def last_row(self) -> TrajectoryRow | None:
        """The last row of the trajectory; None in a fresh file."""
        return self._trajectory.rows[-1] if self._trajectory.rows else None

    def take_over(self, runs: list[Run], progress: Progress) -> None:
        """Start from the runs of an earlier life; the trajectory gets a row where it had lagged behind."""
        n_configurations: dict[object, None] = {}
        for run in runs:
            n_configurations[run.request.configuration] = None
            self._runs.append(StateRun(run.request, run.result, len(n_configurations) // 2))
        self._next_save = 2 ** math.ceil(math.log2(len(runs) + 1))
        row = self._row(progress)
        if row is not None and (self.last_row is None or self.last_row.configuration != row.configuration):
            self._trajectory.add(row)

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        if self.last_row is None:
            self._trajectory.add(first_row(request.configuration.state_text()))

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._runs.append(StateRun(run.request, run.result, progress.iteration))
        is_due = progress.n_runs >= self._next_save
        if is_due or (self._every_iteration and progress.iteration > self._saved_iteration):
            self._save(progress)
        if is_due:
            self._next_save *= 2

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        self._add_row(progress)

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        self._add_row(outcome.progress)
        self._save(outcome.progress)

    def close(self) -> None:
        """Bring the trajectory to the disk and close it."""
        self._trajectory.close()

    def _add_row(self, progress: Progress) -> None:
        row = self._row(progress)
        if row is not None:
            self._trajectory.add(row)

    def _row(self, progress: Progress) -> TrajectoryRow | None:
        incumbent = progress.incumbent
        if incumbent is None:
            return None
        return TrajectoryRow(
            cpu_time_s=progress.tuner_time_s,
            performance=incumbent.cost,
            wallclock_s=round(progress.wallclock_s, 3),
            incumbent=progress.incumbent_number,
            optimizer_cpu_s=progress.own_cpu_s,
            configuration=incumbent.configuration.state_text(),
            predicted=math.nan if incumbent.predicted is None else incumbent.predicted,
        )

    def _save(self, progress: Progress) -> None:
        self._saved_iteration = progress.iteration
        snapshot = StateSnapshot(self._runs, (NO_INSTANCE,), self._cutoff_s, is_quality_objective=True)
        self._state.write(progress.iteration, snapshot)
