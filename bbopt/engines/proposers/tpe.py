"""Proposals of the tree-structured Parzen estimator, from package optuna.

Two densities are fitted, of the best tenth of the configurations and of the others; where their ratio is
highest, the next one is taken (Bergstra et al., 2011, Algorithms for hyper-parameter optimization; in several
dimensions at once as in Falkner et al., 2018, BOHB).  The package is imported when the first such proposal is
due.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.engines.proposers.random_search import RandomProposer
from bbopt.engines.proposers.smbo.instance_responses import ResponseScale, bounded, effects_of
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.engines.proposers.untaken import untaken_rows
from bbopt.runs import Run, RuntimeObjective
from bbopt.seeding import stream
from bbopt.space import Configuration
from bbopt.surrogate import FloatArray

if TYPE_CHECKING:
    from bbopt.engines.proposers.tpe_draws import TpeDraws

__all__ = ["TpeProposer", "tpe_search"]

_N_RANDOM = 10  # configurations known before there is anything to estimate: Optuna's default
_MOST_REFUSED = 16  # draws for one proposal that are forbidden or taken
_SEEDS_BELOW = 2**32


def tpe_search(problem: Problem) -> StagedProposer:
    """What is given, then random configurations until ten are known, then what the estimator proposes."""
    return StagedProposer(problem, TpeProposer(problem))


class TpeProposer:
    """Proposes what looks most like the good configurations, and least like the others; a Proposer.

    A configuration is told with one number: the mean cost of its runs, or, over instances and for runtimes,
    what it adds to the instances' own difficulty.
    """

    abilities = frozenset(Ability) - {Ability.RUN_LENGTHS}

    def __init__(self, problem: Problem) -> None:
        self._space = problem.space
        self._objective = problem.objective
        self._seed = problem.seed
        self._n_instances = len(problem.instances)
        self._takes_means = problem.instances.is_black_box and not isinstance(
            problem.objective, RuntimeObjective
        )
        self._scale = ResponseScale.of(problem.objective, takes_logarithms=True)
        self._data = TrainingData(problem.space, problem.instances)
        self._known: dict[Configuration, None] = {}
        self._random = RandomProposer(problem.space, problem.seed)
        self._draws: TpeDraws | None = None

    def observe(self, run: Run) -> None:
        """See Proposer."""
        before = len(self._data)
        self._data.add(run, failed=run.is_failure)
        if len(self._data) > before:
            self._known.setdefault(run.request.configuration)

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        if len(self._known) < _N_RANDOM or self._space.n_params == 0:
            return self._random.propose(index, taken)
        return self._drawn(index, taken, pending) or self._left_over(index, taken)

    def _drawn(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration]
    ) -> Proposal | None:
        from bbopt.engines.proposers.tpe_draws import TpeDraws

        if self._draws is None:
            self._draws = TpeDraws(self._space)
        self._draws.add(list(self._known)[self._draws.n_known :])
        seed = int(stream(self._seed, "tpe proposal", index).integers(_SEEDS_BELOW))
        unknown = [configuration for configuration in pending if configuration not in self._known]
        rows = self._draws.rows(seed, self._costs(), unknown)
        for _, row in zip(range(_MOST_REFUSED), rows, strict=False):
            configuration = self._space.configurations(row[None])[0]
            if not configuration.is_forbidden and configuration not in taken:
                return Proposal(configuration, "tpe")
        return None

    def _left_over(self, index: int, taken: Container[Configuration]) -> Proposal | None:
        rows = untaken_rows(self._space, taken, stream(self._seed, "leftover", index))
        return None if rows is None else Proposal(self._space.configurations(rows[:1])[0], "random")

    def _costs(self) -> FloatArray:
        """One for each known configuration; NaN where all its runs failed and a failure has no price."""
        data, n = self._data, len(self._data)
        numbers, n_known = data.configuration_numbers, len(self._known)
        if self._takes_means:
            costs = bounded(data, n, self._scale)
            means = np.bincount(numbers, costs, n_known) / np.bincount(numbers, minlength=n_known)
        else:
            means = effects_of(data, n, self._n_instances, self._scale).rows
        if not np.isfinite(self._scale.penalty):
            has_worked = np.bincount(numbers, ~data.failed, n_known) > 0
            means = np.where(has_worked, means, np.nan)
        return means
