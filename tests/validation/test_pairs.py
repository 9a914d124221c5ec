from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bbopt.engines.pairs import SEEDS_BELOW
from bbopt.runs import BLACK_BOX, DETERMINISTIC_SEED, Instance, InstanceSet
from bbopt.scenario import PairNumbers
from bbopt.validation import plan_pairs


def instances(n: int) -> InstanceSet:
    return InstanceSet(tuple(Instance(f"i{k}") for k in range(n)))


def seeded(*seeds: tuple[int, ...]) -> InstanceSet:
    order = tuple(number for number, own in enumerate(seeds) for _ in own)
    return InstanceSet(tuple(Instance(f"i{k}") for k in range(len(seeds))), seeds, order)


RULES = st.builds(
    PairNumbers,
    n_runs=st.integers(0, 40),
    rounds_up=st.booleans(),
    n_instances=st.integers(1, 9),
    n_seeds=st.integers(1, 4),
    seed=st.integers(-(2**40), 2**40),
)


@given(st.integers(1, 8), RULES, st.booleans())
def test_drawn_pairs(n: int, rule: PairNumbers, deterministic: bool) -> None:
    pairs = plan_pairs(instances(n), rule, deterministic=deterministic)
    assert len(set(pairs)) == len(pairs)
    used = min(n, rule.n_instances)
    each = 1 if deterministic else rule.n_seeds
    if rule.rounds_up:
        wanted = math.ceil(rule.n_runs / used) * used
        counts = {instance.name: 0 for instance in instances(used).instances}
        counts.update(Counter(instance.name for instance, _ in pairs))
        assert len(set(counts.values())) == 1, "the same number for each instance"
    else:
        wanted = rule.n_runs
    assert len(pairs) == min(wanted, each * used)
    names = [int(instance.name[1:]) for instance, _ in pairs]
    assert names == sorted(names)
    assert max(names, default=0) < used
    assert max(Counter(names).values(), default=0) <= each
    if deterministic:
        assert {seed for _, seed in pairs} <= {DETERMINISTIC_SEED}
    else:
        assert all(0 <= seed < SEEDS_BELOW for _, seed in pairs)


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=5), min_size=1, max_size=5), RULES)
def test_seeds_of_the_file_are_taken(seeds: list[list[int]], rule: PairNumbers) -> None:
    known = seeded(*map(tuple, seeds))
    pairs = plan_pairs(known, rule, deterministic=False)
    assert len(set(pairs)) == len(pairs)
    allowed = {(f"i{k}", seed) for k, own in enumerate(seeds[: rule.n_instances]) for seed in own}
    found = [(instance.name, seed) for instance, seed in pairs]
    assert set(found) <= allowed
    if rule.rounds_up and rule.n_runs and rule.n_seeds >= 5:
        assert set(found) == allowed
    if not rule.rounds_up:
        assert len(found) <= rule.n_runs


@given(st.integers(1, 8), RULES)
def test_equal_arguments_give_equal_pairs(n: int, rule: PairNumbers) -> None:
    assert plan_pairs(instances(n), rule, deterministic=False) == plan_pairs(
        instances(n), rule, deterministic=False
    )


def test_the_seed_decides() -> None:
    first, other = (
        plan_pairs(instances(3), PairNumbers(6, seed=seed), deterministic=False) for seed in (0, 1)
    )
    assert {seed for _, seed in first}.isdisjoint({seed for _, seed in other})


def test_more_runs_go_on_from_fewer() -> None:
    few = plan_pairs(instances(3), PairNumbers(3), deterministic=False)
    assert set(few) < set(plan_pairs(instances(3), PairNumbers(9), deterministic=False))


def test_all_seeds_of_the_file_with_rounding_and_so_many_without() -> None:
    known = seeded((5, 3), (4,), (9, 8, 7))
    rounded = plan_pairs(known, PairNumbers(1), deterministic=False)
    assert [seed for _, seed in rounded] == [5, 3, 4, 9, 8, 7]
    assert len(plan_pairs(known, PairNumbers(4, rounds_up=False), deterministic=False)) == 4


def test_a_seed_that_the_file_names_twice_is_run_once() -> None:
    assert len(plan_pairs(seeded((5, 5), (4,)), PairNumbers(9), deterministic=False)) == 2


def test_a_black_box() -> None:
    assert len(plan_pairs(BLACK_BOX, PairNumbers(7), deterministic=False)) == 7
    assert [seed for _, seed in plan_pairs(BLACK_BOX, PairNumbers(7), deterministic=True)] == [-1]
