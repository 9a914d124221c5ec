"""Importance, path and effects, held against functions whose variance is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from bbopt.report.analysis import Analysis
from bbopt.report.facts import read_studies
from bbopt.stores import Results
from tests.report.histories import Values, of_function

ISHIGAMI = "".join(f"{name} real [{-math.pi}, {math.pi}] [1]\n" for name in "abc")


def analysis(results: Results) -> Analysis:
    (study,) = read_studies([results])
    return Analysis(study)


def shares(one: Analysis) -> dict[str, tuple[float, float]]:
    names = one.study.space.names
    return {names[found.column]: (found.share, found.total) for found in one.importances}


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return analysis(of_function(tmp_path_factory.mktemp("linear"), lambda at: 5 + 2 * at["a"] + at["b"]))


def test_importance_of_a_sum(linear: Analysis) -> None:
    """The variances of 2a and b are as 4 to 1, and c has none."""
    found = shares(linear)
    assert found["a"][0] == pytest.approx(0.8, abs=0.1)
    assert found["b"][0] == pytest.approx(0.2, abs=0.1)
    assert found["c"][0] < 0.03
    assert [linear.study.space.names[n] for n in linear.telling] == ["a", "b"]


def test_uncertainty_is_around_the_importance(linear: Analysis) -> None:
    for one in linear.importances:
        assert 0 <= one.low <= one.share <= one.high <= 1
        assert one.total >= one.share - 0.05


def test_importance_of_a_function_of_the_literature(tmp_path: Path) -> None:
    """Ishigami and Homma, 1990: first-order indices 0.314, 0.442 and 0; c acts with a only, by 0.244."""

    def ishigami(at: Values) -> float:
        return math.sin(at["a"]) + 7 * math.sin(at["b"]) ** 2 + 0.1 * at["c"] ** 4 * math.sin(at["a"])

    found = shares(analysis(of_function(tmp_path, ishigami, 800, ISHIGAMI)))
    assert found["a"][0] == pytest.approx(0.314, abs=0.13)
    assert found["b"][0] == pytest.approx(0.442, abs=0.13)
    assert found["c"][0] < 0.08
    assert found["c"][1] == pytest.approx(0.244, abs=0.13)


def test_nothing_is_said_of_noise(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    one = analysis(of_function(tmp_path, lambda at: float(rng.normal()), 100))
    assert one.model is None
    assert "too little to say" in one.too_few


def test_nothing_is_said_of_few_runs(tmp_path: Path) -> None:
    one = analysis(of_function(tmp_path, lambda at: at["a"], 12))
    assert not one.importances
    assert "too few" in one.too_few


def test_path_takes_what_helps_most_first(linear: Analysis) -> None:
    assert linear.path is not None
    start, steps = linear.path
    names = linear.study.space.names
    assert [names[step.columns[0]] for step in steps[:2]] == ["a", "b"]
    assert start == pytest.approx(5 + 2 * 0.9 + 0.9, abs=0.4)
    assert steps[0].is_supported
    assert steps[0].gain == pytest.approx(2 * 0.9, abs=0.5)
    assert steps[0].gain > 1.5 * steps[1].gain > 0


def test_effect_follows_the_function(linear: Analysis) -> None:
    model = linear.model
    assert model is not None
    effect = model.effect(0)
    assert effect is not None
    line = 5 + 2 * effect.values + 0.5
    assert np.abs(effect.mean - line).max() < 0.4
    assert (effect.low <= effect.mean + 1e-9).all()
    assert (effect.mean <= effect.high + 1e-9).all()


def test_surface_falls_towards_the_best(linear: Analysis) -> None:
    model = linear.model
    assert model is not None
    surface = model.surface(0, 1)
    assert surface is not None
    assert surface.mean[0, 0] < surface.mean[0, -1] < surface.mean[-1, -1]
    assert surface.mean[0, 0] == pytest.approx(surface.mean.min(), abs=0.1)
    assert surface.mean[-1, -1] == pytest.approx(surface.mean.max(), abs=0.1)
