"""The history's sums against a recount."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.runs import NO_INSTANCE, History, Instance, Origin, Pair, Run, RunRequest, RunResult, RunStatus
from bbopt.space import parse_pcs

SPACE = parse_pcs("q integer [0, 5] [0]\n")


def run(q: int, seed: int, cost: float, instance: str = NO_INSTANCE.name, censored: bool = False) -> Run:
    configuration = SPACE.configuration({"q": str(q)})
    request = RunRequest(configuration, Instance(instance), seed, 1.0, 5, Origin("test", 0))
    return Run(request, RunResult(RunStatus.SAT, 0.1, 0, cost), cost, censored)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(-1e9, 1e9), st.sampled_from("ab"))))
def test_sums_equal_a_recount(entries: list[tuple[int, int, float, str]]) -> None:
    history = History()
    latest: dict[int, dict[Pair, float]] = defaultdict(dict)
    for q, seed, cost, instance in entries:
        history.add(run(q, seed, cost, instance))
        latest[q][Pair(instance, seed, 5)] = cost
    assert len(history) == len(entries)
    assert history.n_configurations == len(latest)
    for q, costs in latest.items():
        configuration = SPACE.configuration({"q": str(q)})
        assert history.costs(configuration) == costs
        assert history.n_pairs(configuration) == len(costs)
        by_instance = [
            [cost for pair, cost in costs.items() if pair.instance == instance]
            for instance in {pair.instance for pair in costs}
        ]
        means = [sum(some) / len(some) for some in by_instance]
        assert history.cost(configuration) == pytest.approx(sum(means) / len(means), abs=1e-6)
    assert [int(c.values["q"]) for c in history.configurations] == list(latest)
    assert [history.number(c) for c in history.configurations] == list(range(1, len(latest) + 1))


def test_an_unknown_configuration() -> None:
    history = History()
    assert SPACE.default not in history
    assert history.n_pairs(SPACE.default) == 0
    assert history.costs(SPACE.default) == {}
    with pytest.raises(KeyError):
        history.cost(SPACE.default)


def test_large_costs_do_not_blur_small_ones() -> None:
    history = History()
    history.add(run(1, 0, 1e9))
    history.add(run(1, 0, 0.25))
    history.add(run(1, 1, 0.5))
    assert history.cost(SPACE.configuration({"q": "1"})) == 0.375


def test_instances_count_alike_however_many_seeds_they_have() -> None:
    history = History()
    for seed, cost in enumerate([1.0, 2.0, 3.0]):
        history.add(run(1, seed, cost, "a"))
    history.add(run(1, 0, 10.0, "b"))
    assert history.cost(SPACE.configuration({"q": "1"})) == 6.0


def test_a_censored_run_never_hides_what_is_known() -> None:
    history = History()
    one = SPACE.configuration({"q": "1"})
    history.add(run(1, 0, 2.0, censored=True))
    history.add(run(1, 0, 1.0, censored=True))  # a lower bound below the one that is known
    assert history.costs(one) == {Pair("no_instance", 0, 5): 2.0}
    assert history.incomplete_pairs(one) == [Pair("no_instance", 0, 5)]
    history.add(run(1, 0, 3.5))
    assert history.incomplete_pairs(one) == []
    history.add(run(1, 0, 1.5, censored=True))
    assert history.costs(one) == {Pair("no_instance", 0, 5): 3.5}
    assert history.incomplete_pairs(one) == []


def at(q: int, budget: int, cost: float, status: RunStatus = RunStatus.SAT) -> Run:
    one = run(q, 0, cost)
    request = replace(one.request, runlength=budget)
    return replace(one, request=request, is_failure=status is RunStatus.CRASHED)


def test_who_was_run_at_a_higher_budget_comes_first_unless_that_failed() -> None:
    history = History()
    for one in (
        at(1, 3, 0.1),
        at(2, 3, 0.2),
        at(2, 9, 0.9),
        at(3, 3, 0.0),
        at(3, 27, 1e9, RunStatus.CRASHED),
    ):
        history.add(one)
    first, second, third = (SPACE.configuration({"q": str(q)}) for q in (2, 1, 3))
    assert sorted(history.configurations, key=history.rank) == [first, second, third]
    assert history.top_pairs(first) == [Pair(NO_INSTANCE.name, 0, 9)]
    standing = history.standing(first, history.top_pairs(first))
    assert (standing.budget, standing.mean) == (9, 0.9)
    assert standing.precedence < history.standing(second).precedence
    assert not history.standing(second).precedence < standing.precedence
