"""What a model of the runs says of the parameters: their importance, their effects, and how sure it is.

The model is several forests of scikit-learn's trees, each grown from another sample of the configurations,
drawn with replacement, on the same scale on which the costs are drawn.  What it says is their mean, and how
sure it is the middle 80% of them (the bootstrap).  Splits are the best ones or random ones, whichever
foretells more of the configurations that a forest was not grown from.

Importance is the functional analysis of variance (Hutter, Hoos and Leyton-Brown, 2014, An efficient approach
for assessing hyperparameter importance): first-order and total Sobol' indices of each forest on the unit
cube, which scipy estimates (Saltelli et al., 2010).  The ablation path goes from the default to the incumbent
by the model's predictions (Biedenkapp et al., 2017, Efficient parameter importance analysis via ablation with
surrogates).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bbopt.report.cost_scale import CostScale
from bbopt.report.facts import Study
from bbopt.runs import NO_BUDGET
from bbopt.space import Configuration, Space
from bbopt.surrogate import FloatArray, ForestSettings, Observations, OneHot, fit_additive
from bbopt.surrogate.forest import GrownTree, grow_trees

__all__ = [
    "Effect",
    "Importance",
    "Model",
    "Step",
    "Surface",
    "TooFewToSay",
    "at_model_budget",
    "fit_model",
    "responses",
]

FEWEST = 20
"""Configurations below which nothing is said."""

LEAST_EXPLAINED = 0.1
"""The share of the variance of configurations left out of forests that these must foretell to be believed."""

_MOST = 1000  # configurations that the model is fitted to
_FORESTS = 12
_TREES = ForestSettings(n_trees=8, split_min=4, ratio_features=0.8, bootstrap=False)
_SPLIT_SHARE = 200  # of the configurations is the least node that is split, where they are many
_SAMPLES = 512  # a power of 2, as Sobol' sequences want
_BACKGROUND = 128
_GRID = 25
_SURFACE_GRID = 16
_MOST_PARAMETERS = 16
_MOST_STEPS = 12
_QUANTILES = (0.1, 0.9)


class TooFewToSay(Exception):
    """Why there is no model to be believed, as a sentence."""


@dataclass(frozen=True, slots=True)
class Importance:
    """A parameter's share of the variance: by itself, with its interactions, and between which shares of
    its own 80% of the forests lie.
    """

    column: int
    share: float
    low: float
    high: float
    total: float


@dataclass(frozen=True, slots=True)
class Step:
    """A change on the way from the default to the incumbent, of one parameter or (()) of all that is left.

    `after` is the predicted cost as shown; `gain` how much better (more than 0) on the scale of the costs,
    between `low` and `high` for 80% of the forests.
    """

    columns: tuple[int, ...]
    after: float
    gain: float
    low: float
    high: float

    @property
    def is_supported(self) -> bool:
        """Whether the forests agree that it helps."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Effect:
    """Predicted costs, as shown, over the native values (n,) of a parameter, the others being at random."""

    column: int
    values: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class Surface:
    """The same over two parameters: `mean` (n_up, n_across) as shown, and `spread` on the scale."""

    across: int
    up: int
    across_values: FloatArray
    up_values: FloatArray
    mean: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class _Grown:
    """A forest, and which points (n,) it was grown from."""

    points: NDArray[np.int64]
    trees: Sequence[GrownTree]

    def predict(self, features: NDArray[np.float32]) -> FloatArray:
        total = sum(one.tree.value[one.tree.apply(features), 0, 0] for one in self.trees)
        return np.asarray(total / len(self.trees), dtype=float)


class Model:
    """Fitted forests; `columns` are the parameters that vary, `explained` is out of their samples."""

    def __init__(
        self,
        *,
        space: Space,
        scale: CostScale,
        forests: Sequence[_Grown],
        one_hot: OneHot,
        n_configurations: int,
        budget: int,
        explained: float,
        rng: np.random.Generator,
    ) -> None:
        self.space, self.scale = space, scale
        self.n_configurations, self.budget, self.explained = n_configurations, budget, explained
        self._forests, self._one_hot = forests, one_hot
        free = [n for n in range(space.n_params) if n not in space.fixed and space.sizes[n] > 1]
        self.columns: tuple[int, ...] = tuple(free)
        seed = rng.integers(2**31)
        self._draw: Callable[[], np.random.Generator] = lambda: np.random.default_rng(seed)

    def predict(self, unit: FloatArray) -> FloatArray:
        """What each forest predicts (n_forests, n) at points with a column of noise (n, n_params + 1)."""
        return _predict(self._forests, self._one_hot.single(unit))

    def _at(self, rows: FloatArray) -> FloatArray:
        """The predictions (n_forests, n) for native values."""
        return self.predict(_with_noise(self.space.encode(rows), self._draw()))

    def importances(self) -> tuple[list[Importance], float]:
        """The parameters, the most important first, and what one gets that has no effect at all."""
        from scipy.stats import sobol_indices
        from scipy.stats.qmc import Sobol

        space, width = self.space, self.space.n_params
        wanted = [*self._split_most(), width]
        points = Sobol(2 * (width + 1), seed=self._draw()).random(_SAMPLES)
        a, b = points[:, : width + 1], points[:, width + 1 :]

        def legal(unit: FloatArray) -> FloatArray:
            return np.hstack([space.encode(space.from_unit(unit[:, :width])), unit[:, width:]])

        mixed = []
        for column in wanted:
            one = a.copy()
            one[:, column] = b[:, column]
            mixed.append(self.predict(legal(one)))
        f_a, f_b, f_ab = self.predict(legal(a)), self.predict(legal(b)), np.stack(mixed)
        varies = np.hstack([f_a, f_b]).std(axis=1) > 1e-12
        if not varies.any():
            raise TooFewToSay("The model sees no difference between configurations.")
        functions = {"f_A": f_a[varies], "f_B": f_b[varies], "f_AB": f_ab[:, varies]}
        found = sobol_indices(func=functions, n=_SAMPLES)
        first = np.clip(found.first_order, 0.0, 1.0)
        low, high = np.quantile(first, _QUANTILES, axis=0)
        mean, total = first.mean(axis=0), np.clip(found.total_order, 0.0, 1.0).mean(axis=0)
        each = [
            Importance(column, float(mean[n]), float(low[n]), float(high[n]), float(total[n]))
            for n, column in enumerate(wanted[:-1])
        ]
        return sorted(each, key=lambda one: -one.share), float(first[:, -1].max())

    def _split_most(self) -> list[int]:
        """The parameters that trees use most, at most `_MOST_PARAMETERS`."""
        use = np.zeros(self.space.n_params + 1)
        for tree in (one.tree for forest in self._forests for one in forest.trees):
            np.add.at(use, self._one_hot.parameter_of, tree.compute_feature_importances())
        return sorted(self.columns, key=lambda column: -use[column])[:_MOST_PARAMETERS]

    def path(self, default: Configuration, incumbent: Configuration) -> tuple[float, list[Step]]:
        """What the default is predicted to come to, as shown, and the greedy steps to the incumbent."""
        space = self.space
        now, goal = default.row.copy(), incumbent.row
        each = self._at(now[None, :])[:, 0]
        start = float(self.scale.shown(each.mean()))
        steps: list[Step] = []
        while len(steps) < _MOST_STEPS - 1:
            ways = self._ways(now, goal)
            if not ways:
                break
            rows = np.stack([row for _, row in ways])
            predicted = self._at(rows)
            best = int(np.argmin(predicted.mean(axis=0) * self.scale.sign))
            steps.append(self._step((ways[best][0],), each, predicted[:, best]))
            now, each = rows[best], predicted[:, best]
        if space.keys(now[None, :]) != space.keys(goal[None, :]):
            left = tuple(int(n) for n in np.flatnonzero(now != goal))
            steps.append(self._step(left, each, self._at(goal[None, :])[:, 0]))
        return start, steps

    def _ways(self, now: FloatArray, goal: FloatArray) -> list[tuple[int, FloatArray]]:
        """The legal rows that have one setting more of the goal's, and one that differs to the program."""
        found = []
        for column in np.flatnonzero(now != goal):
            row = now.copy()
            row[column] = goal[column]
            row = self.space.canonical(row[None, :])[0]
            is_other = self.space.keys(row[None, :]) != self.space.keys(now[None, :])
            if is_other and not self.space.is_forbidden(row[None, :])[0]:
                found.append((int(column), row))
        return found

    def _step(self, columns: tuple[int, ...], before: FloatArray, after: FloatArray) -> Step:
        gains = (before - after) * self.scale.sign
        low, high = np.quantile(gains, _QUANTILES)
        return Step(
            columns, float(self.scale.shown(after.mean())), float(gains.mean()), float(low), float(high)
        )

    def _background(self, count: int) -> FloatArray:
        return np.asarray(self.space.sample(count, self._draw()), dtype=float)

    def grid(self, column: int, count: int = _GRID) -> FloatArray:
        """Native values of a parameter, evenly spread on its scale."""
        parameter = self.space.parameters[column]
        if parameter.size <= count:
            return parameter.listed
        unit = np.repeat(self.space.encode(self.space.default_row), count, axis=0)
        unit[:, column] = np.linspace(0.0, 1.0, count)
        return np.unique(self.space.decode(unit)[:, column])

    def effect(self, column: int) -> Effect | None:
        """Partial dependence where the parameter is active; None where it never is."""
        rows, values = self._background(_BACKGROUND), self.grid(column)
        rows = rows[self.space.active(rows)[:, column]]
        if not len(rows):
            return None
        many = np.tile(rows, (len(values), 1))
        many[:, column] = np.repeat(values, len(rows))
        predicted = self._at(self.space.canonical(many)).reshape(-1, len(values), len(rows))
        each = predicted.mean(axis=2)
        low, high = np.quantile(each, _QUANTILES, axis=0)
        shown = self.scale.shown
        return Effect(column, values, shown(each.mean(axis=0)), shown(low), shown(high))

    def surface(self, across: int, up: int) -> Surface | None:
        """Partial dependence on two parameters; None where they are never active together."""
        rows = self._background(_BACKGROUND)
        active = self.space.active(rows)
        rows = rows[active[:, across] & active[:, up]][: _BACKGROUND // 2]
        if not len(rows):
            return None
        xs, ys = self.grid(across, _SURFACE_GRID), self.grid(up, _SURFACE_GRID)
        grid_y, grid_x = np.meshgrid(ys, xs, indexing="ij")
        many = np.tile(rows, (grid_x.size, 1))
        many[:, across], many[:, up] = np.repeat(grid_x, len(rows)), np.repeat(grid_y, len(rows))
        predicted = self._at(self.space.canonical(many)).reshape(-1, *grid_x.shape, len(rows))
        each = predicted.mean(axis=3)
        mean = self.scale.shown(each.mean(axis=0))
        return Surface(across, up, xs, ys, mean, each.std(axis=0))


def _with_noise(unit: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.hstack([unit, rng.random((len(unit), 1))])


def _predict(forests: Sequence[_Grown], features: NDArray[np.float32]) -> FloatArray:
    return np.stack([forest.predict(features) for forest in forests])


def fit_model(study: Study, scale: CostScale) -> Model:
    """The model of a study's runs at the highest budget that has enough of them.

    TooFewToSay, with a sentence, where there are too few, or they say nothing of others.
    """
    budget, chosen = at_model_budget(study)
    if not study.has_worked:
        raise TooFewToSay("No run has worked.")
    rows, y, _ = responses(study, scale, chosen)
    if len(rows) < FEWEST:
        n = len(rows)
        are = "has" if n == 1 else "have"
        raise TooFewToSay(
            f"{n} configuration{'s' * (n != 1)} {are} run: too few to say anything of parameters; "
            f"it takes {FEWEST}."
        )
    rng = np.random.default_rng(0)
    if len(rows) > _MOST:
        keep = rng.choice(len(rows), _MOST, replace=False)
        rows, y = rows[keep], y[keep]
    space = study.space
    unit = _with_noise(space.encode(rows), rng)
    one_hot = OneHot(np.append(space.category_sizes, 0))
    features = one_hot.single(unit)
    split_min = max(_TREES.split_min, len(y) // _SPLIT_SHARE)
    kinds = (replace(_TREES, split_min=split_min, best_splits=best) for best in (False, True))
    grown = [_grow(features, y, settings, rng) for settings in kinds]
    explained, forests = max(
        ((_explained(some, features, y), some) for some in grown), key=lambda one: one[0]
    )
    if explained < LEAST_EXPLAINED:
        percent = max(0, round(100 * explained))
        raise TooFewToSay(
            f"A model of the {len(y)} configurations explains {percent}% of the differences between "
            "those that it has not seen: that is too little to say which parameters matter."
        )
    return Model(
        space=space,
        scale=scale,
        forests=forests,
        one_hot=one_hot,
        n_configurations=len(y),
        budget=budget,
        explained=explained,
        rng=rng,
    )


def _grow(
    features: NDArray[np.float32], y: FloatArray, settings: ForestSettings, rng: np.random.Generator
) -> list[_Grown]:
    """The forests, each from points drawn with replacement."""
    forests = []
    for _ in range(_FORESTS):
        points = rng.integers(len(y), size=len(y))
        forests.append(_Grown(points, grow_trees(features[points], y[points], settings, rng)))
    return forests


def at_model_budget(study: Study) -> tuple[int, NDArray[np.bool_]]:
    """The highest budget with enough configurations, else that with most; and which runs are of it."""
    lengths = np.array([run.request.runlength for run in study.runs])
    counts = {}
    for budget in sorted({int(length) for length in lengths}, reverse=True):
        chosen = lengths == budget
        counts[budget] = len({study.runs[n].request.configuration for n in np.flatnonzero(chosen)})
        if counts[budget] >= FEWEST:
            return budget, chosen
    best = max(counts, key=lambda budget: counts[budget], default=NO_BUDGET)
    return best, lengths == best


def responses(
    study: Study, scale: CostScale, chosen: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Rows of native values, one a configuration, what each comes to on the scale, and which each run has.

    Over instances it is the configuration's effect in the two-way additive model, so that it does not matter
    which instances each was run on.
    """
    places = np.flatnonzero(chosen)
    runs = [study.runs[n] for n in places]
    numbers: dict[Configuration, int] = {}
    row = np.array([numbers.setdefault(run.request.configuration, len(numbers)) for run in runs])
    y = scale.of(study.shown_costs[places])
    rows = np.stack([one.row for one in numbers])
    kinds: dict[str, int] = {}
    column = np.array([kinds.setdefault(run.request.instance.name, len(kinds)) for run in runs])
    if len(kinds) == 1:
        return rows, np.bincount(row, y) / np.bincount(row), row
    censored = np.array([run.is_censored for run in runs]) & (scale.sign > 0)
    effects = fit_additive(Observations(y, censored, row, column, len(numbers), len(kinds)))
    return rows, effects.rows + effects.columns.mean(), row


def _explained(forests: Sequence[_Grown], features: NDArray[np.float32], y: FloatArray) -> float:
    """The share of the variance that forests foretell of points that they were not grown from."""
    left_out = np.ones((len(forests), len(y)), dtype=bool)
    for n, one in enumerate(forests):
        left_out[n, one.points] = False
    predicted, seen = _predict(forests, features), left_out.any(axis=0)
    variance = float(y[seen].var()) if seen.any() else 0.0
    if variance <= 1e-18:
        return 0.0
    mean = (predicted * left_out).sum(axis=0)[seen] / left_out.sum(axis=0)[seen]
    return 1.0 - float(((mean - y[seen]) ** 2).mean()) / variance
