"""Metrics and curves as texts of a journal."""

from __future__ import annotations

import pytest

from bbopt.runs import Curve
from bbopt.stores.folder.run_fields import curve_in, curve_text, metrics_in, metrics_text


def test_metrics() -> None:
    metrics = {"val loss": 0.1, 'a"b': -1e300, "ümlaut": 3.0}
    text = metrics_text(metrics)
    assert text.isascii()
    assert metrics_in(text) == metrics
    assert list(metrics_in(text)) == list(metrics)
    assert (metrics_text({}), metrics_in("")) == ("", {})


def test_curves() -> None:
    curve = Curve([1, 2, -3], [0.1, 1e-300, 5.0])
    assert curve_text(curve) == "1:0.1 2:1e-300 -3:5.0"
    assert curve_in(curve_text(curve)) == curve
    assert (curve_text(Curve()), curve_in("")) == ("", Curve())


@pytest.mark.parametrize("text", ["[1]", "3", "{", '{"a": "b"}', '{"a": [1]}'])
def test_what_are_no_metrics(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        metrics_in(text)


@pytest.mark.parametrize("text", ["1", "1:", "a:1", "1:b", f"{2**64}:1", "1.5:2"])
def test_what_is_no_curve(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        curve_in(text)
