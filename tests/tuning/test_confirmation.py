"""The incumbent's last run, in full, which is made beyond limits: that the search ends behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bbopt.runs import RunRequest, RunResult
from bbopt.scenario import CrashPolicy, Limits
from bbopt.scenario.patience import Patience
from bbopt.stores import ForeignRun, RecordedRun
from bbopt.tuning import Outcome, Peers, Tuner, TunerSettings, tuner
from tests.engines.racers.test_halving import ENGINES, answer, crash, problem
from tests.fakes import FakeExecutor
from tests.tuning.test_peers import Source
from tests.tuning.test_tuner import FOREVER, Memory

IN_FULL = 81


def searched(
    racer: str, respond: Callable[[RunRequest], RunResult], n_slots: int, source: Source | None = None
) -> tuple[Outcome, FakeExecutor]:
    """A search whose patience is at an end long before anything is run in full."""
    given = problem()
    executor = FakeExecutor(respond, n_slots)
    limits = Limits(FOREVER, FOREVER, FOREVER, FOREVER, False, None, patience=Patience(runs=5))
    settings = TunerSettings(limits, CrashPolicy(False), None)
    peers = None if source is None else Peers(source, source, given.objective, deterministic=True)
    search = Tuner(ENGINES[racer](given), executor, Memory(), given.objective, settings, peers=peers)
    return search.run(), executor


class Confirming(Source):
    """A peer that is confirming what is to be confirmed here, for three looks; then it `dies`, or is done.

    One that `is_stopped` keeps it from being made, and is not making it.
    """

    def __init__(self, *, dies: bool = False, is_stopped: bool = False) -> None:
        super().__init__()
        self._dies = dies
        self._is_stopped = is_stopped
        self.refused: list[RunRequest] = []

    def claim(self, request: RunRequest) -> bool:
        if request.runlength < IN_FULL or len(self.refused) == 3:
            self.running_elsewhere.clear()
            return super().claim(request)
        self.refused.append(request)
        if not self._is_stopped:
            self.running_elsewhere.add(request.configuration)
        return False

    def poll(self) -> list[ForeignRun]:
        if len(self.refused) < 3 or self._dies:
            return []
        self._dies = True
        return [ForeignRun(2, RecordedRun(self.refused[0], answer(self.refused[0])))]


@pytest.mark.parametrize("n_slots", [1, 3])
@pytest.mark.parametrize("racer", ENGINES)
def test_nothing_is_begun_behind_a_confirmation(racer: str, n_slots: int) -> None:
    outcome, executor = searched(racer, answer, n_slots)
    assert outcome.reason.startswith("no improvement in 5 runs")
    assert [run.runlength == IN_FULL for run in executor.submitted[-2:]] == [False, True]
    incumbent = outcome.progress.incumbent
    assert incumbent is not None
    assert incumbent.budget == IN_FULL


@pytest.mark.parametrize("n_slots", [1, 3])
@pytest.mark.parametrize("racer", ENGINES)
def test_another_incumbent_behind_a_confirmation_that_failed_prolongs_nothing(
    racer: str, n_slots: int
) -> None:
    outcome, executor = searched(
        racer, lambda run: crash() if run.runlength == IN_FULL else answer(run), n_slots
    )
    assert outcome.reason.startswith("no improvement in 5 runs")
    assert [run.runlength == IN_FULL for run in executor.submitted[-2:]] == [False, True]
    incumbent = outcome.progress.incumbent
    assert incumbent is not None
    assert incumbent.configuration != executor.submitted[-1].configuration


@pytest.mark.parametrize("dies", [False, True], ids=["done", "dead"])
@pytest.mark.parametrize("racer", ENGINES)
def test_what_a_peer_confirms_is_waited_for(racer: str, dies: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(tuner.time, "sleep", slept.append)
    source = Confirming(dies=dies)
    outcome, executor = searched(racer, answer, 1, source)
    assert len(slept) == len(source.refused) == 3
    incumbent = outcome.progress.incumbent
    assert incumbent is not None
    assert (incumbent.configuration, incumbent.budget) == (source.refused[0].configuration, IN_FULL)
    assert [run.runlength for run in executor.submitted if run.runlength == IN_FULL] == [IN_FULL] * dies


@pytest.mark.parametrize("racer", ENGINES)
def test_nobody_waits_for_a_peer_that_is_stopped(racer: str) -> None:
    source = Confirming(is_stopped=True)
    outcome, executor = searched(racer, answer, 1, source)
    assert outcome.reason.startswith("no improvement in 5 runs")
    assert len(source.refused) == 1
    assert not any(run.runlength == IN_FULL for run in executor.submitted)
