"""Which model proposes, from which runs, and at whose expense."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from bbopt.acquisition import SearchSettings
from bbopt.engines import Problem
from bbopt.engines.proposers.smbo import ModelChoice, ModelSettings, model_search
from bbopt.engines.proposers.smbo.model_proposer import ModelProposer
from bbopt.engines.proposers.smbo.modelling import (
    AutomaticModelling,
    FittedModel,
    ForestModelling,
    GaussianModelling,
    telling,
)
from bbopt.engines.proposers.smbo.pace import Pace
from bbopt.engines.proposers.smbo.stepwise import step_of
from bbopt.engines.proposers.smbo.training import TrainingData
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import NO_INSTANCE, Origin, QualityObjective, Run, RunRequest, RunResult, RunStatus
from bbopt.space import Space
from bbopt.surrogate import FloatArray, Forest, ForestSettings, log_distance_to_best
from tests.engines.spaces import answer, branin


def filled(n: int, failed: int = 0) -> TrainingData:
    """Runs of random configurations of Branin's space, the last ones failed."""
    space = branin()
    data = TrainingData(space)
    rows = space.sample(n, np.random.default_rng(0))
    for i, configuration in enumerate(space.configurations(rows)):
        has_failed = i >= n - failed
        x, y = configuration.row
        cost = 1e9 if has_failed else float((x - 3) ** 2 + (y - 2) ** 2)
        request = RunRequest(configuration, NO_INSTANCE, -1, 10.0, 1, Origin("test", i))
        data.add(Run(request, RunResult(RunStatus.SAT, 0.0, 0.0, cost), cost), failed=has_failed)
    return data


def automatic(space: Space) -> AutomaticModelling:
    forest = ForestModelling(space, 1, ForestSettings(), log_distance_to_best, is_noisy=False)
    return AutomaticModelling(GaussianModelling(space, is_noisy=False), forest, 0.15)


def test_the_forest_proposes_now_and_then_and_with_many_runs_every_other_time() -> None:
    modelling = automatic(branin())

    def kinds(n: int) -> list[type]:
        data = filled(n)
        return [type(modelling.fit(data, (), np.random.default_rng(seed)).surrogate) for seed in range(20)]

    assert 0 < kinds(150).count(Forest) < 8
    assert 5 <= kinds(260).count(Forest) <= 15


@pytest.mark.parametrize("n_pending", [0, 3])
def test_predictions_stand_for_costs(n_pending: int) -> None:
    space, data = branin(), filled(60, failed=5)
    pending = space.configurations(space.sample(n_pending, np.random.default_rng(9)))
    for modelling in (
        GaussianModelling(space, is_noisy=False),
        ForestModelling(space, 1, ForestSettings(bootstrap=False), log_distance_to_best, is_noisy=False),
    ):
        model = modelling.fit(data, pending, np.random.default_rng(1))
        best = int(np.argmin(data.costs))
        worked = data.costs[~data.failed]
        assert model.cost_at(data.rows[best]) <= np.quantile(worked, 0.1)
        assert model.cost_at(data.rows[-1]) <= worked.max()  # a failure is no 1e9 here
        assert model.best <= model.responses.min() + 1e-9


def test_pending_runs_leave_nothing_to_find_out_around_them() -> None:
    space, data = branin(), filled(20)
    modelling = GaussianModelling(space, is_noisy=False)
    row = space.sample(1, np.random.default_rng(77))
    (before,) = modelling.fit(data, (), np.random.default_rng(0)).predict(row)[1]
    (after,) = modelling.fit(data, space.configurations(row), np.random.default_rng(0)).predict(row)[1]
    assert after < 0.3 * before


@pytest.mark.parametrize("is_noisy", [False, True])
def test_what_is_believed_of_pending_runs_is_to_be_improved_on(is_noisy: bool) -> None:
    space, data = branin(), filled(20)
    modelling = GaussianModelling(space, is_noisy=is_noisy)
    promising, hopeless = np.array([[3.0, 2.0]]), data.rows[[int(np.argmax(data.costs))]] + 0.1
    alone = modelling.fit(data, (), np.random.default_rng(0))
    for pending, best in ((promising, float(alone.predict(promising)[0][0])), (hopeless, alone.best)):
        model = modelling.fit(data, space.configurations(pending), np.random.default_rng(0))
        assert model.best == pytest.approx(best, abs=1e-9)
    assert float(alone.predict(promising)[0][0]) < alone.best


def test_hyperparameters_come_from_the_runs_up_to_a_step_whatever_was_fitted_before() -> None:
    space = branin()
    stepwise, at_once = (GaussianModelling(space, is_noisy=False) for _ in range(2))
    for n in (2, 3, 7, 20, 21, 44, 45):
        last = stepwise.fit(filled(60) if n == 45 else filled(n), (), np.random.default_rng(0))
    first = at_once.fit(filled(60), (), np.random.default_rng(0))
    rows = space.sample(20, np.random.default_rng(3))
    np.testing.assert_array_equal(last.predict(rows), first.predict(rows))


def test_steps_grow_with_the_runs() -> None:
    steps = sorted({step_of(n, 8) for n in range(2, 400)})
    assert steps[:15] == list(range(2, 17))
    assert all(b - a <= max(1, a // 8) for a, b in itertools.pairwise(steps))
    assert len(steps) < 60


def test_of_many_runs_the_best_are_kept_and_others_from_all_times() -> None:
    costs = np.random.default_rng(0).random(1000)
    places = telling(costs, 200)
    assert len(set(places)) == 200
    assert set(np.argsort(costs)[:100]) <= set(places)
    assert np.histogram(places, bins=4, range=(0, 1000))[0].min() > 20
    np.testing.assert_array_equal(telling(costs[:200], 200), np.arange(200))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pace_keeps_the_model_to_its_share() -> None:
    clock = Clock()
    pace = Pace(0.25, clock)
    assert pace.allows
    with pace.counting():
        clock.now = 1.5  # half a second of it is granted on credit
    assert not pace.allows
    clock.now = 3.9
    assert not pace.allows
    clock.now = 4.1
    assert pace.allows


def test_work_before_the_first_question_does_not_count() -> None:
    clock = Clock()
    pace = Pace(0.25, clock)
    with pace.counting():
        clock.now = 100.0
    assert pace.allows


def test_short_runs_get_spare_proposals_of_an_earlier_model_and_then_random_ones() -> None:
    space = branin()
    problem = Problem(space, QualityObjective(), (), None, seed=5)
    clock = Clock()
    settings = ModelSettings(search=SearchSettings(n_random=30, n_mutants=10))
    proposer = ModelProposer(problem, settings, Pace(0.5, clock))
    taken = set()

    def propose(index: int) -> tuple[str, bool]:
        proposal = proposer.propose(index, taken)
        assert proposal is not None
        assert proposal.configuration not in taken
        taken.add(proposal.configuration)
        request = RunRequest(proposal.configuration, NO_INSTANCE, -1, 1e9, 0, Origin(proposal.kind, index))
        result = answer(request)
        proposer.observe(Run(request, result, result.quality))
        return proposal.kind, proposal.predicted is not None

    early = [propose(index) for index in range(49)]
    assert early[2:] == [("model", True)] * 47  # however short the runs are
    clock.now = 1.0
    assert propose(50) == ("model", True)
    proposer._pace._spent_s = 1e6  # from here on there is no time for the model
    later = [propose(index) for index in range(51, 160)]
    assert later[:20] == [("model", False)] * 20
    assert later[-1] == ("random", False)


def predictions_of_a_proposal(n_runs: int, settings: ModelSettings, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many configurations a proposal after so many runs asks the model about."""
    problem = Problem(branin(), QualityObjective(), (), None, seed=5)
    proposer = ModelProposer(problem, settings)
    proposer._data = filled(n_runs)
    asked = 0
    predict = FittedModel.predict

    def counting(model: FittedModel, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        nonlocal asked
        asked += len(rows)
        return predict(model, rows)

    with monkeypatch.context() as patch:
        patch.setattr(FittedModel, "predict", counting)
        assert proposer.propose(45, set()) is not None
    return asked


def test_large_forests_are_searched_with_half_the_effort_but_for_plain_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forest = ModelSettings(surrogate=ModelChoice.FOREST)
    plain = dataclasses.replace(forest, plain_forest=True)
    process = ModelSettings(surrogate=ModelChoice.GP)
    in_full = predictions_of_a_proposal(1900, forest, monkeypatch)
    assert predictions_of_a_proposal(2100, forest, monkeypatch) < 0.65 * in_full
    assert predictions_of_a_proposal(2100, plain, monkeypatch) > 0.8 * in_full
    assert predictions_of_a_proposal(2100, process, monkeypatch) > 0.8 * in_full


@pytest.mark.parametrize("rule", list(ModelChoice))
def test_every_surrogate_beats_random_search_on_branin(rule: ModelChoice) -> None:
    space = branin()
    problem = Problem(space, QualityObjective(), (space.default,), 40, seed=3)
    engine = RacingEngine(model_search(problem, ModelSettings(surrogate=rule)), problem, RacingSettings())
    for _ in range(40):
        request = engine.ask()
        assert request is not None
        engine.tell(request, answer(request))
    assert engine.incumbent is not None
    assert engine.incumbent.cost < 0.8  # random search: 2 to 4 after 40 runs


def test_every_second_proposal_is_random_where_smac2_is_asked_for() -> None:
    space = branin()
    problem = Problem(space, QualityObjective(), (space.default,), 40, seed=3)
    settings = ModelSettings(surrogate=ModelChoice.FOREST, random_every=2, design=0)
    engine = RacingEngine(model_search(problem, settings), problem, RacingSettings())
    kinds = []
    for _ in range(13):
        request = engine.ask()
        assert request is not None
        kinds.append(request.origin.kind)
        engine.tell(request, answer(request))
    assert kinds[0] == "default"
    assert kinds[3:] == ["model", "random"] * 5
