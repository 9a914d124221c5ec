"""SMAC3's own search behind the ask-and-tell contract: `HyperparameterOptimizationFacade` of package smac.

The package is imported only when this engine is made.  SMAC3 proposes and races; the target runs, the
records and the limits stay bbopt's.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import shutil
import tempfile
import warnings
import weakref
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.engines.problem import Problem
from bbopt.engines.proposing import SPACE_USED_UP, given_kind, untaken_rows
from bbopt.engines.protocol import ALONE, Incumbent, Others
from bbopt.engines.racing import RacingSettings
from bbopt.runs import DETERMINISTIC_SEED, NO_INSTANCE, History, Origin, Pair, Run, RunRequest, RunResult
from bbopt.seeding import stream
from bbopt.space import Configuration

__all__ = ["Smac3Engine"]

_WITHOUT_LIMIT = 10_000_000  # trials that SMAC3 plans for when no number of runs is given
_OUTWEIGHING = 10.0  # ranges of costs; it compares on three pairs
_LEAST_EXCESS = 1e-6  # of the largest cost
_MOST_REFUSED = 20  # proposals in a row that are forbidden or known


@dataclass(slots=True)
class _Failure:
    """A failed trial, and what SMAC3 was told that it costs."""

    trial: Any
    cost: float
    runtime_s: float


class _Worked:
    """The range of the costs of all runs that worked.

    `failures_first`: one failure among the few pairs that SMAC3 compares on has to outweigh the others.
    """

    def __init__(self, failures_first: bool) -> None:
        self._factor = _OUTWEIGHING if failures_first else 0.0
        self._best, self._worst = math.inf, -math.inf

    def add(self, cost: float) -> None:
        """Take in the cost of another run."""
        self._best, self._worst = min(self._best, cost), max(self._worst, cost)

    @property
    def beyond(self) -> float:
        """What failures cost more than; minus infinity before any run has worked."""
        return self._at(1.0)

    @property
    def far_beyond(self) -> float:
        """More than that, so that a somewhat wider range is not beyond it at once."""
        return self._at(2.0)

    def _at(self, times: float) -> float:
        if self._best > self._worst:
            return -math.inf
        width = self._factor * (self._worst - self._best) + _LEAST_EXCESS * max(abs(self._worst), 1.0)
        return self._worst + times * width


class Smac3Engine:
    """Asks SMAC3 for trials; an Engine.

    The given configurations run before SMAC3's initial design, which takes at most a quarter of the budget.
    """

    def __init__(self, problem: Problem, settings: RacingSettings) -> None:
        self._space = problem.space
        self._seed = problem.seed
        self._objective = problem.objective
        self._settings = settings
        self._history = History(failures_first=problem.objective.failures_first)
        self._worked = _Worked(problem.objective.failures_first)
        self._failures: list[_Failure] = []
        self._next_proposal = 0
        self._exhausted: str | None = None
        self._folder = tempfile.mkdtemp(prefix="bbopt-smac3-")  # SMAC3 insists on writing its settings
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._facade = self._make_facade(problem.budget or _WITHOUT_LIMIT)
        # SMAC3 chooses the seeds that configurations are compared on; the first trial tells the first one.
        first = self._facade.ask()
        self._first_seed: int | None = first.seed
        self._waiting: deque[tuple[Any, str]] = deque(
            (self._trial(configuration), given_kind(configuration))
            for configuration in dict.fromkeys(problem.given)
        )
        self._waiting.append((first, "smac3"))
        self._asked: dict[tuple[Configuration, int], Any] = {}

    def _make_facade(self, n_trials: int) -> Any:
        with _quiet_logging():
            from smac import HyperparameterOptimizationFacade, Scenario

            scenario = Scenario(
                self._space.to_configspace(self._seed % 2**31),
                n_trials=n_trials,
                deterministic=self._settings.deterministic,
                output_directory=Path(self._folder),
                seed=self._seed % 2**31,
            )
            return HyperparameterOptimizationFacade(
                scenario, target_function=_never_called, overwrite=True, logging_level=False
            )

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine."""
        known = [self._ours(theirs) for theirs in self._facade.intensifier.get_incumbents()]
        known = [configuration for configuration in known if configuration in self._history]
        if not any(self._history.standing(configuration).has_worked for configuration in known):
            known = self._history.configurations  # among which there may be one that has, on fewer pairs
        best = min(known, key=self._history.rank, default=None)
        return None if best is None else Incumbent(best, self._history.standing(best))

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        for n_refused in itertools.count():
            # Clauses that ConfigSpace cannot hold may rule out nearly all that SMAC3 proposes.
            is_patient = n_refused < _MOST_REFUSED
            trial, kind = self._next_trial(others) if is_patient else self._leftover(others)
            if trial is None:
                return None
            configuration = self._ours(trial.config)
            if configuration.is_forbidden:
                self._reject(trial)
            elif self._settings.deterministic and configuration in self._history:
                self._answer_known(trial, configuration)
            elif self._is_elsewhere(trial, others):
                self._waiting.append((trial, kind))
            else:
                return self._request(trial, configuration, kind)
        return None

    def _is_elsewhere(self, trial: Any, others: Others) -> bool:
        """Whether another search is making the trial."""
        return others.is_running(self._ours(trial.config), Pair(NO_INSTANCE.name, self._seed_of(trial)))

    def _seed_of(self, trial: Any) -> int:
        return DETERMINISTIC_SEED if self._settings.deterministic else int(trial.seed)

    def _request(self, trial: Any, configuration: Configuration, kind: str) -> RunRequest:
        seed = self._seed_of(trial)
        self._asked[configuration, seed] = trial
        origin = Origin(kind, self._next_proposal)
        self._next_proposal += 1
        return RunRequest(
            configuration, NO_INSTANCE, seed, self._settings.cutoff_s, self._settings.runlength, origin
        )

    def _next_trial(self, others: Others) -> tuple[Any, str]:
        from smac.main.exceptions import ConfigurationSpaceExhaustedException

        for place, entry in enumerate(self._waiting):
            if not self._is_elsewhere(entry[0], others):
                del self._waiting[place]
                return entry
        try:
            if self._space.n_params:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # SMAC3 averages over empty lists
                    return self._facade.ask(), "smac3"
        except (StopIteration, ConfigurationSpaceExhaustedException):
            pass  # it gives up after some retries: what it has not met may still be there
        return self._leftover(others)

    def _leftover(self, others: Others) -> tuple[Any, str]:
        """A random configuration, where SMAC3 finds none: the last ones of a small space, say."""
        taken = {*self._history.configurations, *(configuration for configuration, _ in self._asked)}
        taken |= set(others.under_way)
        rows = untaken_rows(self._space, taken, stream(self._seed, "leftover", self._next_proposal))
        if rows is None:
            if not (self._asked or self._waiting or others.under_way):
                self._exhausted = SPACE_USED_UP
            return None, ""
        return self._trial(self._space.configurations(rows[:1])[0]), "random"

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._next_proposal = max(self._next_proposal, request.origin.proposal + 1)
        trial = self._asked.pop((request.configuration, request.seed), None)
        self._history.add(Run.valued(request, result, self._objective))
        if trial is None:
            self._forget_waiting(request.configuration)
            trial = self._trial(request.configuration, request.seed)
        self._tell_facade(trial, request, result)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._tell_facade(self._trial(request.configuration, request.seed), request, result)

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        trial = self._asked.pop((request.configuration, request.seed))
        self._waiting.appendleft((trial, request.origin.kind))

    def suggest(self, configuration: Configuration) -> None:
        """See Engine."""
        if configuration not in self._history:
            self._waiting.appendleft((self._trial(configuration), "peer"))

    def _forget_waiting(self, configuration: Configuration) -> None:
        """A replayed run of a given configuration stands for the one that would have been asked first."""
        for entry in list(self._waiting):
            if entry[1] != "smac3" and self._ours(entry[0].config) == configuration:
                self._waiting.remove(entry)
                return

    def _tell_facade(self, trial: Any, request: RunRequest, result: RunResult) -> None:
        run = Run.valued(request, result, self._objective)
        self._tell(trial, run.cost, is_failure=run.is_failure, runtime_s=result.runtime_s)

    def _answer_known(self, trial: Any, configuration: Configuration) -> None:
        standing = self._history.standing(configuration)
        self._tell(trial, standing.mean, is_failure=not standing.has_worked)

    def _reject(self, trial: Any) -> None:
        worst = max((run.cost for run in self._history.runs), default=0.0)
        self._tell(trial, worst, is_failure=True)

    def _tell(self, trial: Any, cost: float, *, is_failure: bool, runtime_s: float = 0.0) -> None:
        """SMAC3 compares costs only: those of failures are raised above all that worked, again if need be."""
        if is_failure:
            failure = _Failure(trial, max(cost, self._worked.far_beyond), runtime_s)
            self._failures.append(failure)
            self._tell_failure(failure)
            return
        self._worked.add(cost)
        for failure in self._failures:
            if failure.cost < self._worked.beyond:
                failure.cost = self._worked.far_beyond
                self._tell_failure(failure)
        self._tell_value(trial, cost, runtime_s, "SUCCESS")

    def _tell_failure(self, failure: _Failure) -> None:
        self._tell_value(failure.trial, failure.cost, failure.runtime_s, "CRASHED")

    def _tell_value(self, trial: Any, cost: float, runtime_s: float, status: str) -> None:
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

        value = TrialValue(cost=cost, time=runtime_s, status=StatusType[status])
        self._facade._optimizer.tell(trial, value, save=False)

    def _trial(self, configuration: Configuration, seed: int = DETERMINISTIC_SEED) -> Any:
        from ConfigSpace import Configuration as Theirs
        from smac.runhistory.dataclasses import TrialInfo

        theirs = Theirs(
            self._facade.scenario.configspace, values=self._space.configspace_values(configuration)
        )
        return TrialInfo(theirs, seed=self._first_seed if seed == DETERMINISTIC_SEED else seed)

    def _ours(self, theirs: Any) -> Configuration:
        return self._space.configuration_from_configspace(theirs)


def _never_called(config: Any, seed: int = 0) -> float:
    raise RuntimeError("bbopt runs the target itself")


@contextlib.contextmanager
def _quiet_logging() -> Iterator[None]:
    """Importing smac must not change how this process logs."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
