"""Expected improvement against numerical integration, far in the tails too."""

import numpy as np
import pytest
from scipy import integrate, stats

from bbopt.acquisition import (
    AcquisitionRule,
    expected_improvement,
    log_expected_exponential_improvement,
    log_expected_improvement,
    lower_confidence_bound,
)


def integrated(mean: float, sd: float, best: float) -> float:
    lower = mean - 12 * sd
    value, _ = integrate.quad(
        lambda y: (best - y) * stats.norm.pdf(y, mean, sd), lower, max(best, lower), epsabs=0, epsrel=1e-10
    )
    return float(value)


@pytest.mark.parametrize(
    ("mean", "sd"), [(m, sd) for m in (-1.0, 0.0, 0.3, 0.9, 5.0) for sd in (0.1, 1.0, 3.0) if m < 8 * sd]
)
def test_expected_improvement_is_the_integral(mean: float, sd: float) -> None:
    best = 0.25
    got = expected_improvement(np.array([mean]), np.array([sd**2]), best)[0]
    assert got == pytest.approx(integrated(mean, sd, best), rel=1e-7)


def test_log_expected_improvement_in_the_far_tail() -> None:
    # The substitution y = best - t / |z| turns the integral into phi(z) / z^2 times one of order 1.
    for z in (-5.9, -6.1, -12.0, -40.0, -200.0, -2000.0):
        factor, _ = integrate.quad(lambda t: t * np.exp(-t - t * t / (2 * z * z)), 0, 80)  # noqa: B023
        expected = -0.5 * z * z - 0.5 * np.log(2 * np.pi) - 2 * np.log(-z) + np.log(factor)
        got = log_expected_improvement(np.array([-z]), np.array([1.0]), 0.0)[0]
        assert got == pytest.approx(expected, rel=1e-9)


def test_log_expected_improvement_is_continuous_and_falls_with_the_mean() -> None:
    mean = np.linspace(-3, 1500, 200_001)
    values = log_expected_improvement(mean, np.ones_like(mean), 0.0)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) < 0)


def test_scaling_the_response_scales_the_improvement() -> None:
    mean, variance = np.array([0.5, 2.0]), np.array([1.0, 0.25])
    scaled = expected_improvement(10 * mean, 100 * variance, 10 * 0.3)
    np.testing.assert_allclose(scaled, 10 * expected_improvement(mean, variance, 0.3))


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.5), (1.0, 1.0), (-2.0, 0.3), (3.0, 0.8)])
def test_exponential_improvement_is_the_integral(mean: float, sd: float) -> None:
    best = 0.4
    value, _ = integrate.quad(
        lambda y: (np.exp(best) - np.exp(y)) * stats.norm.pdf(y, mean, sd),
        mean - 12 * sd, best, epsabs=0, epsrel=1e-11,
    )  # fmt: skip
    got = log_expected_exponential_improvement(np.array([mean]), np.array([sd**2]), best)[0]
    assert got == pytest.approx(np.log(value), rel=1e-6)


def test_lower_confidence_bound_prefers_low_and_unsure() -> None:
    scores = lower_confidence_bound(2.0)(np.array([1.0, 1.0, 0.0]), np.array([1.0, 4.0, 1.0]), 0.0)
    np.testing.assert_allclose(scores, [1.0, 3.0, 2.0])


def test_rules_follow_their_names() -> None:
    mean, variance = np.array([0.2, 0.9]), np.array([0.04, 4.0])
    rng = np.random.default_rng(0)
    greedy = AcquisitionRule.SIMPLE.function(0, rng)(mean, variance, 0.5)
    np.testing.assert_allclose(greedy, [0.3, -0.4])
    assert AcquisitionRule.EI.function(3, rng) is log_expected_improvement
    assert AcquisitionRule.LCBEIRR.function(2, rng) is log_expected_improvement
    bounds = [AcquisitionRule.LCBEIRR.function(1, rng)(mean, variance, 0.5) for _ in range(2)]
    assert not np.allclose(*bounds), "k is drawn anew each time"
