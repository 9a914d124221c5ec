"""SMAC3's proposals: its models and its searches of them, from package smac.

The package is imported only when the proposer is made.  What it calls a trial is a run: it is told every one
with its instance and its seed, so that nothing that it knows becomes untrue when a configuration is run
again.  Which runs are made is the racer's choice: SMAC3's own intensifier is passed over.
"""

from __future__ import annotations

import contextlib
import logging
import math
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.engines.proposers.untaken import untaken_rows
from bbopt.runs import DETERMINISTIC_SEED, InstanceSet, Pair, Run, RunKey, RuntimeObjective
from bbopt.runs.instances import MISSING_FEATURES
from bbopt.seeding import stream
from bbopt.space import Configuration

__all__ = ["Smac3Proposer", "smac3_search"]

_WITHOUT_LIMIT = 10_000_000  # trials that SMAC3 plans for when no number of runs is given
_MOST_REFUSED = 20  # proposals in a row that are forbidden or taken
_SEEDS_BELOW = 2**31


def smac3_search(problem: Problem) -> StagedProposer:
    """What is given, then what SMAC3 proposes, beginning with a design of its own."""
    return StagedProposer(problem, Smac3Proposer(problem))


class Smac3Proposer:
    """Asks SMAC3 for configurations and tells it what runs cost; a Proposer.

    Black boxes are searched as by its `HyperparameterOptimizationFacade`, instances as by its
    `AlgorithmConfigurationFacade`.  SMAC3 counts for itself, so that the index of a proposal means nothing to
    it, and it goes on from a record with other proposals than it would have made without a break.
    """

    abilities = frozenset(Ability) - {Ability.RUN_LENGTHS, Ability.REPLAY}

    def __init__(self, problem: Problem) -> None:
        self._space = problem.space
        self._instances = problem.instances
        self._failures_have_a_price = isinstance(problem.objective, RuntimeObjective)
        self._seed = problem.seed
        folder = tempfile.mkdtemp(prefix="bbopt-smac3-")  # SMAC3 insists on writing its settings
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._facade = _facade(problem, Path(folder))
        self._theirs: dict[Configuration, Any] = {}
        self._open: dict[Configuration, None] = {}
        """Proposed, or meant to be, and not run yet: SMAC3 does not propose them again."""
        self._worst = -math.inf
        """The highest cost of a run that worked."""
        self._failures: dict[RunKey, None] = {}
        """Those that cost what the worst run does that worked: 1e9 would drown all else, or be better."""

    def observe(self, run: Run) -> None:
        """See Proposer."""
        request = run.request
        if request.instance.name not in self._instances:
            return
        self._open.pop(request.configuration, None)
        if run.is_failure and not self._failures_have_a_price:
            self._failures[request.key] = None
            self._tell_failures([request.key])
            return
        self._failures.pop(request.key, None)
        self._tell(self._as_theirs(request.configuration), run.pair, run.cost, run.is_failure)
        if run.cost > self._worst and not run.is_failure:
            self._worst = run.cost
            self._tell_failures(self._failures)

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        for configuration in self._open:
            if configuration not in taken:
                return Proposal(configuration, "smac3")
        for _ in range(_MOST_REFUSED if self._space.n_params else 0):
            theirs = self._next()
            if theirs is None:
                break
            configuration = self._space.configuration_from_configspace(theirs)
            if configuration.is_forbidden:  # by clauses that ConfigSpace can't hold
                self._reject(theirs)
                continue
            if self._theirs.setdefault(configuration, theirs) is theirs:
                self._open[configuration] = None
            if configuration not in taken:
                return Proposal(configuration, "smac3")
        rows = untaken_rows(self._space, taken, stream(self._seed, "leftover", index))
        return None if rows is None else Proposal(self._space.configurations(rows[:1])[0], "random")

    def _next(self) -> Any | None:
        """SMAC3's next configuration, which it has not met before; None once it has given up."""
        from smac.main.exceptions import ConfigurationSpaceExhaustedException

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # SMAC3 averages over empty lists
                return next(self._facade.intensifier.config_generator)
        except (StopIteration, ConfigurationSpaceExhaustedException):
            return None

    def _tell_failures(self, failures: Iterable[RunKey]) -> None:
        if self._worst > -math.inf:
            for configuration, pair in failures:
                self._tell(self._as_theirs(configuration), pair, self._worst, has_failed=True)

    def _reject(self, theirs: Any) -> None:
        if self._worst > -math.inf:
            pair = Pair(self._instances.instances[0].name, DETERMINISTIC_SEED)
            self._tell(theirs, pair, self._worst, has_failed=True)

    def _tell(self, theirs: Any, pair: Pair, cost: float, has_failed: bool) -> None:
        """Of a capped run the cost is its bound: SMAC3 knows no bounds, and would leave out what it calls
        a timeout when it scales costs.
        """
        from smac.runhistory.enumerations import StatusType

        self._facade.runhistory.add(
            theirs,
            cost=cost,
            status=StatusType.CRASHED if has_failed else StatusType.SUCCESS,
            instance=None if self._instances.is_black_box else pair.instance,
            seed=pair.seed,
            force_update=True,  # a run that was capped is made again in full
        )

    def _as_theirs(self, configuration: Configuration) -> Any:
        from ConfigSpace import Configuration as Theirs

        if configuration not in self._theirs:
            values = self._space.configspace_values(configuration)
            self._theirs[configuration] = Theirs(self._facade.scenario.configspace, values=values)
        return self._theirs[configuration]


def _facade(problem: Problem, folder: Path) -> Any:
    with _quiet_logging():
        from smac import AlgorithmConfigurationFacade, HyperparameterOptimizationFacade, Scenario

        is_black_box, seed = problem.instances.is_black_box, problem.seed % _SEEDS_BELOW
        features = None if is_black_box else _features(problem.instances)
        scenario = Scenario(
            problem.space.to_configspace(seed),
            n_trials=problem.budget or _WITHOUT_LIMIT,
            deterministic=problem.deterministic,
            instances=None if features is None else list(features),
            instance_features=features,
            output_directory=folder,
            seed=seed,
        )
        facade = HyperparameterOptimizationFacade if is_black_box else AlgorithmConfigurationFacade
        target = _black_box if is_black_box else _solver
        return facade(scenario, target, overwrite=True, logging_level=False)


def _features(instances: InstanceSet) -> dict[str, list[float]]:
    """By instance, missing ones as a code; where there are none, SMAC3 tells instances apart by numbers."""
    table = np.nan_to_num(instances.features(), nan=MISSING_FEATURES[0]).tolist()
    named = enumerate(instances.instances)
    return {instance.name: table[number] or [float(number)] for number, instance in named}


def _black_box(config: Any, seed: int) -> float:
    """What SMAC3 before 2.4 must have; bbopt runs the target itself."""
    raise NotImplementedError


def _solver(config: Any, seed: int, instance: str) -> float:
    raise NotImplementedError


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
