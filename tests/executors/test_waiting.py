"""Pauses between looks, and patience with databases."""

from __future__ import annotations

import pytest

from bbopt.errors import StateError, UnavailableError
from bbopt.executors import waiting
from bbopt.executors.waiting import Patience, Pauses


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


def unavailable() -> int:
    raise UnavailableError("the server is gone")


def broken() -> int:
    raise StateError("the disk is full")


def test_what_is_out_of_reach_is_waited_for(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """For ten minutes since it was reached, and it is told once in that time."""
    pauses = Pauses()
    patience = Patience(pauses)
    assert patience.attempt(lambda: 7) == 7
    assert pauses.next_s == pytest.approx(0.001)
    for waited_s in (0, 599):
        clock.now_s = 1000.0 + waited_s
        assert patience.attempt(unavailable) is None
        assert pauses.next_s == pytest.approx(0.2)
    assert caplog.messages == ["the server is gone; trying again"]
    assert not patience.is_news("unavailable")
    patience.attempt(lambda: None)
    clock.now_s = 2000.0
    assert patience.attempt(unavailable) is None
    assert len(caplog.messages) == 2
    clock.now_s = 2601.0
    with pytest.raises(UnavailableError):
        patience.attempt(unavailable)
    patience.is_endless = True
    assert patience.attempt(unavailable) is None


def test_what_waiting_does_not_mend_is_not_waited_for() -> None:
    with pytest.raises(StateError, match="the disk is full"):
        Patience(Pauses()).attempt(broken)
