"""Looking into other branches once the best one has nothing left to give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bbopt.acquisition import SearchSettings
from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelSettings
from bbopt.engines.proposers.smbo.excursions import excursion, has_branches, is_exhausted
from bbopt.engines.proposers.smbo.model_proposer import ModelProposer
from bbopt.runs import NO_INSTANCE, Origin, QualityObjective, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from bbopt.surrogate import FloatArray
from tests.engines.spaces import branin

BRANCHES = """
algo categorical {easy, flat, hard} [easy]
e real [0, 1] [0.5]
f real [0, 1] [0.5]
h real [0, 1] [0.5]
e | algo in {easy}
f | algo in {flat}
h | algo in {hard}
"""
EFFORT = SearchSettings()


@dataclass
class KnownModel:
    """Means by algorithm, and how unsure it is of each; a Model."""

    space: Space
    means: tuple[float, float, float]
    deviations: tuple[float, float, float]
    unit: float = 1.0
    best: float = 0.0
    is_slow: bool = False

    @property
    def good_rows(self) -> FloatArray:
        return self.space.default_row

    def predict(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        algorithm = rows[:, self.space.index["algo"]].astype(int)
        return np.array(self.means)[algorithm], np.array(self.deviations)[algorithm] ** 2

    def cost_at(self, row: FloatArray) -> float:
        return float(self.predict(row[None, :])[0][0])


def runs_of(space: Space) -> FloatArray:
    """A few rows of each branch."""
    return space.sample(60, np.random.default_rng(0))


def algorithms(space: Space, rows: FloatArray) -> list[str]:
    return [configuration.active_values["algo"] for configuration in space.configurations(rows)]


def test_an_excursion_goes_where_a_branch_can_still_improve_on_itself() -> None:
    space = parse_pcs(BRANCHES)
    model = KnownModel(space, (0.0, 1.0, 5.0), (0.1, 0.01, 0.5))
    found = excursion(space, model, runs_of(space), EFFORT, np.random.default_rng(1))
    names = algorithms(space, found)
    assert names[0] == "hard"  # though `flat` is nearer to the best
    assert set(names) == {"hard", "flat"}


def test_without_other_branches_there_is_nowhere_to_go() -> None:
    space = parse_pcs(BRANCHES).subspace({"algo": "easy"})
    model = KnownModel(space, (0.0, 0.0, 0.0), (0.1, 0.1, 0.1))
    assert len(excursion(space, model, runs_of(space), EFFORT, np.random.default_rng(1))) == 0


def test_without_conditions_the_choices_of_a_categorical_are_branches() -> None:
    space = parse_pcs("algo categorical {easy, flat, hard} [easy]\nx real [0, 1] [0.5]\n")
    model = KnownModel(space, (0.0, 1.0, 5.0), (0.1, 0.01, 0.5))
    found = excursion(space, model, runs_of(space), EFFORT, np.random.default_rng(1))
    names = algorithms(space, found)
    assert names[0] == "hard"
    assert set(names) == {"hard", "flat"}


def test_there_are_branches_where_parameters_are_conditional_or_a_choice_is_free() -> None:
    flat = parse_pcs("algo categorical {easy, hard} [easy]\nx real [0, 1] [0.5]\n")
    assert has_branches(parse_pcs(BRANCHES))
    assert has_branches(flat)
    assert not has_branches(flat.subspace({"algo": "hard"}))
    assert not has_branches(branin())


def test_a_branch_that_was_never_tried_is_compared_with_the_usual_run() -> None:
    space = parse_pcs(BRANCHES)
    model = KnownModel(space, (0.0, 1.0, 0.5), (0.1, 0.01, 0.01))
    rows = runs_of(space)
    known = rows[[name != "hard" for name in algorithms(space, rows)]]
    found = excursion(space, model, known, EFFORT, np.random.default_rng(1))
    assert algorithms(space, found[:1]) == ["hard"]


def test_little_is_left_where_the_expected_improvement_is_far_below_the_usual_difference() -> None:
    space = parse_pcs(BRANCHES)
    row = space.default_row[0]
    unsure = KnownModel(space, (0.0, 0.0, 0.0), (0.1, 0.1, 0.1))
    sure = KnownModel(space, (0.0, 0.0, 0.0), (1e-4, 0.1, 0.1))
    assert not is_exhausted(unsure, row)
    assert is_exhausted(sure, row)
    sure.unit = 0.0  # differences tell nothing
    assert not is_exhausted(sure, row)


def proposer_with_runs(space: Space) -> ModelProposer:
    """One that knows the best of `easy` to a hair, and little of the others."""
    problem = Problem(space, QualityObjective(), (space.default,), 200, 1, deterministic=True)
    proposer = ModelProposer(problem, ModelSettings())
    settings = [{"algo": "easy", "e": str(0.3 + 0.7 * (i / 20) ** 3)} for i in range(21)]
    settings += [{"algo": "flat", "f": str(i / 4)} for i in range(5)]
    settings += [{"algo": "hard", "h": str(i / 4)} for i in range(5)]
    floors = {"easy": 0.0, "flat": 3.0, "hard": 3.0}
    for number, one in enumerate(settings):
        configuration = space.configuration(one)
        place = float(next(value for name, value in one.items() if name != "algo"))
        cost = floors[one["algo"]] + (place - 0.3) ** 2 + (one["algo"] == "hard") * math.sin(20 * place)
        request = RunRequest(configuration, NO_INSTANCE, -1, 10.0, 1, Origin("test", number))
        proposer.observe(Run(request, RunResult(RunStatus.SAT, 0.0, 0.0, cost), cost))
    return proposer


def test_of_the_proposals_of_an_exhausted_branch_about_half_are_for_others() -> None:
    space = parse_pcs(BRANCHES)
    proposer = proposer_with_runs(space)
    proposals = [proposer.propose(index, ()) for index in range(100, 140)]
    away = [p for p in proposals if p is not None and p.configuration.active_values["algo"] != "easy"]
    assert 8 <= len(away) <= 32


def test_excursions_depend_on_the_seed_and_the_number_of_the_proposal_alone() -> None:
    space = parse_pcs(BRANCHES)
    once, again = proposer_with_runs(space), proposer_with_runs(space)
    found = [once.propose(index, ()) for index in range(100, 110)]
    assert [again.propose(index, ()) for index in reversed(range(100, 110))][::-1] == found
