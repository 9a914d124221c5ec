"""Runs whose checkpoints are in use are put off: others come first, and they come later."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.engines import Incumbent, Others
from bbopt.errors import StateError
from bbopt.executors import Checkpoints, OnProgress
from bbopt.executors.executor import FinishedRun, nobody
from bbopt.runs import Curve, QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.scenario import CrashPolicy
from bbopt.space import Configuration
from bbopt.tuning import Tuner, TunerSettings
from tests.executors.test_checkpoints import asked, begun, name_of
from tests.fakes import FakeExecutor
from tests.tuning.test_tuner import Memory, limits


class Listed:
    """An engine that has some runs made, in whatever order it has to be."""

    def __init__(self, *runs: RunRequest) -> None:
        self.due = list(runs)
        self.told: list[RunRequest] = []

    def ask(self, others: Others) -> RunRequest | None:
        free = (run for run in self.due if not others.is_running(run.configuration, run.pair))
        request = next(free, None)
        if request is not None:
            self.due.remove(request)
        return request

    def decline(self, request: RunRequest) -> None:
        self.due.insert(0, request)

    def tell(self, request: RunRequest, result: RunResult) -> None:
        self.told.append(request)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        return None

    def learn(self, request: RunRequest, result: RunResult) -> None: ...

    def suggest(self, configuration: Configuration) -> None: ...

    def may_return(self, configuration: Configuration) -> bool:
        return True

    def confirm(self) -> RunRequest | None:
        return None

    @property
    def incumbent(self) -> Incumbent | None:
        return None

    @property
    def exhausted(self) -> str | None:
        return None if self.due else "all is done."


class Busy(FakeExecutor):
    """Nothing ends before all slots are in use, or nothing more can begin."""

    def __init__(self, n_slots: int) -> None:
        super().__init__(lambda request: RunResult(RunStatus.SAT, 1.0, 0, 1.0), n_slots)
        self.under_way: list[list[RunRequest]] = []

    def wait(self, timeout_s: float | None, on_progress: OnProgress = nobody) -> list[FinishedRun]:
        self.under_way.append(list(self._running.values()))
        return super().wait(timeout_s, on_progress)


def tuned(
    checkpoints: Checkpoints, engine: Listed, executor: FakeExecutor, crashes: CrashPolicy | None = None
) -> str:
    settings = TunerSettings(limits(runcount=99), crashes or CrashPolicy(False), None)
    memory = Memory()
    tuner = Tuner(engine, executor, memory, QualityObjective(), settings, checkpoints=checkpoints)
    return tuner.run().reason


def test_one_configuration_is_run_at_one_budget_at_a_time(tmp_path: Path) -> None:
    short, long, other = asked(1, 3), asked(1, 9), asked(2, 3)
    engine, executor = Listed(short, long, other), Busy(n_slots=2)
    assert tuned(begun(tmp_path), engine, executor) == "all is done."
    assert executor.submitted == [short, other, long]
    assert sorted(map(id, engine.told)) == sorted(map(id, [short, long, other]))
    assert all({short, long} - set(runs) for runs in executor.under_way)
    assert [name[:9] for name in os.listdir(tmp_path / "checkpoints")] == [".spare-1-"] * 2


@pytest.mark.parametrize("n_other", [0, 1])
def test_a_folder_that_another_search_uses_is_waited_for(
    tmp_path: Path, n_other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anything else to do, too; it counts as nothing."""
    peer, checkpoints = (begun(tmp_path, seed, is_shared=True) for seed in (2, 1))
    assert peer.take(asked())
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            peer.release(asked())

    monkeypatch.setattr(time, "sleep", sleep)
    others = [asked(2)] * n_other
    engine, executor = Listed(asked(1, 9), *others), Busy(n_slots=1)
    assert tuned(checkpoints, engine, executor) == "all is done."
    assert executor.submitted == [*others, asked(1, 9)]
    assert len(looks) >= 3


def test_a_run_that_is_tried_again_has_its_folder_all_the_time(tmp_path: Path) -> None:
    checkpoints, tries = begun(tmp_path), 0

    def respond(request: RunRequest) -> RunResult:
        nonlocal tries
        tries += 1
        assert checkpoints.place(request, "1-1", "abcd") is not None
        status = RunStatus.CRASHED if tries < 3 else RunStatus.SAT
        return RunResult(status, 0.0, 0, 1.0)

    engine = Listed(asked(1))
    tuned(checkpoints, engine, FakeExecutor(respond), CrashPolicy(abort_on_first=False, retries=2))
    assert tries == 3
    assert checkpoints.place(asked(1), "1-2", "abcd") is None


def test_a_folder_that_can_not_be_used_ends_the_search(tmp_path: Path) -> None:
    checkpoints = begun(tmp_path)
    blocked = checkpoints.path_of(name_of(checkpoints, asked()))
    blocked.mkdir(parents=True)
    (blocked / "mine").touch()
    respond: Callable[[RunRequest], RunResult] = lambda request: RunResult(RunStatus.SAT, 1.0, 0, 1.0)  # noqa: E731
    with pytest.raises(StateError, match=r"cannot use .*1-[0-9a-f]{16}: "):
        tuned(checkpoints, Listed(asked()), FakeExecutor(respond))
    assert os.listdir(blocked) == ["mine"]
