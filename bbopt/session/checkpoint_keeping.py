"""Which checkpoints stay: those of configurations that have lost go at once, and more at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from bbopt.executors import Checkpoints
from bbopt.output_folder import highest_number
from bbopt.runs import History, Pair, Run, Standing
from bbopt.scenario.checkpoints import CheckpointSettings
from bbopt.space import Configuration
from bbopt.tuning import Observer, Outcome, Progress

__all__ = ["CheckpointKeeping"]

_LOG = logging.getLogger(__name__)


class CheckpointKeeping(Observer):
    """Removes folders of checkpoints by the settings; an Observer.

    `may_return` says whether runs of a configuration may yet be asked for.  Those of the incumbent stay until
    the end, and what seeds share stays as long as any of them is at work.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        settings: CheckpointSettings,
        may_return: Callable[[Configuration], bool],
        *,
        failures_first: bool = True,
    ) -> None:
        self._checkpoints = checkpoints
        self._n_best = settings.n_best
        self._may_return = may_return
        self._history = History(failures_first=failures_first)
        self._folders: dict[Configuration, set[str]] = {}
        self._incumbent: Configuration | None = None
        self._outcome: Outcome | None = None

    def take_over(self, runs: Sequence[Run], progress: Progress, n_before: int) -> None:
        """Go on behind the runs of an earlier life; of those up to number `n_before` others are forgotten.

        What a run has left that was complete, but not on record yet when all was killed, counts.
        """
        for run in runs:
            self._note(run)
        self._incumbent = progress.incumbent_configuration
        known = {name for names in self._folders.values() for name in names}
        for name in set(self._checkpoints.names) - known:
            if self._checkpoints.is_left_by_us(name):
                last = self._checkpoints.last(name)
                is_forgotten = last is not None and highest_number([last.run_id]) <= n_before
                self._checkpoints.clean(name, is_wanted=not is_forgotten)
        self._review()

    def run_finished(self, run: Run, output: str, progress: Progress) -> None:
        """See Observer."""
        self._note(run)
        self._incumbent = progress.incumbent_configuration
        self._review()

    def finished(self, outcome: Outcome) -> None:
        """See Observer; a validation may follow."""
        self._outcome = outcome
        self._incumbent = outcome.progress.incumbent_configuration

    def close(self) -> None:
        """Leave what shall stay, of a search that has come to its end.

        One that somebody has stopped may go on, and keeps what it needs for that.
        """
        self._checkpoints.release_all()
        self._checkpoints.drop_spares()
        if self._outcome is None or self._outcome.was_asked_for:
            return
        others = self._checkpoints.leave()
        if others:
            seeds = ", ".join(map(str, others))
            _LOG.info("Checkpoints stay as they are, for seeds that have not come to their end: %s.", seeds)
            return
        kept = self._names_of(self._best(self._n_best))
        for name in self._checkpoints.names:
            is_wanted = self._n_best is None or name in kept
            self._checkpoints.clean(name, is_wanted=is_wanted)

    def _note(self, run: Run) -> None:
        self._history.add(run)
        name = self._checkpoints.name_of(run.request.configuration, run.pair)
        if self._checkpoints.last(name) is not None:
            self._folders.setdefault(run.request.configuration, set()).add(name)

    def _review(self) -> None:
        """Remove what is of no use any more; what is shared may be of use to others."""
        if self._n_best is None or self._checkpoints.is_shared:
            return
        best = self._best(max(1, self._n_best))
        for configuration in list(self._folders):
            if configuration not in best and not self._may_return(configuration):
                names = self._folders[configuration]
                self._folders[configuration] = {
                    name for name in names if not self._checkpoints.clean(name, is_wanted=False)
                }
                if not self._folders[configuration]:
                    del self._folders[configuration]

    def _best(self, n: int | None) -> set[Configuration]:
        """The incumbent, and the best ones beside it; a longer run says more than any shorter one."""
        if n == 1 and self._incumbent is not None:
            return {self._incumbent}
        others = sorted((one for one in self._folders if one != self._incumbent), key=self._rank)
        first = [] if self._incumbent is None else [self._incumbent]
        return set([*first, *others][:n])

    def _rank(self, configuration: Configuration) -> tuple[int, Standing]:
        longest = max(pair.runlength for pair in self._history.costs(configuration))
        return -longest, self._history.standing(configuration, self._pairs(configuration, longest))

    def _pairs(self, configuration: Configuration, runlength: int) -> Iterator[Pair]:
        return (pair for pair in self._history.costs(configuration) if pair.runlength == runlength)

    def _names_of(self, configurations: set[Configuration]) -> set[str]:
        return {name for one in configurations for name in self._folders.get(one, ())}
