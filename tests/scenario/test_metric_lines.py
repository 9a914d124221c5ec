"""Which lines a pattern is for, with a number or without."""

from __future__ import annotations

import re

import pytest

from bbopt.scenario.metric_lines import MARKED, metric_line

FIRST = frozenset({""})


def finds(regex: str, line: str, names: frozenset[str] = FIRST) -> str | None:
    """What stands where the number should be."""
    found = metric_line(regex, names)
    assert found is not None
    match = re.search(found, line)
    return None if match is None else line[match.start(MARKED) :].strip()


@pytest.mark.parametrize(
    ("regex", "line", "rest"),
    [
        (r"loss: ([0-9.]+)", "loss: broken", "broken"),
        (r"loss: ([0-9.]+)", "loss function", None),
        (r"loss[:=] ?([0-9.]+)", "loss=nan", "nan"),
        (r"loss[ :=]*([0-9.]+)", "loss: nan", ": nan"),
        (r"loss\D*([0-9.]+)", "loss is nan", None),
        (r"loss\D*([0-9.]+)", "loss: nan", ": nan"),
        (r"loss.*?([0-9.]+)", "loss = -inf", "= -inf"),
        (r"loss: -?(\d+(?:\.\d+)?)?", "loss: -x", "-x"),
        (r"loss ([0-9.]+)", "loss of sleep", None),
        (r"loss ([0-9.]+)", "loss NaN", "NaN"),
        (r"(?i)LOSS: ([0-9.]+)", "loss: x", "x"),
        (r"epoch \d+ ([0-9.]+) loss", "epoch 3 starts", None),
        (r"epoch \d+ ([0-9.]+) loss", "epoch 3 nan loss", "nan loss"),
        (r"([0-9.]+) % error", "inf % error", "inf % error"),
        (r"\[loss\] ([0-9.]+)", "[loss] x", "x"),
        (r"(?:loss|cost): ([0-9.]+)", "cost: x", "x"),
    ],
)
def test_lines_without_a_number(regex: str, line: str, rest: str | None) -> None:
    assert finds(regex, line) == rest


def test_named_groups() -> None:
    both = frozenset({"quality", "runtime"})
    regex = r"(\w+) cost: (?P<quality>[0-9]+) after (?P<runtime>[0-9]+) s"
    assert finds(regex, "final cost: x after y s", both) == "x after y s"
    assert metric_line(regex, frozenset({"other"})) is None


@pytest.mark.parametrize(
    "regex",
    [
        r"^([0-9.]+)$",
        r"a: ([0-9.]+)|b: ([0-9]+)",
        r"loss: (?:([0-9.]+)|-)",
        r"(\w+): \1",
        r"[0-9.]+",
        "(?x) loss: ([0-9]+) # a comment",
    ],
)
def test_patterns_that_do_not_tell_their_lines(regex: str) -> None:
    assert metric_line(regex, FIRST) is None
