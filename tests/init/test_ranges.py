"""Ranges guessed from names and defaults, and bounds that programs have."""

from __future__ import annotations

import pytest

from bbopt.init.arguments import Argument, Kind
from bbopt.init.ranges import Range, name_words, number_range


def guess(name: str, kind: Kind, default: float | None, **more: object) -> Range:
    found = number_range(Argument(name, (f"--{name}",), kind, default, **more), default)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "default", "low", "high", "scale"),
    [
        ("lr", 0.01, 1e-5, 1, "log"),
        ("learning_rate", 2.0, 1e-5, 2, "log"),
        ("learningRate", 1e-6, 1e-8, 1, "log"),
        ("lr_decay", 0.5, 0.1, 0.999, ""),
        ("dropout", 0.5, 0, 0.9, ""),
        ("momentum", 0.9, 0, 0.99, ""),
        ("momentum", 0.999, 0.5, 0.99999, "log_near_one"),
        ("beta2", 0.999, 0.8, 0.9999, "log_near_one"),
        ("weight-decay", 1e-4, 1e-6, 0.1, "log"),
        ("weight-decay", 0, 0, 0.1, ""),
        ("label_smoothing", 0.1, 0, 1, ""),
        ("subsample", 1, 0.1, 1, ""),
        ("gamma", 0.99, 0.5, 0.9999, "log_near_one"),
        ("temperature", 2.0, 0.2, 20, "log"),
        ("offset", 0, 0, 1, ""),
        ("offset", -3.0, -6, 0, ""),
    ],
)
def test_reals(name: str, default: float, low: float, high: float, scale: str) -> None:
    found = guess(name, Kind.REAL, default)
    assert (found.low, found.high, found.scale, found.default) == (low, high, scale, default)


@pytest.mark.parametrize(
    ("name", "default", "low", "high", "values"),
    [
        ("batch-size", 32, 4, 256, (4, 8, 16, 32, 64, 128, 256)),
        ("batch-size", 100, 25, 400, ()),
        ("num_layers", 2, 1, 8, ()),
        ("hidden_layer_size", 64, 8, 512, (8, 16, 32, 64, 128, 256, 512)),
        ("kernel_size", 3, 1, 7, (1, 3, 5, 7)),
        ("n_estimators", 100, 10, 1000, ()),
        ("max_depth", 6, 1, 16, ()),
        ("warmup", 500, 125, 2000, ()),
        ("k", 3, 1, 6, ()),
        ("delay", 0, 0, 10, ()),
    ],
)
def test_integers(name: str, default: int, low: int, high: int, values: tuple[int, ...]) -> None:
    found = guess(name, Kind.INTEGER, default)
    assert (found.low, found.high, found.values, found.default) == (low, high, values, default)


def test_bounds_of_the_program_are_kept() -> None:
    assert guess("x", Kind.INTEGER, 4, low=1, high=12, exact=True) == Range(1, 12, "", 4, exact=True)
    wide = guess("lr", Kind.REAL, 0.1, low=1e-6, high=1, exact=True)
    assert (wide.low, wide.scale, wide.exact) == (1e-6, "log", True)
    probed = guess("keep", Kind.REAL, 0.8, low=0, high=1)
    assert (probed.low, probed.high, probed.exact) == (0, 1, False)
    positive = guess("alpha", Kind.REAL, 0.5, low=0, exact=True, low_open=True)
    assert 0 < positive.low < 0.5
    halfway = guess("rate", Kind.REAL, 0.5, low=0, high=1, exact=True, low_open=True, high_open=True)
    assert 0 < halfway.low < halfway.high < 1
    assert not halfway.exact
    sizes = guess("batch", Kind.INTEGER, 32, high=64)
    assert sizes.values == (4, 8, 16, 32, 64)


def test_what_is_guessed_without_a_default() -> None:
    assert guess("lr", Kind.REAL, None).default == 1e-3
    assert guess("anything", Kind.REAL, None) == Range(0, 1, "", 0.5)
    assert guess("anything", Kind.INTEGER, None).default == 10


def test_a_negative_count_stands_for_something() -> None:
    assert number_range(Argument("limit", ("--limit",), Kind.INTEGER, -1), -1.0) is None


def test_names_are_words() -> None:
    assert {"weight", "decay", "weight decay"} <= name_words("weight-decay")
    assert {"max", "depth", "max depth"} <= name_words("maxDepth")
    assert {"beta1", "beta"} <= name_words("--beta1")
