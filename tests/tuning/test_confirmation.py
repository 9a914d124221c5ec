"""The incumbent's last run, in full, which is made beyond limits: that the search ends behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bbopt.runs import RunRequest, RunResult
from bbopt.scenario import CrashPolicy, Limits
from bbopt.scenario.patience import Patience
from bbopt.tuning import Outcome, Tuner, TunerSettings
from tests.engines.racers.test_halving import ENGINES, answer, crash, problem
from tests.fakes import FakeExecutor
from tests.tuning.test_tuner import FOREVER, Memory

IN_FULL = 81


def searched(
    racer: str, respond: Callable[[RunRequest], RunResult], n_slots: int
) -> tuple[Outcome, FakeExecutor]:
    """A search whose patience is at an end long before anything is run in full."""
    given = problem()
    executor = FakeExecutor(respond, n_slots)
    limits = Limits(FOREVER, FOREVER, FOREVER, FOREVER, False, None, patience=Patience(runs=5))
    settings = TunerSettings(limits, CrashPolicy(False), None)
    return Tuner(ENGINES[racer](given), executor, Memory(), given.objective, settings).run(), executor


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
