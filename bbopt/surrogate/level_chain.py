"""A chain of Gaussian processes over rising budgets, each on top of the one before.

Recursive co-kriging (Kennedy and O'Hagan, 2000, Predicting the output from a complex computer code when fast
approximations are available; Le Gratiet and Garnier, 2014, Recursive co-kriging model for design of computer
experiments with multiple levels of fidelity), with what a learning curve gained last as a further term.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.gaussian_process import Hyperparameters, Prior
from bbopt.surrogate.linear_process import LinearProcess
from bbopt.surrogate.responses import yeo_johnson
from bbopt.surrogate.surrogate import FloatArray

__all__ = ["LevelChain", "last_levels"]

_SCALE, _SLOPE = 0.95, 0.7
"""What a response is expected to keep of the one at the level below, and of what it gained there."""

_CENTRE_SD = np.array([0.5])
_WEIGHT_SD = np.array([0.3, 0.3, 0.5])
"""Of the first level's mean; of scale, offset and slope at the levels above."""

_FIRST = Prior(signal=1.0, signal_sd=1.0, noise=np.exp(-8.0).item(), noise_sd=2.0)
_ABOVE = Prior(signal=0.1, signal_sd=1.5, noise=np.exp(-6.0).item(), noise_sd=2.0)

_SMOOTHED = 5  # neighbours by rank that a missing value's drop is the median of


class LevelChain:
    """Predicts the response at the highest level for configurations that were run at some lower ones.

    With u_k a configuration's response at level k:
    u_1 = c + M_1(x), and u_k = (s + a) u_(k-1) + b + (t + g) (u_(k-1) - u_(k-2)) + M_k(x) + noise, the third
    term from the third level on.  c, a, b, g are normal and integrated out, the M_k Gaussian processes.
    Responses are costs bent towards a normal distribution, level by level.

    `hyperparameters`, one for each level, are kept as they are where given, and fitted otherwise.
    """

    def __init__(self, one_hot: OneHot, hyperparameters: Sequence[Hyperparameters | None] = ()) -> None:
        self._one_hot = one_hot
        self._given = hyperparameters

    def fit(self, X: FloatArray, Y: FloatArray) -> None:
        """Learn costs `Y` (n, n_levels) at the unit-cube points `X` (n, n_params).

        NaN where there was no run; each configuration has one at least.  What is missing below its last level
        is filled in.
        """
        self._X = X
        self._level = last_levels(Y)
        self._responses, self._costs = _level_responses(Y)
        self._processes: list[LinearProcess] = []
        for k in range(Y.shape[1]):
            process = _process(self._one_hot, k, self._given[k] if self._given else None)
            process.fit(*self._seen_at(k, np.flatnonzero(~np.isnan(Y[:, k]))))
            self._processes.append(process)
        self.hyperparameters = [process.hyperparameters for process in self._processes]

    def most_probable(self, X: FloatArray, Y: FloatArray, k: int) -> Hyperparameters:
        """Those of level k alone, by costs as in `fit`; the chain is of no use afterwards."""
        self._X, (self._responses, _) = X, _level_responses(Y[:, : k + 1])
        process = _process(self._one_hot, k)
        process.fit(*self._seen_at(k, np.flatnonzero(~np.isnan(Y[:, k]))))
        return process.hyperparameters

    def believe(self, X: FloatArray) -> None:
        """Take what is predicted at `X` (m, n_params) for responses at the first level."""
        points, terms, responses = self._seen_at(0, np.flatnonzero(self._level >= 0))
        believed, _ = self._processes[0].predict(X, np.ones((len(X), 1)))
        process = _process(self._one_hot, 0, self.hyperparameters[0])
        process.fit(
            np.concatenate([points, X]),
            np.concatenate([terms, np.ones((len(X), 1))]),
            np.concatenate([responses, believed]),
        )
        self._processes[0] = process

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean (m,) and variance (m,) of the highest level's response at new points `X` (m, n_params)."""
        return self._predict(X, np.full(len(X), -1), np.zeros((len(X), len(self._processes))))

    def predict_seen(self) -> tuple[FloatArray, FloatArray]:
        """Mean (n,) and variance (n,) of the highest level's response of what the chain was fitted to.

        They go on from the last level that each was run at; the variance is zero at the highest one.
        """
        return self._predict(self._X, self._level, self._responses)

    @property
    def final_responses(self) -> FloatArray:
        """The response at the highest level (n,), estimated where there was no run."""
        response: FloatArray = self._responses[:, -1]
        return response

    def cost_at(self, responses: FloatArray) -> FloatArray:
        """The costs (m,) that responses (m,) at the highest level stand for, between those of the fit."""
        order = np.argsort(self._responses[:, -1], kind="stable")
        return np.interp(responses, self._responses[order, -1], self._costs[order])

    def _predict(
        self, X: FloatArray, level: NDArray[np.int64], responses: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """By recursion from the `level` (m,) last seen, -1 for none; `responses` (m, n_levels) up to there.

        The variance is v_k = w^2 v_(k-1) + that of the process + noise, with w the weight of u_(k-1), as if
        what is two levels below were known.  That is too much for what has been seen nowhere near: it has
        more configurations begin than the exact variance would, and these find better ones sooner.
        """
        mean, before, variance = np.zeros((3, len(X)))
        for k, process in enumerate(self._processes):
            new, seen = np.flatnonzero(level < k), np.flatnonzero(level >= k)
            if len(new):
                known, terms = _terms(k, mean[new], before[new])
                gained, unsure = process.predict(X[new], terms)
                before[new], mean[new] = mean[new], known + gained
                own = unsure + process.hyperparameters.noise
                variance[new] = _weight(k, process) ** 2 * variance[new] + own
            before[seen], mean[seen] = mean[seen], responses[seen, k]
        return mean, variance

    def _seen_at(self, k: int, rows: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points, linear terms, and what they have to explain, of the configurations `rows` at level k."""
        u = self._responses
        below = u[rows, k - 1] if k else np.zeros(len(rows))
        further = u[rows, k - 2] if k > 1 else np.zeros(len(rows))
        known, terms = _terms(k, below, further)
        return self._X[rows], terms, u[rows, k] - known


def _process(one_hot: OneHot, k: int, hyperparameters: Hyperparameters | None = None) -> LinearProcess:
    """The process at level k, not fitted yet."""
    if k == 0:
        return LinearProcess(one_hot, _CENTRE_SD, _FIRST, hyperparameters)
    return LinearProcess(one_hot, _WEIGHT_SD[: 2 if k == 1 else 3], _ABOVE, hyperparameters)


def last_levels(Y: FloatArray) -> NDArray[np.int64]:
    """The highest level (n,) at which there is a cost in `Y` (n, n_levels), -1 where there is none."""
    n_levels = Y.shape[1]
    above = np.argmax(~np.isnan(Y[:, ::-1]), axis=1)
    return np.where(np.isnan(Y).all(axis=1), -1, n_levels - 1 - above)


def _terms(k: int, below: FloatArray, further: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What is expected at level k (n,) of responses one and two levels below, and the terms (n, n_terms)."""
    ones = np.ones(len(below))
    if k == 0:
        return np.zeros(len(below)), ones[:, None]
    if k == 1:
        return _SCALE * below, np.stack([below, ones], axis=1)
    gained = below - further
    return _SCALE * below + _SLOPE * gained, np.stack([below, ones, gained], axis=1)


def _weight(k: int, process: LinearProcess) -> float:
    """How much the response at level k owes to the one below."""
    if k == 0:
        return 0.0
    weights = process.weights
    return _SCALE + float(weights[0]) + (_SLOPE + float(weights[2]) if k > 1 else 0.0)


def _level_responses(Y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Responses (n, n_levels), each level bent over all configurations, and costs (n,) at the highest level.

    A missing cost is the one below and what others of that rank lost from there to here; such fillings shape
    the bending, and stand where a level below the last one was left out.
    """
    responses = np.empty_like(Y)
    filled = _first_costs(Y)
    for k in range(Y.shape[1]):
        before, filled = filled, Y[:, k].copy()
        known = np.flatnonzero(~np.isnan(filled))
        if k == 0:
            filled = before
        elif len(known) == 0:
            filled = before.copy()
        else:
            _fill(filled, before, known)
        responses[:, k] = yeo_johnson(filled)
    return responses, filled


def _first_costs(Y: FloatArray) -> FloatArray:
    """Costs (n,) at the first level; where it was left out, from the lowest level that was not."""
    first: FloatArray = Y[:, 0].copy()
    for k in range(1, Y.shape[1]):
        missing = np.isnan(first) & ~np.isnan(Y[:, k])
        both = np.flatnonzero(missing | ~np.isnan(Y[:, [0, k]]).any(axis=1))
        costs, above = Y[both, 0], Y[both, k]
        known = np.flatnonzero(~np.isnan(costs))
        if len(known):
            _fill(costs, above, known)
        else:
            costs = above
        first[both] = np.where(missing[both], costs, first[both])
    return first


def _fill(costs: FloatArray, before: FloatArray, known: NDArray[np.int64]) -> None:
    """Fill in what is missing of `costs` (n,) from the level below (n,) and a running median of drops."""
    order = known[np.argsort(before[known], kind="stable")]
    drops = costs[order] - before[order]
    if len(order) > 2:
        half = min(len(order), _SMOOTHED) // 2
        drops = np.array([np.median(drops[max(0, i - half) : i + half + 1]) for i in range(len(order))])
    missing = np.isnan(costs)
    costs[missing] = before[missing] + np.interp(before[missing], before[order], drops)
