"""Boosted trees: parameters whose best value is often the end of their range, where 0 is off and 1 is all.

The loss is a sum of terms that are never negative, in positions within the ranges:

- of a parameter that is best at an end, `w d / (d + h)`, d being how far it is from that end and h a small
  number: what is nearly off costs much of what is on;
- of another one, a bowl;
- a ridge of the number of rounds against the learning rate, and the distance to the best booster.

Which parameters are of which kind, their weights and centres follow from the seed.
"""

from __future__ import annotations

import math
import random

from benchmarks.tasks.positions import position
from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Boosting"]

_SPACE = """
booster categorical {gblinear, gbtree, dart} [gbtree]
nrounds integer [10, 3000] [100] log
lambda real [0.001, 1000] [1] log
alpha real [0.001, 1000] [1] log
subsample real [0.1, 1] [0.8]

eta real [0.0001, 1] [0.1] log
gamma real [1e-05, 10] [0.01] log
max_depth integer [3, 15] [6]
min_child_weight real [1, 150] [5] log
colsample_bytree real [0.01, 1] [0.5]
colsample_bylevel real [0.01, 1] [0.5]
eta | booster in {gbtree, dart}
gamma | booster in {gbtree, dart}
max_depth | booster in {gbtree, dart}
min_child_weight | booster in {gbtree, dart}
colsample_bytree | booster in {gbtree, dart}
colsample_bylevel | booster in {gbtree, dart}

rate_drop real [0, 1] [0.1]
skip_drop real [0, 1] [0.5]
rate_drop | booster in {dart}
skip_drop | booster in {dart}
"""

_SHARE_AT_ENDS = 0.6
_DECAY = 0.85


class Boosting(Task):
    """A table of data to be learned; everything follows from the seed."""

    optimum = 0.0

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, _SPACE)
        rng = random.Random(seed)
        self._numbers = {p.name: p for p in self.space.parameters if p.name != "booster"}
        names = [name for name in self._numbers if name not in {"nrounds", "eta"}]
        rng.shuffle(names)
        self._ends: dict[str, tuple[float, float]] = {}  # which, and the width of the drop
        self._centres: dict[str, float] = {}
        self._weights = {name: _DECAY**place for place, name in enumerate(names)}
        for place, number in enumerate(names):
            if place < _SHARE_AT_ENDS * len(names):
                self._ends[number] = float(rng.random() < 0.5), 10 ** rng.uniform(-2.0, -0.5)
            else:
                self._centres[number] = 0.15 + 0.7 * rng.random()
        self._ridge = 0.8 + 0.6 * rng.random()
        boosters = ["dart", "gbtree"] if rng.random() < 0.5 else ["gbtree", "dart"]
        self._costs = dict(zip([*boosters, "gblinear"], (0.0, 0.1 + 0.1 * rng.random(), 0.6), strict=True))

    def loss(self, settings: Settings) -> float:
        """See Task."""
        at = {name: position(p, settings[name]) for name, p in self._numbers.items() if name in settings}
        total = self._costs[settings["booster"]]
        for name, (end, width) in self._ends.items():
            if name in at:
                away = abs(at[name] - end)
                total += 0.4 * self._weights[name] * away / (away + width)
        for name, centre in self._centres.items():
            if name in at:
                total += 1.5 * self._weights[name] * (at[name] - centre) ** 2
        if "eta" in at:
            total += 3.0 * (at["eta"] + 0.5 * at["nrounds"] - self._ridge) ** 2
        total += 0.1 * (1.0 - at["nrounds"]) ** 2 if "eta" not in at else 0.0
        return math.log1p(3.0 * total)
