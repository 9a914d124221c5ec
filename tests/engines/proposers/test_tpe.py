"""What Optuna's estimator is told, and what becomes of what it draws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers.tpe import TpeProposer
from bbopt.runs import (
    NO_INSTANCE,
    Instance,
    InstanceSet,
    Origin,
    QualityObjective,
    Run,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeObjective,
)
from bbopt.space import Configuration, Space, parse_pcs
from tests.engines.spaces import MIXED

optuna = pytest.importorskip("optuna", reason="the extra tpe is not installed")

CUTOFF_S = 10.0
NESTED = """
a categorical {x, y} [x]
b integer [1, 50] [5] log
c real [0, 1] [0.5]
d categorical {p, q, r} [p]
e ordinal {s, m, l} [m]
only categorical {one} [one]
b | a == x
c | a == y
d | b > 10
e | a == y
"""
FLAT = "x real [-5, 10] [2]\nk integer [1, 999] [3] log\nr real [0.01, 1] [0.1] log\nc {u, v, w} [u]\n"


def problem_of(text: str, seed: int = 1) -> Problem:
    space = parse_pcs(text)
    return Problem(space, QualityObjective(), (space.default,), budget=60, seed=seed, cutoff_s=CUTOFF_S)


def drawn(space: Space, n: int, seed: int = 3) -> list[Configuration]:
    return space.configurations(space.sample(n, np.random.default_rng(seed)))


def run_of(
    problem: Problem,
    configuration: Configuration,
    quality: float = 0.0,
    status: RunStatus = RunStatus.SAT,
    instance: Instance = NO_INSTANCE,
    seed: int = -1,
    runtime_s: float = 0.1,
) -> Run:
    request = RunRequest(configuration, instance, seed, CUTOFF_S, 300, Origin("test", 0))
    return Run.valued(request, RunResult(status, runtime_s, 0, quality), problem.objective)


def searched(problem: Problem, answer: Callable[[Configuration], RunResult], n: int) -> list[Configuration]:
    """What it proposes, each run once."""
    proposer, taken = TpeProposer(problem), dict[Configuration, None]()
    for index in range(n):
        proposal = proposer.propose(index, taken)
        assert proposal is not None
        taken[proposal.configuration] = None
        result = answer(proposal.configuration)
        request = RunRequest(proposal.configuration, NO_INSTANCE, -1, CUTOFF_S, 300, Origin("test", index))
        proposer.observe(Run.valued(request, result, problem.objective))
    return list(taken)


# ---------------------------------------------------------------------- draws


def test_it_draws_what_a_study_of_optunas_own_would() -> None:
    from bbopt.engines.proposers.tpe_draws import TpeDraws

    space = parse_pcs(FLAT)
    known, costs = drawn(space, 40), np.random.default_rng(1).normal(size=40)
    draws = TpeDraws(space)
    draws.add(known)
    ours = next(draws.rows(7, costs, []))

    distributions = {
        "x": optuna.distributions.FloatDistribution(-5, 10),
        "k": optuna.distributions.IntDistribution(1, 999, log=True),
        "r": optuna.distributions.FloatDistribution(0.01, 1, log=True),
        "c": optuna.distributions.CategoricalDistribution(("u", "v", "w")),
    }
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=7, multivariate=True, constant_liar=True)
    study = optuna.create_study(sampler=sampler)
    for configuration, cost in zip(known, costs, strict=True):
        texts = configuration.values
        values = {"x": float(texts["x"]), "k": int(texts["k"]), "r": float(texts["r"]), "c": texts["c"]}
        study.add_trial(optuna.create_trial(params=values, distributions=distributions, value=cost))
    theirs = study.ask(distributions).params
    theirs["c"] = ("u", "v", "w").index(theirs["c"])
    assert dict(zip(space.names, ours.tolist(), strict=True)) == theirs


DISTRIBUTIONS = """
x real [1e-5, 1] [0.01] lognormal(-4, 1)
m real [0.5, 0.999] [0.9] log_near_one
n integer [8, 128] [24] log step(16)
s real [0, 1] [0.3] step(0.1)
z integer [1, 9] [5] normal(2, 1) step(2)
"""


def test_distributions_and_steps_that_optuna_does_not_have() -> None:
    from bbopt.engines.proposers.tpe_draws import TpeDraws

    space = parse_pcs(DISTRIBUTIONS)
    known, draws = drawn(space, 60), TpeDraws(space)
    draws.add(known)
    told = np.array([[trial.params[name] for name in space.names] for trial in draws._trials])
    assert ((told >= 0) & (told <= 1)).all()
    assert np.abs(told.mean(axis=0) - 0.5).max() < 0.15, "shares are uniform"
    wanted = space.configuration({"x": "0.1", "m": "0.99", "n": "104", "s": "0.7", "z": "7"}).row
    costs = np.abs(space.encode(np.stack([c.row for c in known])) - space.encode(wanted[None, :])).sum(axis=1)
    rows = np.stack(list(itertools.islice(draws.rows(5, costs, []), 30)))
    for configuration in space.configurations(rows):
        assert space.configuration(configuration.values) == configuration
    distances = np.abs(space.encode(rows) - space.encode(wanted[None, :])).sum(axis=1)
    assert distances.mean() < costs.mean()


@pytest.mark.parametrize("text", [MIXED, NESTED])
def test_a_trial_has_the_active_parameters_that_vary(text: str) -> None:
    from bbopt.engines.proposers.tpe_draws import TpeDraws

    space = parse_pcs(text)
    draws, known = TpeDraws(space), drawn(space, 30)
    draws.add(known)
    for trial, configuration in zip(draws._trials, known, strict=True):
        assert trial.params.keys() == trial.distributions.keys()
        assert trial.params.keys() == configuration.active_values.keys() - {"only"}


@pytest.mark.parametrize("text", [MIXED, NESTED])
def test_the_trials_that_split_groups_make_those_of_all(text: str) -> None:
    from bbopt.engines.proposers.tpe_draws import TpeDraws, _study

    def groups(trials: list[object]) -> list[dict[str, object]]:
        with pytest.warns(optuna.exceptions.ExperimentalWarning):
            sampler = optuna.samplers.TPESampler(multivariate=True, group=True)
        sampler.infer_relative_search_space(_study(trials), None)
        return sampler._search_space_group.search_spaces  # type: ignore[no-any-return]

    space = parse_pcs(text)
    draws = TpeDraws(space)
    for count, configuration in enumerate(drawn(space, 40), 1):
        draws.add([configuration])
        assert groups(draws._splitting) == groups(draws._trials)
        assert draws.n_known == count
    assert len(draws._splitting) < 6


def test_of_many_trials_the_best_and_the_latest_count() -> None:
    from bbopt.engines.proposers.tpe_draws import _telling

    costs = np.random.default_rng(1).permutation(2000).astype(float)
    costs[costs > 1900] = math.nan
    chosen = _telling(costs)
    assert chosen == sorted(chosen)
    assert len(chosen) == 500
    assert set(np.argsort(costs)[:25]) <= set(chosen)
    assert set(range(1550, 2000)) <= set(chosen)
    assert _telling(costs[:500]) == list(range(500))


# ---------------------------------------------------------------------- what it is told


def test_a_configuration_is_told_by_the_mean_of_its_runs() -> None:
    problem = replace(problem_of(FLAT), deterministic=False)
    proposer, (one, other, broken) = TpeProposer(problem), drawn(problem.space, 3)
    for seed, quality in enumerate((1.0, 5.0, 3.0)):
        proposer.observe(run_of(problem, one, quality, seed=seed))
    proposer.observe(run_of(problem, other, 7.0, seed=1))
    proposer.observe(run_of(problem, other, 1e9, RunStatus.CRASHED, seed=2))
    proposer.observe(run_of(problem, broken, 0.0, RunStatus.CRASHED, seed=1))
    costs = proposer._costs()
    assert costs[:2].tolist() == [3.0, 7.0], "a failed run is as bad as the worst that worked"
    assert math.isnan(costs[2]), "nothing worked"


@pytest.mark.parametrize("is_runtime", [False, True])
def test_instances_differ_and_are_not_held_against_who_was_run_on_the_hard_ones(is_runtime: bool) -> None:
    instances = InstanceSet(tuple(Instance(name) for name in ("easy", "hard")))
    problem = replace(problem_of(FLAT), instances=instances)
    if is_runtime:
        problem = replace(problem, objective=RuntimeObjective(CUTOFF_S))
    proposer, known = TpeProposer(problem), drawn(problem.space, 9)
    for number, configuration in enumerate(known[:8]):
        for instance, difficulty in zip(instances.instances, (0.1, 4.0), strict=True):
            cost = difficulty * (1 + 0.1 * number)
            proposer.observe(run_of(problem, configuration, cost, instance=instance, runtime_s=cost))
    proposer.observe(run_of(problem, known[8], 3.0, instance=instances.instances[1], runtime_s=3.0))
    proposer.observe(run_of(problem, known[8], 0.0, instance=Instance("of others")))
    assert int(np.argmin(proposer._costs())) == 8


def test_what_failed_is_behind_all_that_worked_whatever_that_cost() -> None:
    from bbopt.engines.proposers.tpe_draws import TpeDraws

    space = parse_pcs("x real [0, 1] [0.5]\n")
    draws, known = TpeDraws(space), drawn(space, 40)
    draws.add(known)
    x = np.array([configuration.row[0] for configuration in known])
    for right, is_there in ((np.nan, False), (-1e300, True)):
        costs = np.where(x > 0.5, right, 1e300 * (1 + x))
        assert {bool(next(draws.rows(seed, costs, []))[0] > 0.5) for seed in range(10)} == {is_there}


def test_the_first_failures_are_no_obstacle() -> None:
    problem = problem_of(MIXED)
    crash = RunResult(RunStatus.CRASHED, 0.1, 0, 0.0)
    assert len(searched(problem, lambda _: crash, 14)) == 14


def test_pending_runs_are_kept_away_from() -> None:
    problem = problem_of("x real [0, 1] [0.5]\n")
    proposer = TpeProposer(problem)
    for configuration in drawn(problem.space, 30):
        proposer.observe(run_of(problem, configuration, abs(float(configuration.row[0]) - 0.4)))

    def spread(pending: list[Configuration]) -> float:
        """How far from the best point it proposes, on average."""
        found = [proposer.propose(index, pending, pending) for index in range(30)]
        return float(np.mean([abs(one.configuration.row[0] - 0.4) for one in found if one is not None]))

    near = problem.space.configurations(np.linspace(0.37, 0.43, 40)[:, None])
    assert spread(near) > 1.5 * spread([])


def test_a_known_configuration_that_is_run_again_is_not_pending() -> None:
    problem = replace(problem_of(FLAT), deterministic=False)
    proposer, known = TpeProposer(problem), drawn(problem.space, 20)
    for place, configuration in enumerate(known):
        proposer.observe(run_of(problem, configuration, float(place)))
    assert proposer.propose(3, known, known) == proposer.propose(3, known, ())


# ---------------------------------------------------------------------- what it proposes


def test_good_branches_are_searched() -> None:
    """In the branch y of NESTED, near c = 0.2."""
    problem = problem_of(NESTED)

    def answer(configuration: Configuration) -> RunResult:
        values = configuration.active_values
        quality = abs(float(values["c"]) - 0.2) if "c" in values else 1.0 + len(values)
        return RunResult(RunStatus.SAT, 0.1, 0, quality)

    late = [configuration.active_values for configuration in searched(problem, answer, 40)[20:]]
    assert sum(values["a"] == "y" for values in late) >= 12
    assert min(abs(float(values["c"]) - 0.2) for values in late if "c" in values) < 0.05


def test_forbidden_ones_are_drawn_again() -> None:
    problem = problem_of("a real [0, 1] [0]\nb real [0, 1] [0]\n{a + b > 1}\n")
    proposer = TpeProposer(problem)
    for configuration in drawn(problem.space, 20):
        proposer.observe(run_of(problem, configuration, -float(configuration.row.sum())))
    found = [proposer.propose(index, ()) for index in range(20)]
    assert {one.kind for one in found if one is not None} == {"tpe"}
    assert all(one is not None and not one.configuration.is_forbidden for one in found)


def test_after_many_draws_in_vain_a_random_one_is_taken() -> None:
    class Refusing:
        """All but the last of so many."""

        n_asked = 0

        def __contains__(self, configuration: object) -> bool:
            self.n_asked += 1
            return self.n_asked < 17

    problem, taken = problem_of(FLAT), Refusing()
    proposer = TpeProposer(problem)
    for place, configuration in enumerate(drawn(problem.space, 12)):
        proposer.observe(run_of(problem, configuration, float(place)))
    proposal = proposer.propose(0, taken)
    assert proposal is not None
    assert (proposal.kind, proposer.propose(0, ()) == proposal) == ("random", False)


def test_a_subspace_is_kept_to() -> None:
    whole = problem_of(MIXED)
    problem = replace(whole, space=whole.space.subspace({"algo": "two"}))
    proposer = TpeProposer(problem)
    for place, configuration in enumerate(drawn(whole.space, 20)):  # others' runs are in all of it
        proposer.observe(run_of(problem, configuration, float(place)))
    found = [proposer.propose(index, ()) for index in range(6)]
    assert [one and one.configuration.active_values["algo"] for one in found] == ["two"] * 6


def test_a_space_without_choices_is_proposed_once() -> None:
    problem = problem_of("only categorical {one} [one]\n")
    proposer = TpeProposer(problem)
    assert proposer.propose(0, ()) is not None
    assert proposer.propose(1, (problem.space.default,)) is None


def test_what_is_proposed_does_not_depend_on_when_it_was_asked() -> None:
    problem = problem_of(NESTED)
    asked, told_at_once = TpeProposer(problem), TpeProposer(problem)
    known = drawn(problem.space, 24)
    for place, configuration in enumerate(known):
        for proposer in (asked, told_at_once):
            proposer.observe(run_of(problem, configuration, math.sin(place)))
        asked.propose(place, known)
    for index, pending in itertools.product((24, 30), ((), tuple(drawn(problem.space, 3, seed=9)))):
        assert asked.propose(index, known, pending) == told_at_once.propose(index, known, pending)
