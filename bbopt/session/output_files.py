"""SMAC v2's trajectory and state files, kept up to date while the search runs."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

from bbopt.errors import StateError
from bbopt.exports import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    TrajectoryRow,
    TrajectoryWriter,
    first_row,
)
from bbopt.once import Once
from bbopt.output_folder import SeedFile
from bbopt.runs import Elapsed, Run, RunRequest
from bbopt.scenario import RunObjective, Scenario
from bbopt.space import Space
from bbopt.tuning import Iterations, Observer, Outcome, Progress

__all__ = ["OutputFiles"]

_LOG = logging.getLogger(__name__)


class OutputFiles(Observer):
    """Writes the trajectory as it happens and the state folder from time to time; an Observer.

    The state folder is written whenever the number of runs has doubled and at the end
    (`save-runs-every-iteration`: after every iteration).  The record is what is restored from, so these
    files may lag behind: one that can't be written costs a warning, is tried again at the next run, and
    raises StateError only at the end.
    """

    def __init__(self, scenario: Scenario, space: Space) -> None:
        output, seed = scenario.output, scenario.num_run
        self._cutoff_s = scenario.cutoff_s
        self._instances = scenario.instances.instances
        self._is_quality_objective = scenario.run_objective is RunObjective.QUALITY
        self._every_iteration = scenario.logging.saves_every_iteration
        self._runs: list[StateRun] = []
        self._saved_runs = 0
        self._saved_iteration = -1
        self._next_save = 1
        self._unwritten: list[TrajectoryRow] = []
        self._failed = Once()
        inputs = StateInputs.of(scenario, space.text) if scenario.logging.saves_context else None
        self._state = StateWriter(output.file(SeedFile.STATE, seed), inputs)
        self._trajectory = TrajectoryWriter(output, seed)

    @property
    def elapsed(self) -> Elapsed:
        """What the search had spent at the trajectory's last row."""
        row = self._last_row
        return Elapsed(row.wallclock_s, row.optimizer_cpu_s) if row else Elapsed()

    @property
    def rows(self) -> Sequence[TrajectoryRow]:
        """The trajectory so far."""
        return self._trajectory.rows

    def take_over(self, runs: list[Run], progress: Progress) -> None:
        """Start from the runs of an earlier life; the trajectory gets a row where it had lagged behind."""
        counted = Iterations()
        for run in runs:
            self._runs.append(StateRun(run.request, run.result, counted.add(run.request, run.result)))
        self._next_save = 2 ** math.ceil(math.log2(len(runs) + 1))
        row, last = self._row(progress), self._last_row
        if row is not None and (last is None or last.configuration != row.configuration):
            self._add(row)

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """See Observer."""
        if self._last_row is None:
            self._add(first_row(request.configuration.state_text()))

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._runs.append(StateRun(run.request, run.result, progress.iteration))
        has_doubled = len(self._runs) >= self._next_save
        if has_doubled or (self._every_iteration and progress.iteration > self._saved_iteration):
            self._attempt(self._save)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        row = self._row(progress)
        if row is not None:
            self._add(row)

    def finished(self, outcome: Outcome) -> None:
        """See Observer.  Raises StateError when the files could not be brought up to date."""
        row = self._row(outcome.progress)
        if row is not None:
            self._unwritten.append(row)
        self._write_rows()
        self._save()

    def close(self) -> None:
        """Bring the files up to date as far as that goes, and close them."""
        if self._saved_runs < len(self._runs):
            self._attempt(self._save, is_last=True)
        self._attempt(self._trajectory.close, is_last=True)

    @property
    def _last_row(self) -> TrajectoryRow | None:
        rows = self._unwritten or self._trajectory.rows
        return rows[-1] if rows else None

    def _add(self, row: TrajectoryRow) -> None:
        self._unwritten.append(row)
        self._attempt(self._write_rows)

    def _write_rows(self) -> None:
        while self._unwritten:
            self._trajectory.add(self._unwritten[0])
            del self._unwritten[0]

    def _attempt(self, write: Callable[[], None], *, is_last: bool = False) -> None:
        try:
            write()
        except StateError as error:
            if self._failed.is_news():
                hope = "; it is tried again with the next run (runs are on record in another file)"
                _LOG.warning("%s%s", error, "" if is_last else hope)

    def _save(self) -> None:
        iteration = self._runs[-1].iteration if self._runs else 0
        snapshot = StateSnapshot(self._runs, self._instances, self._cutoff_s, self._is_quality_objective)
        self._state.write(iteration, snapshot)
        self._saved_runs, self._saved_iteration = len(self._runs), iteration
        self._next_save = 2 ** math.ceil(math.log2(len(self._runs) + 1))

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
