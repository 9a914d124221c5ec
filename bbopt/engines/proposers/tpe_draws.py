"""Optuna's TPESampler, asked for configurations of a space by what is known of others.

A sampler reads the trials of a study: here a list that is handed out as it is, so that neither the number of
runs nor that their costs change makes a study to be kept up.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Container, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna import Study, load_study
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import TPESampler
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from bbopt.space import Configuration, Parameter, ParameterKind, Space

__all__ = ["TpeDraws"]

FloatArray = NDArray[np.float64]

_MOST_TRIALS = 500
"""A proposal takes time in proportion to the trials, and Optuna's is long."""

_MOST_GOOD = 25
"""As many make up the density of good ones, at most (Optuna's default)."""


class TpeDraws:
    """Known configurations as trials, and rows drawn by them.

    Only active parameters are a trial's.  What can't vary is in none.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._distributions = {
            parameter.name: _distribution(parameter)
            for column, parameter in enumerate(space.parameters)
            if column not in space.fixed and parameter.low < parameter.high
        }
        self._by_share = [column for column, p in enumerate(space.parameters) if not p.is_plain]
        """Numbers that Optuna has no distribution for: it is told their shares of ours."""
        self._levels = _levels(space)
        self._trials: list[FrozenTrial] = []
        self._groups = np.zeros(space.n_params, dtype=np.intp)
        """Of each column: parameters are in one group that have been active together or not at all; 0 is
        that of those that never were."""
        self._splitting: list[FrozenTrial] = []
        """The trials that made a new group.  Optuna would go through all of them at each proposal."""

    @property
    def n_known(self) -> int:
        """How many configurations were added."""
        return len(self._trials)

    def add(self, configurations: Sequence[Configuration]) -> None:
        """Further configurations that have been run."""
        rows = [configuration.row for configuration in configurations]
        for trial in self._as_trials(len(self._trials), rows, TrialState.COMPLETE):
            self._trials.append(trial)
            if self._splits(trial):
                self._splitting.append(trial)

    def _splits(self, trial: FrozenTrial) -> bool:
        active = np.array([name in trial.params for name in self._space.names])
        pairs = 2 * self._groups + active
        names, groups = np.unique(pairs, return_inverse=True)
        is_new = len(names) > len(np.unique(self._groups)) or bool(active[self._groups == 0].any())
        self._groups = np.where(pairs == 0, 0, groups + 1)
        return is_new

    def rows(self, seed: int, costs: FloatArray, pending: Sequence[Configuration]) -> Iterator[FloatArray]:
        """Canonical rows (n_params,) without end, forbidden ones among them.

        `costs` (n_known,): NaN where no run worked.  That is a pruned trial, which is behind all others
        whatever those cost.  `pending` ones count as bad (the constant liar), and so does each row once
        another one is asked for: forbidden regions, where nobody was ever bad, would look best for ever.
        """
        for trial, cost in zip(self._trials, costs.tolist(), strict=True):
            has_worked = not math.isnan(cost)
            trial.state = TrialState.COMPLETE if has_worked else TrialState.PRUNED
            trial.value = cost if has_worked else None
        trials = [self._trials[place] for place in _telling(costs)]
        trials += self._as_trials(len(self._trials), [one.row for one in pending], TrialState.RUNNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            sampler = TPESampler(
                seed=seed, n_startup_trials=0, multivariate=True, group=True, constant_liar=True
            )
        new = _trial(-1, TrialState.RUNNING)
        grouped = sampler.infer_relative_search_space(_study(self._splitting), new)
        study = _study(trials)
        while True:
            row = self._row(sampler, study, new, grouped)
            yield row
            trials += self._as_trials(trials[-1].number + 1, [row], TrialState.RUNNING)

    def _row(
        self, sampler: TPESampler, study: Study, new: FrozenTrial, grouped: Container[str]
    ) -> FloatArray:
        """Parents are drawn before it is asked who is active."""
        row = self._space.into_subspace(self._space.default_row)
        for level in self._levels:
            active = self._space.active(row)[0]
            wanted = {
                self._space.names[column]: self._distributions[self._space.names[column]]
                for column in level
                if active[column] and self._space.names[column] in self._distributions
            }
            together = {name: wanted[name] for name in wanted if name in grouped}
            drawn = sampler.sample_relative(study, new, together)
            for name, distribution in wanted.items():
                if name not in drawn:
                    drawn[name] = sampler.sample_independent(study, new, name, distribution)
            for name, value in drawn.items():
                row[0, self._space.index[name]] = value
            shared = [column for column in self._by_share if self._space.names[column] in drawn]
            if shared:
                unit = np.full(row.shape, 0.5)
                unit[:, shared] = row[:, shared]
                row[:, shared] = self._space.decode(self._space.spread(unit))[:, shared]
        canonical: FloatArray = self._space.canonical(row)[0]
        return canonical

    def _as_trials(self, first: int, rows: Sequence[FloatArray], state: TrialState) -> list[FrozenTrial]:
        """With numbers from `first` on."""
        if not rows:
            return []
        values = np.stack(rows)
        active = self._space.active(values)
        if self._by_share:
            shares = self._space.gather(self._space.encode(values))
            values[:, self._by_share] = shares[:, self._by_share]
        both = zip(values.tolist(), active.tolist(), strict=True)
        return [self._as_trial(number, state, *one) for number, one in enumerate(both, first)]

    def _as_trial(self, number: int, state: TrialState, row: list[float], active: list[bool]) -> FrozenTrial:
        trial = _trial(number, state)
        for parameter, value, is_active in zip(self._space.parameters, row, active, strict=True):
            if is_active and parameter.name in self._distributions:
                is_real = parameter.kind is ParameterKind.REAL or not parameter.is_plain
                trial.params[parameter.name] = value if is_real else int(value)
                trial.distributions[parameter.name] = self._distributions[parameter.name]
        return trial


class _Given(InMemoryStorage):
    """The given trials, as the one study's; a draw leaves nothing behind."""

    def __init__(self, trials: list[FrozenTrial]) -> None:
        super().__init__()
        self._given = trials

    def get_study_id_from_name(self, study_name: str) -> int:
        return 0

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        return [StudyDirection.MINIMIZE]

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        return [trial for trial in self._given if states is None or trial.state in states]

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        pass


def _telling(costs: FloatArray) -> list[int]:
    """Which trials to learn from: all, or the best and the latest.

    The older a bad one is, the less it weighs in any case.
    """
    if len(costs) <= _MOST_TRIALS:
        return list(range(len(costs)))
    best = np.argsort(costs, kind="stable")[:_MOST_GOOD]  # NaN come last
    others = np.setdiff1d(np.arange(len(costs)), best)[_MOST_GOOD - _MOST_TRIALS :]
    chosen: list[int] = np.union1d(best, others).tolist()
    return chosen


def _study(trials: list[FrozenTrial]) -> Study:
    return load_study(study_name="bbopt", storage=_Given(trials))


def _trial(number: int, state: TrialState) -> FrozenTrial:
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=None,
        datetime_start=None,
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


def _distribution(parameter: Parameter) -> BaseDistribution:
    """Of the native values; an ordinal's positions have its order, which Optuna has no word for."""
    if not parameter.is_plain:
        return FloatDistribution(0.0, 1.0)
    match parameter.kind:
        case ParameterKind.REAL:
            return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
        case ParameterKind.CATEGORICAL:
            return CategoricalDistribution(range(len(parameter.choices)))
        case _:
            return IntDistribution(int(parameter.low), int(parameter.high), log=parameter.log)


def _levels(space: Space) -> list[list[int]]:
    """The columns in steps, such that each one's parents are in earlier steps."""
    parents: dict[str, set[str]] = {}
    for condition in space.conditions:
        known = parents.setdefault(condition.child, set())
        known.update(literal.parent for literals in condition.alternatives for literal in literals)
    level: dict[str, int] = {}
    for column in space.activity.column_order:
        name = space.names[column]
        level[name] = 1 + max((level[parent] for parent in parents.get(name, ())), default=-1)
    steps: list[list[int]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for column, name in enumerate(space.names):
        steps[level[name]].append(column)
    return steps
