"""What the loop tells others: where the search stands, how it ended, and to whom it says so."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Protocol

from bbopt.engines import Incumbent
from bbopt.errors import BboptError
from bbopt.executors import RunProgress
from bbopt.runs import History, Row, Run, RunRequest, aligned, row_of, run_cells
from bbopt.space import Configuration
from bbopt.space.native_values import NativeValue, native_settings

__all__ = ["Observer", "Outcome", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands.

    `n_runs` were executed here, `n_reused` taken from peers because they were due here too; the model knows
    `n_foreign` runs of peers.  `tuner_time_s` is what counts against `cputime-limit`.
    """

    n_runs: int
    n_reused: int
    n_foreign: int
    n_configurations: int
    n_failures: int
    n_running: int
    iteration: int
    tuner_time_s: float
    wallclock_s: float
    own_cpu_s: float
    incumbent: Incumbent | None
    incumbent_number: int
    last: Run | None

    @property
    def incumbent_configuration(self) -> Configuration | None:
        """The incumbent's configuration; None before the first result."""
        return None if self.incumbent is None else self.incumbent.configuration

    @property
    def incumbent_name(self) -> str:
        """What SMAC v2 calls the incumbent."""
        return f"config {self.incumbent_number} (internal ID: 0x{self.incumbent_number:04X})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the search ended: the reason in words, the final progress, all runs, and the signal if one came.

    `best` is the estimate for the incumbent as people know it: that of a metric which is maximised is not
    negated, as `progress.incumbent.cost` is.
    `was_asked_for`: somebody wanted it to end.  One that `is_to_go_on` has only to begin anew with the runs
    that are still on record.
    """

    reason: str
    progress: Progress
    history: History
    signal: int | None = None
    best: float | None = None
    was_asked_for: bool = False
    is_to_go_on: bool = False

    @property
    def best_settings(self) -> dict[str, NativeValue] | None:
        """The incumbent's active settings: int, float, choices (see `choice_values`); None without one."""
        best = self.progress.incumbent
        return None if best is None else native_settings(best.configuration)

    def rows(self) -> list[Row]:
        """The runs in order, each as a dict: its settings (None: inactive), what came out, what it costs."""
        history = self.history
        return aligned(
            row_of(
                run.request.configuration,
                run_cells(run.request, run.result)
                | {
                    "run": number,
                    "configuration": history.number(run.request.configuration),
                    "cost": run.cost,
                },
                run.request.configuration.space.names,
            )
            for number, run in enumerate(history.runs, start=1)
        )

    def to_pandas(self) -> Any:
        """`rows` as a DataFrame of the package pandas; BboptError when it is not installed."""
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise BboptError(
                "to_pandas needs the package pandas, which is not installed",
                remedy="pip install pandas, or use rows(), which gives plain dicts",
            ) from error
        return pandas.DataFrame(self.rows())


class Observer(Protocol):
    """Somebody who is told what happens; all calls come from the loop's thread.

    A class that inherits from it needs the methods only for what it wants to hear.
    """

    def run_started(self, request: RunRequest, progress: Progress) -> None:
        """A run was handed to the executor."""
        return

    def run_progressed(self, of_run: RunProgress, progress: Progress) -> None:
        """A run under way has printed its metric again; not all values are told."""
        return

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """A run was recorded; `output` is the end of what the target printed."""
        return

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """There is another incumbent (`is_new`), or the same one's estimate changed."""
        return

    def finished(self, outcome: Outcome) -> None:
        """The search is over."""
        return
