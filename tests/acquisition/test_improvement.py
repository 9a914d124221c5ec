"""Expected improvement against numerical integration, far in the tails too."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

from bbopt.acquisition import (
    AcquisitionName,
    log_expected_exponential_improvement,
    log_expected_improvement,
    lower_confidence_bound,
)


def improvement(mean: NDArray[np.float64], variance: NDArray[np.float64], best: float) -> NDArray[np.float64]:
    return np.exp(log_expected_improvement(mean, variance, best))


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
    got = improvement(np.array([mean]), np.array([sd**2]), best)[0]
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
    scaled = improvement(10 * mean, 100 * variance, 10 * 0.3)
    np.testing.assert_allclose(scaled, 10 * improvement(mean, variance, 0.3))


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
    greedy = AcquisitionName.SIMPLE.function(0, rng)(mean, variance, 0.5)
    np.testing.assert_allclose(greedy, [0.3, -0.4])
    assert AcquisitionName.EI.function(3, rng) is log_expected_improvement
    assert AcquisitionName.LCBEIRR.function(2, rng) is log_expected_improvement
    bounds = [AcquisitionName.LCBEIRR.function(1, rng)(mean, variance, 0.5) for _ in range(2)]
    assert not np.allclose(*bounds), "k is drawn anew each time"


TAIL_TO_TOP = [-30.0, -20.0, -10.0, -6.01, -6.0, -5.99, -3.0, -1.0, 0.0, 0.5, 2.0, 5.0, 10.0]


def log_unit_improvement(z: float) -> float:
    """log of the integral over t > 0 of t phi(t - z), the improvement in standard deviations, by quadrature.

    For z < 0 the factor phi(z) is taken out and t measured in units of the decay that is left.
    """
    if z >= 0:
        value, _ = integrate.quad(
            lambda t: t * stats.norm.pdf(t - z), 0, z + 40, points=[z], epsabs=0, epsrel=1e-12
        )
        return float(np.log(value))
    unit = min(1.0, -1 / z)
    value, _ = integrate.quad(
        lambda t: t * np.exp(z * unit * t - 0.5 * (unit * t) ** 2), 0, 80, epsabs=0, epsrel=1e-12
    )
    return float(-0.5 * z * z - 0.5 * np.log(2 * np.pi) + 2 * np.log(unit) + np.log(value))


@pytest.mark.parametrize("z", TAIL_TO_TOP)
@pytest.mark.parametrize("sd", [1e-6, 0.3, 1.0, 50.0])
def test_both_improvements_are_the_integral_from_the_far_tail_to_the_top(z: float, sd: float) -> None:
    expected = np.log(sd) + log_unit_improvement(z)
    mean, variance = np.array([-z * sd]), np.array([sd * sd])
    assert log_expected_improvement(mean, variance, 0.0)[0] == pytest.approx(expected, rel=1e-10, abs=1e-9)
    plain = improvement(mean, variance, 0.0)[0]
    assert plain == pytest.approx(np.exp(expected), rel=1e-9, abs=0)
    assert plain > 0


def test_log_improvement_has_no_seam_where_its_formulas_meet() -> None:
    """Its slope d log EI / dz = Phi(z) / (phi(z) + z Phi(z)) is smooth; a step of one formula would show."""
    for seam in (-6.0, -1e3):
        step = 1e-4 * abs(seam)
        z = seam + step * np.arange(-5, 6)
        values = log_expected_improvement(-z, np.ones_like(z), 0.0)
        second_differences = np.diff(values, 2)
        np.testing.assert_allclose(second_differences, second_differences.mean(), atol=1e-3 * step**2 + 5e-9)


def test_log_improvement_of_hopeless_points_is_finite_and_still_tells_them_apart() -> None:
    """Up to 1e8 standard deviations away, where phi(z) / z^2 is all that is left."""
    z = -np.geomspace(1e4, 1e8, 500)
    got = log_expected_improvement(-z, np.ones_like(z), 0.0)
    expected = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-z)
    np.testing.assert_allclose(got, expected, rtol=1e-14)
    assert np.all(np.diff(got) < 0)


def log_unit_exponential_improvement(v: float, sd: float) -> float:
    """log of the integral over t > 0 of (1 - exp(-sd t)) phi(t - v), by quadrature as above."""
    unit = min(1.0, -1 / v) if v < 0 else 1.0
    factor = -0.5 * v * v - 0.5 * np.log(2 * np.pi) if v < 0 else 0.0

    def integrand(t: float) -> float:
        density = np.exp(v * t - 0.5 * t * t) if v < 0 else stats.norm.pdf(t - v)
        return float(-np.expm1(-sd * t) * density)

    value, _ = integrate.quad(
        lambda t: integrand(unit * t), 0, max(v, 0.0) + 80, points=[max(v, 0.5)], epsabs=0, epsrel=1e-12
    )
    return float(factor + np.log(unit) + np.log(value))


@pytest.mark.parametrize("v", TAIL_TO_TOP)
@pytest.mark.parametrize("sd", [0.01, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("best", [-2.0, 0.7])
def test_exponential_improvement_is_the_integral_in_the_tails_too(v: float, sd: float, best: float) -> None:
    """With Y = best - sd t: exp(best) - exp(Y) = exp(best) (1 - exp(-sd t))."""
    got = log_expected_exponential_improvement(np.array([best - v * sd]), np.array([sd * sd]), best)[0]
    assert got == pytest.approx(best + log_unit_exponential_improvement(v, sd), rel=1e-8, abs=1e-8)
