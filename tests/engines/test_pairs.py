"""The sequence of instances and seeds that configurations are compared on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.engines.pairs import SEEDS_BELOW, PairSequence, cheap_first
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import BLACK_BOX, Instance, InstanceSet, Pair


def instances(n: int) -> InstanceSet:
    return InstanceSet(tuple(Instance(f"i{k}") for k in range(n)))


LISTED = InstanceSet((Instance("a"), Instance("b")), seeds=((3, 5, 7), (4,)), seed_order=(0, 1, 0, 0))


@given(st.integers(1, 7), st.integers(1, 40))
def test_every_beginning_is_spread_evenly_over_the_instances(n_instances: int, n: int) -> None:
    pairs = PairSequence(instances(n_instances), 1, deterministic=False).first(n)
    counts = Counter(pair.instance for pair in pairs)
    assert len(set(pairs)) == n
    assert sum(counts.values()) == n
    assert max(counts.values()) - min([*counts.values(), *[0] * (len(counts) < n_instances)]) <= 1
    assert all(0 <= seed < SEEDS_BELOW for _, seed, _ in pairs)


def test_rounds_have_orders_of_their_own_unless_the_files_order_is_asked_for() -> None:
    names = [
        [name for name, _, _ in PairSequence(instances(12), s, deterministic=False).first(12)] for s in (1, 2)
    ]
    rounds = [name for name, _, _ in PairSequence(instances(12), 1, deterministic=False).first(24)]
    assert names[0] != names[1]
    assert rounds[:12] != rounds[12:]
    in_order = PairSequence(instances(3), 1, deterministic=False, in_order=True)
    assert [name for name, _, _ in in_order.first(6)] == ["i0", "i1", "i2"] * 2


def test_the_same_seed_gives_the_same_pairs_however_they_are_asked_for() -> None:
    one, other = (PairSequence(instances(5), 9, deterministic=False) for _ in range(2))
    known: dict[Pair, None] = {}
    for _ in range(17):
        pair = one.next_for(known, Counter(pair.instance for pair in known))
        assert pair is not None
        known[pair] = None
    assert list(known) == other.first(17)


def test_a_deterministic_target_has_one_pair_an_instance() -> None:
    pairs = PairSequence(instances(4), 1, deterministic=True)
    assert pairs.n_pairs == 4
    assert sorted(pairs.first(10)) == [Pair(f"i{k}", -1) for k in range(4)]
    assert pairs.next_for(set(pairs.first(4)), Counter(f"i{k}" for k in range(4))) is None


def test_seeds_of_the_instance_file_are_the_only_ones() -> None:
    for deterministic in (False, True):  # as SMAC v2 does, whatever the target is
        pairs = PairSequence(LISTED, 1, deterministic=deterministic)
        assert pairs.n_pairs == 4
        assert sorted(pairs.first(99)) == [Pair("a", 3), Pair("a", 5), Pair("a", 7), Pair("b", 4)]
        assert set(pairs.first(2)) == {Pair("a", 3), Pair("b", 4)}


def test_pairs_of_another_sequence_count_too() -> None:
    pairs = PairSequence(instances(3), 1, deterministic=False)
    known = {Pair("i0", 1), Pair("i0", 2), Pair("i1", 3)}
    pair = pairs.next_for(known, Counter(pair.instance for pair in known))
    assert pair is not None
    assert pair.instance == "i2"


def test_instances_tried_in_vain_come_after_others() -> None:
    noisy = PairSequence(instances(3), 1, deterministic=False)
    known: dict[Pair, None] = {}
    for _ in range(8):
        counts = Counter(pair.instance for pair in known)
        pair = noisy.next_for(known, counts, Counter(i1=2 + counts["i1"]))
        assert pair is not None
        known[pair] = None
    names = [pair.instance for pair in known]
    assert "i1" not in names[:4]
    assert Counter(names[:7]) == Counter(i0=3, i1=1, i2=3)
    once = PairSequence(instances(3), 1, deterministic=True)
    last = once.next_for({Pair("i0", -1), Pair("i2", -1)}, Counter(i0=1, i2=1), Counter(i1=5))
    assert last == Pair("i1", -1)


def test_a_black_box_has_seeds_without_end_or_one_run() -> None:
    assert PairSequence(BLACK_BOX, 1, deterministic=False).n_pairs == LARGEST_INT
    assert PairSequence(BLACK_BOX, 1, deterministic=True).first(3) == [Pair("no_instance", -1)]


def test_cheap_pairs_come_first_with_odds_of_one_over_their_cost() -> None:
    rng, costs_s = np.random.default_rng(1), [4.0, 1.0, 40.0, 0.001]
    orders = [cheap_first(costs_s, rng) for _ in range(4000)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    n_first = Counter(order[0] for order in orders)
    weights = np.array([1 / 4, 1 / 1, 1 / 40, 1 / 0.1])  # shorter than 0.1 s is no cheaper
    expected = 4000 * weights / weights.sum()
    assert [n_first[place] for place in range(4)] == pytest.approx(expected, rel=0.2, abs=20)
    assert cheap_first([], rng) == []
