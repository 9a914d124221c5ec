from __future__ import annotations

import dataclasses

import pytest

from bbopt.automl.methods import read_method
from bbopt.automl.schedule import Schedule
from bbopt.errors import InputError


def iterations(schedule: Schedule, key: int, last: int, every: int | None) -> list[int]:
    """The `metrics_iters` of a configuration that has had so many iterations."""
    bracket = schedule.bracket_of(key)
    return [bracket.before + n for n in range(1, last + 1) if schedule.measures(key, n, every)]


def test_hyperband_of_madlibs_example() -> None:
    method = read_method("HyperBand", "R=9, eta=3, skip_last=0")
    schedule = method.schedule
    assert [
        (b.s, b.first_key, [(r.n, r.iterations, r.in_all) for r in b.rounds]) for b in schedule.brackets
    ] == [
        (2, 1, [(9, 1, 1), (3, 3, 4), (1, 9, 13)]),
        (1, 10, [(3, 3, 3), (1, 9, 12)]),
        (0, 13, [(3, 9, 9)]),
    ]
    assert (schedule.n_configurations, schedule.n_runs, schedule.n_iterations) == (15, 20, 72)
    assert iterations(schedule, 2, 4, 1) == [1, 2, 3, 4]
    assert iterations(schedule, 10, 3, 1) == [2, 3, 4]
    assert iterations(schedule, 15, 9, 1) == [5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert (method.name, method.params) == ("hyperband", "R=9, eta=3, skip_last=0")
    assert method.options["budget-counts"] == "additional"


def test_metrics_are_counted_within_a_round_and_are_there_at_its_end() -> None:
    schedule = read_method("hyperband", "R=9").schedule
    assert iterations(schedule, 1, 13, None) == [1, 4, 13]
    assert iterations(schedule, 1, 13, 2) == [1, 3, 4, 6, 8, 10, 12, 13]
    assert iterations(schedule, 1, 13, 100) == [1, 4, 13]
    hyperopt = read_method("hyperopt", "num_iterations=5").schedule
    assert iterations(hyperopt, 7, 5, 2) == [2, 4, 5]
    assert iterations(hyperopt, 7, 5, 1) == [1, 2, 3, 4, 5]


def test_a_schedule_survives_as_a_dictionary() -> None:
    schedule = read_method("hyperband", "R=27").schedule
    assert Schedule.of(dataclasses.asdict(schedule)) == schedule


@pytest.mark.parametrize(
    ("name", "params", "engine", "text"),
    [
        ("hyperband", None, "random", "R=6, eta=3, skip_last=0"),
        ("HYPEROPT", " ", "tpe", "num_configs=20, num_iterations=5, algorithm=tpe"),
        ("hyperopt", "algorithm=rand", "random", "algorithm=rand"),
        ("smbo", "num_configs=3", "smbo", "num_configs=3"),
    ],
)
def test_methods_with_their_defaults(name: str, params: str | None, engine: str, text: str) -> None:
    method = read_method(name, params)
    assert (method.options["engine"], method.params) == (engine, text)


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("hyperbnd", None, "did you mean hyperband?"),
        ("hyperband", "R=2, eta=3", "R leaves no configuration to promote"),
        ("hyperband", "R=9, skip_last=3", "skip-last leaves no run"),
        ("hyperband", "R=9, skiplast=1", "did you mean skip_last?"),
        ("hyperband", "num_configs=3", "hyperband has no parameter num_configs"),
        ("hyperband", "R", "no pair of a name and a value"),
        ("hyperband", "R=x", "R can't be x"),
        ("hyperband", "eta=1", "eta can't be 1"),
        ("hyperopt", "num_configs=0", "num_configs can't be 0"),
        ("hyperopt", "algorithm=tpo", "did you mean tpe?"),
    ],
)
def test_what_is_no_method(name: str, params: str | None, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_method(name, params)
    assert told in str(caught.value)
