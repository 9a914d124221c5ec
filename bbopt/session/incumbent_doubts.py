"""Warnings of incumbents that may not be what the user wants, because of how their runs ended."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable

from bbopt.runs import Run, RunStatus
from bbopt.scenario import RunObjective, Scenario
from bbopt.shell_words import shell_word
from bbopt.space import Configuration
from bbopt.stores import UNSAT_IS_FAILURE
from bbopt.tuning import Observer, Outcome, Progress

__all__ = ["IncumbentDoubts"]

_LOG = logging.getLogger(__name__)

_DOUBTS = {
    RunStatus.TIMEOUT: "a run that was not finished in time (TIMEOUT); its quality counts like any other. If "
    "it should not, let the target answer CRASHED",
    RunStatus.UNSAT: "a run that answered UNSAT; its quality counts like any other. If UNSAT marks settings "
    f"that are invalid, set {UNSAT_IS_FAILURE} = true",
}
"""How a run with a quality can have ended that is perhaps not meant to be good."""


class IncumbentDoubts(Observer):
    """Warns once of each kind of doubt, and at the end of an incumbent that never worked; an Observer."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._untold = dict(_DOUBTS) if scenario.run_objective is RunObjective.QUALITY else {}
        self._seen: dict[Configuration, set[RunStatus]] = defaultdict(set)

    def take_over(self, runs: Iterable[Run]) -> None:
        """Know the runs of an earlier life."""
        for run in runs:
            self._note(run)

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._note(run)

    def incumbent_changed(self, progress: Progress, is_new: bool) -> None:
        """See Observer."""
        if progress.incumbent is None:
            return
        for status in self._seen.get(progress.incumbent.configuration, set()) & self._untold.keys():
            _LOG.warning("the incumbent %s has %s", progress.incumbent_name, self._untold.pop(status))

    def finished(self, outcome: Outcome) -> None:
        """See Observer."""
        incumbent = outcome.progress.incumbent
        if incumbent is None or incumbent.standing.has_worked:
            return
        configuration = incumbent.configuration
        runs = [run for run in outcome.history.runs if run.request.configuration == configuration]
        ends = Counter(run.result.status.value for run in runs)
        _LOG.warning(
            "no run of the final incumbent has worked (%s: %s). `bbopt call%s --config %s` runs it once "
            "and explains the answer",
            outcome.progress.incumbent_name,
            ", ".join(f"{n} {status}" for status, n in ends.items()),
            f" --scenario {shell_word(str(self._scenario.path))}" if self._scenario.path else "",
            shell_word(configuration.call_text()),
        )  # fmt: skip

    def _note(self, run: Run) -> None:
        if run.result.status in _DOUBTS and not run.is_failure:
            self._seen[run.request.configuration].add(run.result.status)
