"""Which instances and seeds every configuration of a validation is run on."""

from __future__ import annotations

import math

from bbopt.engines.pairs import PairSequence
from bbopt.runs import Instance, InstanceSet
from bbopt.scenario import PairNumbers
from bbopt.seeding import stream

__all__ = ["plan_pairs"]

_ANY_SEED = 2**32


def plan_pairs(
    instances: InstanceSet, numbers: PairNumbers, *, deterministic: bool
) -> tuple[tuple[Instance, int], ...]:
    """The pairs, all different, instance by instance in the order of the list.

    Seeds that the instance file names are taken, and there are no others; else a deterministic target is run
    once on each instance.  Equal arguments give equal pairs: searches with different seeds are comparable.
    """
    used = _first_instances(instances, numbers.n_instances)
    seed = int(stream(numbers.seed % _ANY_SEED, "validation").integers(_ANY_SEED))
    sequence = PairSequence(used, seed, deterministic=deterministic)
    pairs = list(dict.fromkeys(sequence.first(_n_pairs(used, numbers, sequence.n_pairs))))
    by_instance: dict[str, list[int]] = {}
    for pair in pairs:
        by_instance.setdefault(pair.instance, []).append(pair.seed)
    return tuple(
        (instance, target_seed)
        for instance in used.instances
        for target_seed in by_instance.get(instance.name, ())[: numbers.n_seeds]
    )


def _n_pairs(instances: InstanceSet, numbers: PairNumbers, n_there_are: int) -> int:
    if instances.seeds is not None:
        return n_there_are if numbers.rounds_up and numbers.n_runs else min(numbers.n_runs, n_there_are)
    n, n_instances = numbers.n_runs, len(instances)
    if numbers.rounds_up:
        n = math.ceil(n / n_instances) * n_instances
    # Rounds go over all instances, so this is at most n_seeds for each.
    return min(n, n_there_are, numbers.n_seeds * n_instances)


def _first_instances(instances: InstanceSet, n: int) -> InstanceSet:
    if n >= len(instances):
        return instances
    seeds = None if instances.seeds is None else instances.seeds[:n]
    order = tuple(number for number in instances.seed_order if number < n)
    return InstanceSet(instances.instances[:n], seeds, order)
