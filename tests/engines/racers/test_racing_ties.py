"""Races on small spaces where runs are noisy and ties common: they go on, replay, and keep all slots busy."""

from __future__ import annotations

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.space import parse_pcs

SPACE = parse_pcs("a {x,y,z} [x]\nb {x,y} [x]\n")


def engine(seed: int, growth: tuple[float, float] = (4.0, 2.0)) -> RacingEngine:
    problem = Problem(SPACE, QualityObjective(), (SPACE.default,), budget=400, seed=seed, deterministic=False)
    return RacingEngine(random_search(problem), problem, RacingSettings(growth=growth))


def coin(rng: np.random.Generator) -> RunResult:
    return RunResult(RunStatus.SAT, 0.1, 0, float(rng.integers(2)))


@pytest.mark.parametrize("growth", [(4.0, 2.0), (0.0, 1.0)])
@pytest.mark.parametrize("seed", range(1, 7))
def test_every_beginning_of_a_record_with_ties_can_be_replayed(
    seed: int, growth: tuple[float, float]
) -> None:
    whole, rng = engine(seed, growth), np.random.default_rng(seed)
    told: list[tuple[RunRequest, RunResult]] = []
    for _ in range(50):
        request = whole.ask()
        assert request is not None
        told.append((request, coin(rng)))
        whole.tell(*told[-1])
    for n in range(1, len(told)):
        resumed = engine(seed, growth)
        for request, result in told[:n]:
            resumed.tell(request, result)
        assert resumed.ask() is not None
        assert resumed.incumbent is not None


@pytest.mark.parametrize("n_slots", [2, 4])
@pytest.mark.parametrize("seed", range(1, 9))
def test_slots_stay_busy_and_results_may_come_late(seed: int, n_slots: int) -> None:
    race, rng = engine(seed), np.random.default_rng(seed)
    running: list[RunRequest] = []
    for _ in range(150):
        while len(running) < n_slots:
            request = race.ask()
            if request is None:  # all six configurations are under way
                assert running
                assert race.exhausted is None
                break
            running.append(request)
        done = running.pop(int(rng.integers(len(running))))
        race.tell(done, coin(rng))
    assert race.incumbent is not None
    assert race.incumbent.n_runs >= 2
