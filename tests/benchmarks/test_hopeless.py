"""The harness of runs that are given up: what is trained, and whose regret is told."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import HopelessEngine, RacingEngine, RacingSettings, by_curve
from bbopt.runs import QualityObjective
from bbopt.space import parse_pcs
from benchmarks.hopeless import regrets
from benchmarks.tasks import Scale, Settings
from benchmarks.tasks.curves import KINDS, N_EPOCHS, FloatArray, LearningCurves

SPACE = parse_pcs("x real [0, 10] [5]\n")


class Falling:
    """Losses that fall to x."""

    scale = Scale(optimum=0.0, rs25=1.0)

    def curve(self, settings: Settings) -> tuple[FloatArray, float]:
        return settings["x"] + 1 / np.arange(1, N_EPOCHS + 1) - 1 / N_EPOCHS, settings["x"]


@pytest.mark.parametrize("gives_up", [False, True])
def test_regrets(gives_up: bool) -> None:
    problem = Problem(SPACE, QualityObjective(), (SPACE.default,), None, seed=2)
    engine = RacingEngine(random_search(problem), problem, RacingSettings())
    walk = regrets(
        cast(LearningCurves, Falling()), HopelessEngine(engine, problem, by_curve) if gives_up else engine
    )
    told = [next(walk) for _ in range(40)]
    assert told[0] == (N_EPOCHS, 5.0)
    values = [regret for _, regret in told]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 1
    trained = np.diff([n for n, _ in told])
    assert set(trained) <= {7, 13, 26, N_EPOCHS}
    assert (trained.mean() < N_EPOCHS / 2) == gives_up


def test_kinds_of_curves() -> None:
    task = LearningCurves.__new__(LearningCurves)
    task.scale, task.median, task.spread = Scale(optimum=1.0, rs25=2.0), 5.0, 1.0
    plain = np.linspace(9.0, 3.0, N_EPOCHS)
    bent = {kind: bend(task, plain, np.random.default_rng(1)) for kind, bend in KINDS.items()}
    for kind, curve in bent.items():
        assert curve.shape == (N_EPOCHS,)
        assert (curve[-1] == pytest.approx(3.0)) == (kind != "noisy")
    assert bent["plain"] is plain
    assert bent["reversed"][0] == 1.0
    assert bent["crossing"][0] == pytest.approx(7.0, abs=0.1)
    assert len(set(bent["random"][:-1])) == 1
    assert bent["ushape"][0] == pytest.approx(1.0 + 0.3 * 8.0)
    assert 0.3 < np.std(bent["noisy"] - plain) < 0.7
