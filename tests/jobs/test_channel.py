"""What experiments hear from the one who runs them."""

from __future__ import annotations

import os
import signal

import pytest

from bbopt.jobs.channel import Channel


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_switch_says_what_is_due() -> None:
    clock, saved = Clock(), []
    channel = Channel(lambda: saved.append(clock.now_s), finish_up_after_s=10, save_every_s=3, clock=clock)
    assert channel.switch() is None
    clock.now_s = 3.5
    assert channel() == "save"
    channel.save()
    assert channel() is None
    clock.now_s = 7.0
    assert channel.switch() == "save"
    clock.now_s = 10.0
    assert channel.switch() == "finish-up"
    assert saved == [3.5]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR2])
def test_signals_ask_to_stop(number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2)}
    channel = Channel(lambda: None, finish_up_after_s=0)
    try:
        channel.listen()
        os.kill(os.getpid(), number)
        assert channel.switch() == "stop"
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
