"""The sequence of pairs, an instance and a seed each, that all configurations are compared on.

The sequence goes round after round over all instances, in an order of its own in each round, so that the
first k pairs of it are spread over the instances as evenly as they can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence

import numpy as np

from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import DETERMINISTIC_SEED, NO_BUDGET, Instance, InstanceSet, Pair
from bbopt.seeding import stream

__all__ = ["SEEDS_BELOW", "PairSequence", "cheap_first"]

SEEDS_BELOW = 2**24  # as SMAC v2 draws them: exact in a float, short on a command line

_CHEAPEST_S = 0.1  # a run costs as much of the budget, however short it is


class PairSequence:
    """Pairs by their number, drawn from `seed` when they are first asked for.

    Where the instance file names seeds, these are taken, and there are no others; else a deterministic
    target is run once on each instance.  in_order: the instances come in the order of their file
    (`deterministic-instance-ordering`).
    """

    def __init__(
        self,
        instances: InstanceSet,
        seed: int,
        *,
        deterministic: bool,
        in_order: bool = False,
        runlength: int = NO_BUDGET,
    ) -> None:
        self._instances = instances
        self._seed = seed
        self._deterministic = deterministic
        self._in_order = in_order
        self._runlength = runlength
        self._pairs: list[Pair] = []
        self._seeds: set[int] = set()
        self._n_drawn = 0
        self._round = 0

    @property
    def n_pairs(self) -> int:
        """How many pairs there are; 2147483647 where seeds are drawn without end."""
        seeds = self._instances.seeds
        if seeds is not None:
            return sum(map(len, seeds))
        return len(self._instances) if self._deterministic else LARGEST_INT

    def instance(self, pair: Pair) -> Instance:
        """The instance of a pair; KeyError for one that the scenario does not have."""
        return self._instances.named(pair.instance)

    def first(self, n: int) -> list[Pair]:
        """The first `n` pairs, or all that there are."""
        while len(self._pairs) < min(n, self.n_pairs):
            self._add_round()
        return self._pairs[:n]

    def next_for(
        self, known: Container[Pair], n_by_instance: Counter[str], in_vain: Counter[str] | None = None
    ) -> Pair | None:
        """The first pair not in `known` of an instance that has been run least; None when all are known.

        `n_by_instance` counts the known pairs.  What is known need not come from this sequence.  An instance
        counts as run as often as it was tried `in_vain`, if that is more.
        """
        counts = n_by_instance | in_vain if in_vain else n_by_instance
        fewest = {name: counts[name] for name in self._names if self._has_more(name, n_by_instance)}
        least = min(fewest.values(), default=None)
        place = 0
        while least is not None:
            if place == len(self._pairs):
                if place >= self.n_pairs:
                    return None
                self._add_round()
            pair = self._pairs[place]
            if pair not in known and fewest.get(pair.instance) == least:
                return pair
            place += 1
        return None

    @property
    def _names(self) -> list[str]:
        return [instance.name for instance in self._instances.instances]

    def _has_more(self, name: str, n_by_instance: Counter[str]) -> bool:
        """Whether there are pairs of the instance that are not counted yet."""
        seeds = self._instances.seeds
        if seeds is None:
            return not self._deterministic or n_by_instance[name] == 0
        return n_by_instance[name] < len(seeds[self._instances.number_of(name)])

    def _add_round(self) -> None:
        n = len(self._instances)
        order = range(n) if self._in_order or n == 1 else self._shuffled(n)
        for number in order:
            seed = self._seed_of(int(number))
            if seed is not None:
                self._pairs.append(Pair(self._instances.instances[number].name, seed, self._runlength))
        self._round += 1

    def _shuffled(self, n: int) -> list[int]:
        return [int(i) for i in stream(self._seed, "instance order", self._round).permutation(n)]

    def _seed_of(self, number: int) -> int | None:
        """The seed for the instance in this round; None when the file names no further one."""
        seeds = self._instances.seeds
        if seeds is None:
            return DETERMINISTIC_SEED if self._deterministic else self._draw_seed()
        own = seeds[number]
        return own[self._round] if self._round < len(own) else None

    def _draw_seed(self) -> int:
        """The next of the sequence of target seeds, none of which comes twice."""
        while True:
            seed = int(stream(self._seed, "target seed", self._n_drawn).integers(SEEDS_BELOW))
            self._n_drawn += 1
            if seed not in self._seeds:
                self._seeds.add(seed)
                return seed


def cheap_first(costs_s: Sequence[float], rng: np.random.Generator) -> list[int]:
    """The places of `costs_s` (n,) in an order drawn at random, the odds of each being one over its cost.

    Weighted sampling without replacement by exponential keys (Efraimidis and Spirakis, 2006, Weighted random
    sampling with a reservoir).
    """
    keys = rng.exponential(size=len(costs_s)) * np.maximum(costs_s, _CHEAPEST_S)
    return [int(place) for place in np.argsort(keys, kind="stable")]
