"""Metrics that a program writes into a file, or prints as lines of names and values."""

from __future__ import annotations

import math

import pytest

from bbopt.target.answers.metric_texts import metrics_in, metrics_in_lines
from bbopt.target.found_numbers import UnusableError


def test_lines_of_names_and_values() -> None:
    found = metrics_in("val_loss\t0.25\n\n test error \t 1e-07\r\nlatency\t-3\n")
    assert found == {"val_loss": 0.25, "test error": 1e-07, "latency": -3.0}
    assert list(found) == ["val_loss", "test error", "latency"]
    assert metrics_in_lines("") == {}


@pytest.mark.parametrize("text", ["nan", "NaN", "-inf", "Infinity", "+Infinity"])
def test_what_is_not_finite_is_handed_on(text: str) -> None:
    assert not math.isfinite(metrics_in(f"loss\t{text}")["loss"])


def test_the_numbers_of_an_object() -> None:
    text = '\n{"loss": 0.25, "epochs": 3, "model": "cnn", "done": true, "history": [1], "none": null}'
    assert metrics_in(text) == {"loss": 0.25, "epochs": 3.0}
    assert math.isnan(metrics_in('{"loss": NaN}')["loss"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\t1\nloss 0.5", "line 2 is no metric: 'loss 0.5'"),
        ("\t0.5", r"line 1 is no metric: '\t0.5'"),
        ("a\t1\n\na\t2", "the metric a is there twice, the second time in line 3"),
        ("a\t0,5", "the metric a is no number in line 1: '0,5'"),
        ("a\t1\t2", r"the metric a is no number in line 1: '1\t2'"),
        ("a\t", "line 1 is no metric: 'a\\t'"),
        ('{"a": 1, "a": 2}', "the name a is there twice"),
        ('{"a": 1}\n{"a": 2}', "the JSON can't be read (Extra data: line 2 column 1 (char 9))"),
        ('{"a": 1' + "0" * 400 + "}", "the JSON can't be read (int too large to convert to float)"),
    ],
)
def test_what_can_not_be_read(text: str, problem: str) -> None:
    with pytest.raises(UnusableError) as caught:
        metrics_in(text)
    assert str(caught.value) == problem
