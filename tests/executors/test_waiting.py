"""Pauses between looks."""

from __future__ import annotations

import pytest

from bbopt.executors import waiting
from bbopt.executors.waiting import Pauses


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def test_pauses_grow_with_what_was_waited(clock: Clock) -> None:
    pauses = Pauses(longest_s=0.2)
    assert pauses.next_s == pytest.approx(0.001)
    for waited_s, pause_s in ((1.0, 0.05), (2.0, 0.1), (60.0, 0.2)):
        clock.now_s = 100.0 + waited_s
        pauses.look()
        assert pauses.next_s == pytest.approx(pause_s)
    pauses.begin()
    assert pauses.next_s == pytest.approx(0.001)
    pauses.rest()
    assert pauses.next_s == pytest.approx(0.2)


def test_a_pause_is_as_long_as_the_look_before_it(clock: Clock) -> None:
    pauses = Pauses()
    pauses.look()
    clock.now_s += 0.015
    assert pauses.next_s == pytest.approx(0.015)
