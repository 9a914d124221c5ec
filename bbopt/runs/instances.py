"""The instances of a scenario in their order, with the seeds that their file names and their features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bbopt.runs.values import NO_INSTANCE, Instance

__all__ = ["BLACK_BOX", "MISSING_FEATURES", "InstanceSet"]

FloatArray: TypeAlias = NDArray[np.float64]

MISSING_FEATURES = (-512.0, -1024.0)
"""What SMAC v2's feature files have where a feature could not be computed."""

_ANSWERS = frozenset({"SAT", "SATISFIABLE", "UNSAT", "UNSATISFIABLE", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class InstanceSet:
    """At least one instance, all of different names and with the same features.

    seeds: for each instance the seeds that the file names for it, in the file's order; None when it names
        none, and they are drawn.
    seed_order: for each line of such a file the number of its instance, counted from 0.
    Raises ValueError when these do not fit together.
    """

    instances: tuple[Instance, ...]
    seeds: tuple[tuple[int, ...], ...] | None = None
    seed_order: tuple[int, ...] = ()
    _numbers: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.instances:
            raise ValueError("a set needs at least one instance")
        object.__setattr__(self, "_numbers", {instance.name: i for i, instance in enumerate(self.instances)})
        if len(self._numbers) < len(self.instances):
            raise ValueError("two instances have the same name")
        names = self.feature_names
        if any(tuple(name for name, _ in instance.features) != names for instance in self.instances):
            raise ValueError("the instances have different features")
        self._check_seeds()

    def _check_seeds(self) -> None:
        counts = [0] * len(self.instances)
        for number in self.seed_order:
            counts[number] += 1
        if [len(seeds) for seeds in self.seeds or ((),) * len(self.instances)] != counts:
            raise ValueError("seeds and seed_order disagree")
        if self.seeds is not None and not all(counts):
            raise ValueError("an instance without a seed among others that have some")

    @property
    def is_black_box(self) -> bool:
        """Whether there is nothing but the one instance of a black box."""
        return self.instances == (NO_INSTANCE,)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of the columns of `features`."""
        return tuple(name for name, _ in self.instances[0].features)

    @property
    def answers_are_known(self) -> bool:
        """Whether every instance's info is an expected answer (SMAC v2 then turns `verify-sat` on)."""
        return all(instance.info in _ANSWERS for instance in self.instances)

    @property
    def n_runs_of_each(self) -> int:
        """How many runs a configuration has that is run once on each instance and named seed."""
        return len(self) if self.seeds is None else len(self.seed_order)

    @property
    def pairs(self) -> tuple[tuple[Instance, int], ...]:
        """The instances with their seeds, in the order of the file; empty when it names no seeds."""
        if self.seeds is None:
            return ()
        remaining = [iter(seeds) for seeds in self.seeds]
        return tuple((self.instances[number], next(remaining[number])) for number in self.seed_order)

    def features(self) -> FloatArray:
        """The features as floats (n_instances, n_features), a new array; NaN where one is missing.

        The values in `Instance.features` are those of the file: SMAC v2's codes -512 and -1024 for missing
        ones stay there, because they are written into its files.  Infinite ones tell a model nothing either.
        """
        rows = [[value for _, value in instance.features] for instance in self.instances]
        table = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
        table[np.isin(table, MISSING_FEATURES) | np.isinf(table)] = np.nan
        return table

    def number_of(self, name: str) -> int:
        """The place of the instance `name`, counted from 0; KeyError when there is none."""
        return self._numbers[name]

    def named(self, name: str) -> Instance:
        """The instance `name`; KeyError when there is none."""
        return self.instances[self._numbers[name]]

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def __len__(self) -> int:
        return len(self.instances)


BLACK_BOX = InstanceSet((NO_INSTANCE,))
"""The instances of a scenario that has none."""
