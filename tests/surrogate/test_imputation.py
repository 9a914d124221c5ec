"""Imputation of right-censored responses: against integrals, and on simulated data whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from bbopt.surrogate import Forest, ForestSettings, OneHot, Surrogate
from bbopt.surrogate.imputation import (
    CensoredResponses,
    ImputationSettings,
    fit_censored,
    spread_truncated_normals,
    truncated_normal_mean,
)

MEAN = ImputationSettings(take_mean=True)


class LinearModel:
    """Least squares with normal errors: the model that Schmee and Hahn had in mind."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> None:
        design = np.column_stack([np.ones(len(X)), X])
        self.coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
        self.variance = max(float(np.mean((design @ self.coefficients - y) ** 2)), 1e-6)

    def predict(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.coefficients[0] + X @ self.coefficients[1:], np.full(len(X), self.variance)


class Recorder(LinearModel):
    """Notes what it is fitted to, and predicts the same everywhere."""

    fits: list[tuple[np.ndarray, np.ndarray]]

    def __init__(self, mean: float = 0.0, variance: float = 1.0) -> None:
        self.mean, self.variance = mean, variance
        self.fits = []

    def fit(self, X: np.ndarray, y: np.ndarray) -> None:
        self.fits.append((X.copy(), y.copy()))

    def predict(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(X), self.mean), np.full(len(X), self.variance)


def forest(n_params: int = 3) -> Callable[[], Surrogate]:
    def new() -> Surrogate:
        columns = OneHot(np.zeros(n_params, dtype=np.int64))
        return Forest(columns, ForestSettings(split_min=10), np.random.default_rng(7))

    return new


def excess_by_integration(a: float) -> float:
    """E[Z - a | Z > a] of a standard normal Z, with exp(-a^2/2) taken out and t in units of its decay."""
    unit = 1 / max(a, 1.0)
    peak = max(-a, 0.0) / unit

    def weight(t: float) -> float:
        return math.exp(-0.5 * (unit * t + a) ** 2 + 0.5 * (a * a if a > 0 else 0.0))

    if a > 1e4:  # the square in the exponent is lost, and as good as not there

        def weight(t: float) -> float:
            return math.exp(-t - 0.5 * (unit * t) ** 2)

    end = peak + 60
    moments = [
        integrate.quad(
            lambda t, k=k: t**k * weight(t), 0, end, points=[peak], epsabs=0, epsrel=1e-12, limit=200
        )[0]
        for k in (0, 1)
    ]
    return unit * moments[1] / moments[0]


@pytest.mark.parametrize("a", [-35.0, -10.0, -1.0, 0.0, 0.5, 3.0, 10.0, 40.0, 99.9, 100.1, 500.0, 1e5, 1e9])
@pytest.mark.parametrize("sd", [1e-7, 1.0, 1e4])
def test_the_truncated_mean_is_the_integral(a: float, sd: float) -> None:
    """With the bound at 0, where the excess over it can be seen to full precision."""
    got = truncated_normal_mean(np.array([-a * sd]), np.array([sd * sd]), np.zeros(1))[0]
    assert got == pytest.approx(sd * excess_by_integration(a), rel=2e-11)


def test_the_truncated_mean_has_no_seam_and_falls_towards_the_bound() -> None:
    a = np.concatenate(
        [np.linspace(-50, 98, 20_000), np.linspace(99, 101, 2001), np.geomspace(102, 1e12, 2000)]
    )
    excess = truncated_normal_mean(-a, np.ones_like(a), np.zeros_like(a))
    assert np.all(np.isfinite(excess))
    assert np.all(np.diff(excess) < 0)
    assert np.all(excess > 0)


def test_a_bound_far_below_changes_nothing() -> None:
    got = truncated_normal_mean(np.array([2.0, 2.0]), np.array([1.0, 1e-14]), np.array([-1e6, 1.9]))
    np.testing.assert_allclose(got, 2.0, rtol=1e-12)


def test_spread_values_cover_each_truncated_normal() -> None:
    n = 5000
    for mean, sd, bound in ((0.0, 1.0, -1.0), (3.0, 0.2, 4.0), (1.0, 2.0, 30.0)):
        values = spread_truncated_normals(
            np.full(n, mean), np.full(n, sd * sd), np.full(n, bound), np.random.default_rng(1)
        )
        law = stats.truncnorm((bound - mean) / sd, np.inf, loc=mean, scale=sd)
        assert stats.kstest(values, law.cdf).statistic < 2 / n
        assert values.mean() == pytest.approx(law.mean(), rel=1e-2)


def test_one_value_alone_is_the_median() -> None:
    got = spread_truncated_normals(
        np.array([1.0]), np.array([4.0]), np.array([2.0]), np.random.default_rng(0)
    )
    assert got[0] == pytest.approx(stats.truncnorm(0.5, np.inf, loc=1, scale=2).median())


@pytest.mark.parametrize("a", [1e3, 1e7, 1e12, 1e16])
def test_spread_values_stay_close_to_a_bound_far_above(a: float) -> None:
    """Further than 1e7 standard deviations, as a forest that is sure (variance 1e-14) may be off."""
    values = spread_truncated_normals(np.full(9, -a), np.ones(9), np.zeros(9), np.random.default_rng(0))
    assert np.all(values >= 0)
    assert np.all(values <= 10 / a + 1e-15 * a)


def test_spread_values_are_dealt_out_at_random() -> None:
    n = 2000
    values = spread_truncated_normals(np.zeros(n), np.ones(n), np.zeros(n), np.random.default_rng(3))
    assert abs(stats.spearmanr(values, np.arange(n)).statistic) < 0.1


@pytest.mark.parametrize("take_mean", [True, False])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_estimates_stay_between_bound_and_maximum(take_mean: bool, data: st.DataObject) -> None:
    """For any prediction, however far off and however sure."""
    n = data.draw(st.integers(1, 12))
    y = np.array(data.draw(st.lists(st.floats(-1e9, 1e9), min_size=n, max_size=n)))
    censored = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    model = Recorder(data.draw(st.floats(-1e9, 1e9)), data.draw(st.floats(1e-14, 1e20)))
    maximum = float(y.max()) + data.draw(st.floats(0, 1e3))
    fit = fit_censored(
        lambda: model,
        np.zeros((n, 1)),
        CensoredResponses(y, censored, maximum),
        ImputationSettings(take_mean=take_mean, penalize_above=data.draw(st.floats(-1e9, 1e9))),
        np.random.default_rng(0),
    )
    assert np.all(fit.responses[censored] >= y[censored])
    assert np.all(fit.responses <= maximum)
    np.testing.assert_array_equal(fit.responses[~censored], y[~censored])


def slope(X: np.ndarray, observed: CensoredResponses, take_mean: bool) -> float:
    how = ImputationSettings(rounds=200, take_mean=take_mean, tolerance=1e-7)
    model = fit_censored(LinearModel, X, observed, how, np.random.default_rng(1)).model
    return float(model.coefficients[1])  # type: ignore[attr-defined]


def test_linear_regression_finds_the_line_behind_censored_data() -> None:
    """Spread estimates find it; means understate the scatter and come near; taking bounds does not."""
    rng = np.random.default_rng(0)
    X = rng.random((5000, 1))
    complete = 1.0 + 2.0 * X[:, 0] + 0.5 * rng.normal(size=5000)
    limit = 1.5 + rng.random(5000)
    observed = CensoredResponses(np.minimum(complete, limit), complete > limit)
    assert 0.3 < observed.is_censored.mean() < 0.7
    nobody = CensoredResponses(observed.y, np.zeros(5000, dtype=np.bool_))
    assert slope(X, observed, take_mean=False) == pytest.approx(2.0, abs=0.15)
    assert slope(X, observed, take_mean=True) == pytest.approx(2.0, abs=0.3)
    assert slope(X, nobody, take_mean=True) < 1.3


@pytest.mark.parametrize("take_mean", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_the_forest_is_closer_to_the_truth_than_without(take_mean: bool, share: float) -> None:
    """Than with the bounds for responses, and than without the censored runs; five data sets together."""
    errors: dict[str, float] = dict.fromkeys(("imputed", "bounds", "dropped", "complete"), 0.0)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        X, test = rng.random((400, 3)), rng.random((1000, 3))

        def truth(X: np.ndarray) -> np.ndarray:
            return 1 + 1.2 * np.sin(3 * X[:, 0]) + X[:, 1] ** 2 - X[:, 2] * (X[:, 0] > 0.5)

        complete = truth(X) + 0.3 * rng.normal(size=400)
        limit = np.quantile(complete, 1 - share) + 0.3 * rng.normal(size=400)
        cut, censored = np.minimum(complete, limit), complete > limit
        nobody = np.zeros(400, dtype=np.bool_)
        ways = {
            "imputed": (CensoredResponses(cut, censored, 6.0), 2),
            "bounds": (CensoredResponses(cut, nobody), 2),
            "dropped": (CensoredResponses(cut, censored), 0),
            "complete": (CensoredResponses(complete, nobody), 2),
        }
        for name, (observed, rounds) in ways.items():
            how = ImputationSettings(rounds=rounds, take_mean=take_mean)
            mean, _ = fit_censored(forest(), X, observed, how, rng).model.predict(test)
            errors[name] += float(np.sqrt(np.mean((mean - truth(test)) ** 2)))
    assert errors["imputed"] < 0.85 * errors["bounds"]
    assert errors["imputed"] < 0.85 * errors["dropped"]
    assert errors["complete"] < errors["imputed"]


def censored_line(n: int = 200) -> tuple[np.ndarray, CensoredResponses]:
    rng = np.random.default_rng(5)
    X = rng.random((n, 1))
    complete = X[:, 0] + 0.2 * rng.normal(size=n)
    return X, CensoredResponses(np.minimum(complete, 0.6), complete > 0.6)


def test_estimates_rise_round_by_round_until_they_hardly_do() -> None:
    X, observed = censored_line()
    how = ImputationSettings(rounds=500, take_mean=True, tolerance=1e-6)
    means = np.array(fit_censored(LinearModel, X, observed, how, np.random.default_rng(0)).mean_estimates)
    rises = np.diff(means) / observed.y.std()
    assert 3 < len(means) < 500
    assert np.all(rises[:-1] > 1e-6)
    assert 0 <= rises[-1] <= 1e-6


def test_a_larger_tolerance_ends_earlier_and_the_limit_holds() -> None:
    X, observed = censored_line()

    def rounds(tolerance: float, limit: int) -> int:
        how = ImputationSettings(rounds=limit, take_mean=True, tolerance=tolerance)
        return len(fit_censored(LinearModel, X, observed, how, np.random.default_rng(0)).mean_estimates)

    assert 2 <= rounds(1e-2, 500) < rounds(1e-5, 500)
    assert rounds(0.0, 3) == 3
    assert rounds(1e9, 500) == 2


def test_the_first_model_sees_uncensored_responses_only_and_the_last_all() -> None:
    model = Recorder()
    X = np.arange(4.0)[:, None]
    y, censored = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    fit = fit_censored(lambda: model, X, CensoredResponses(y, censored), MEAN, np.random.default_rng(0))
    assert [len(y) for _, y in model.fits] == [2, 4, 4]
    np.testing.assert_array_equal(model.fits[0][1], [1.0, 3.0])
    np.testing.assert_array_equal(model.fits[-1][1], fit.responses)
    expected = stats.truncnorm([2.0, 4.0], np.inf).mean()
    np.testing.assert_allclose(fit.responses[censored], expected)
    np.testing.assert_array_equal(y, [1.0, 2.0, 3.0, 4.0], err_msg="the observed responses are not touched")


def test_without_rounds_censored_runs_are_left_out() -> None:
    model = Recorder()
    y, censored = np.array([1.0, 2.0, 3.0]), np.array([False, True, False])
    none = ImputationSettings(rounds=0)
    fit_censored(
        lambda: model, np.zeros((3, 1)), CensoredResponses(y, censored), none, np.random.default_rng(0)
    )
    assert [len(y) for _, y in model.fits] == [2]


def test_when_all_are_censored_the_bounds_are_the_start() -> None:
    model = Recorder()
    y = np.array([1.0, 2.0])
    observed = CensoredResponses(y, np.array([True, True]), 5.0)
    fit = fit_censored(lambda: model, np.zeros((2, 1)), observed, MEAN, np.random.default_rng(0))
    np.testing.assert_array_equal(model.fits[0][1], y)
    assert np.all(fit.responses > y)


def test_when_none_is_censored_one_fit_is_enough() -> None:
    model = Recorder()
    y = np.array([1.0, 2.0])
    observed = CensoredResponses(y, np.zeros(2, dtype=np.bool_))
    fit = fit_censored(lambda: model, np.zeros((2, 1)), observed, MEAN, np.random.default_rng(0))
    assert len(model.fits) == 1
    np.testing.assert_array_equal(fit.responses, y)
    assert fit.mean_estimates == ()


def test_estimates_above_the_cutoff_can_count_as_failures() -> None:
    observed = CensoredResponses(np.array([0.0, 1.0, 3.0]), np.array([False, True, True]), 10.0)
    how = ImputationSettings(take_mean=True, penalize_above=2.5)
    fit = fit_censored(Recorder, np.zeros((3, 1)), observed, how, np.random.default_rng(0))
    assert 1.0 < fit.responses[1] < 2.5
    assert fit.responses[2] == 10.0


def test_one_generator_one_result() -> None:
    X, observed = censored_line()

    def responses(seed: int) -> np.ndarray:
        return fit_censored(
            forest(1), X, observed, ImputationSettings(), np.random.default_rng(seed)
        ).responses

    np.testing.assert_array_equal(responses(1), responses(1))
    assert not np.array_equal(responses(1), responses(2))


@pytest.mark.parametrize("bad", [{"rounds": -1}, {"tolerance": -0.5}, {"tolerance": math.nan}])
def test_settings_are_validated(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        ImputationSettings(**bad)  # type: ignore[arg-type]


def test_shapes_are_validated() -> None:
    with pytest.raises(ValueError, match=r"must be \(n,\), got \(3,\), \(2,\)"):
        CensoredResponses(np.zeros(3), np.zeros(2, dtype=np.bool_))
