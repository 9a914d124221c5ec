"""Which checkpoints stay, while a search is under way and at its end."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bbopt.executors import Checkpoints
from bbopt.runs import QualityObjective, Run, RunRequest, RunResult, RunStatus
from bbopt.scenario.checkpoints import CheckpointSettings
from bbopt.session.checkpoint_keeping import CheckpointKeeping
from bbopt.space import Configuration
from tests.executors.test_checkpoints import asked, begun, make, name_of

ALL, NONE, BEST, THREE = (CheckpointSettings(n) for n in (None, 0, 1, 3))


class Search:
    """Runs that cost their x; the incumbent is the best at the largest budget, 90 and more crash."""

    def __init__(
        self, output: Path, settings: CheckpointSettings = BEST, seed: int = 1, *, is_shared: bool = False
    ) -> None:
        self.seed = seed
        self.checkpoints = begun(output, seed, is_shared=is_shared)
        self.may_return: set[int] = set()
        self.runs: list[Run] = []
        self.keeping = self.new_keeping(settings)

    def new_keeping(self, settings: CheckpointSettings = BEST) -> CheckpointKeeping:
        return CheckpointKeeping(self.checkpoints, settings, lambda one: x_of(one) in self.may_return)

    def run(self, x: int, budget: int = 1) -> Run:
        request, run_id = asked(x, budget), f"{self.seed}-{len(self.runs) + 1}"
        status = RunStatus.CRASHED if x >= 90 else RunStatus.SAT
        if status is RunStatus.SAT:
            make(self.checkpoints, request, run_id)
        result = RunResult(status, 1.0, 0, float(x), run_id=run_id)
        return Run.valued(request, result, QualityObjective())

    def record(self, *runs: tuple[int, int]) -> None:
        for x, budget in runs:
            self.runs.append(self.run(x, budget))
            self.keeping.run_finished(self.runs[-1], "", self.progress)

    @property
    def progress(self) -> Any:
        worked = [run for run in self.runs if not run.is_failure]
        best = min(worked, key=lambda run: (-run.request.runlength, run.cost), default=None)
        return SimpleNamespace(incumbent_configuration=None if best is None else best.request.configuration)

    def end(self, *, was_asked_for: bool = False) -> None:
        outcome: Any = SimpleNamespace(progress=self.progress, was_asked_for=was_asked_for)
        self.keeping.finished(outcome)
        self.keeping.close()

    @property
    def kept(self) -> list[int]:
        """The x of those that have checkpoints."""
        return [x for x in range(100) if has(self.checkpoints, asked(x))]


def has(checkpoints: Checkpoints, request: RunRequest) -> bool:
    return checkpoints.last(name_of(checkpoints, request)) is not None


def x_of(configuration: Configuration) -> int:
    return int(configuration.active_values["x"])


RUNS = ((5, 1), (3, 1), (95, 1), (7, 1), (8, 1), (3, 3), (5, 3), (7, 9))


@pytest.mark.parametrize(
    ("settings", "expected"), [(ALL, [3, 5, 7, 8]), (NONE, []), (BEST, [7]), (THREE, [3, 5, 7])]
)
def test_what_stays_at_the_end(tmp_path: Path, settings: CheckpointSettings, expected: list[int]) -> None:
    search = Search(tmp_path, settings)
    search.may_return = {3, 5, 7, 8}
    search.record(*RUNS)
    assert search.kept == [3, 5, 7, 8]
    search.end()
    assert search.kept == expected
    assert len(os.listdir(tmp_path / "checkpoints")) == len(expected)


def test_who_has_lost_loses_its_checkpoints_at_once(tmp_path: Path) -> None:
    search = Search(tmp_path)
    search.may_return = {5, 3, 7}
    search.record((5, 1), (3, 1), (7, 1))
    assert search.kept == [3, 5, 7]
    search.may_return = {5, 3}
    search.record((8, 1))
    assert search.kept == [3, 5]
    search.may_return = set()
    search.record((9, 1))
    assert search.kept == [3]  # the incumbent's, whatever the engine says


@pytest.mark.parametrize("settings", [ALL, THREE])
def test_those_that_shall_stay_stay_meanwhile(tmp_path: Path, settings: CheckpointSettings) -> None:
    search = Search(tmp_path, settings)
    search.record((5, 1), (3, 1), (7, 1))
    assert search.kept == [3, 5, 7]


def test_a_search_that_was_stopped_keeps_what_it_needs(tmp_path: Path) -> None:
    search = Search(tmp_path, NONE)
    search.may_return = {5, 3}
    search.record((5, 1), (3, 1), (7, 1))
    search.end(was_asked_for=True)
    assert search.kept == [3, 5]


def test_one_that_has_failed_removes_nothing(tmp_path: Path) -> None:
    search = Search(tmp_path, NONE)
    search.may_return = {5}
    search.record((5, 1))
    search.keeping.close()
    assert search.kept == [5]


def test_a_resumed_search_goes_on(tmp_path: Path) -> None:
    search = Search(tmp_path)
    search.may_return = {5, 3, 7}
    search.record((5, 1), (3, 1), (7, 1))
    unrecorded = search.run(9)  # killed when its checkpoint stood, and its record did not
    again = search.new_keeping()
    search.may_return = {5, 9}
    again.take_over(search.runs, search.progress, n_before=3)
    assert search.kept == [3, 5, 9]
    search.runs.append(unrecorded)
    search.may_return = {5}
    again.run_finished(unrecorded, "", search.progress)
    assert search.kept == [3, 5]


def test_what_forgotten_runs_have_left_goes(tmp_path: Path) -> None:
    search = Search(tmp_path)
    search.may_return = {5, 3, 7}
    search.record((5, 1), (3, 1), (7, 1))
    again = search.new_keeping()
    again.take_over(search.runs[:2], search.progress, n_before=3)
    assert search.kept == [3, 5]


def test_what_is_shared_stays_until_the_last_one_has_come_to_its_end(tmp_path: Path) -> None:
    one, two = (Search(tmp_path, seed=seed, is_shared=True) for seed in (1, 2))
    one.record((5, 1), (3, 1))
    two.record((7, 1), (2, 1))
    one.end()
    assert one.kept == [2, 3, 5, 7]
    two.end()
    assert two.kept == [2]


def test_what_is_shared_stays_for_one_that_was_killed(tmp_path: Path) -> None:
    one, two = (Search(tmp_path, seed=seed, is_shared=True) for seed in (1, 2))
    one.record((5, 1), (3, 1))
    two.record((7, 1))
    two.end()
    one.end(was_asked_for=True)
    assert one.kept == [3, 5, 7]


def test_all_instances_of_the_best_one_stay(tmp_path: Path) -> None:
    search = Search(tmp_path)
    search.record((5, 1))
    other = replace(asked(5), seed=4)
    make(search.checkpoints, other, "1-2")
    search.runs.append(Run.valued(other, replace(search.runs[0].result, run_id="1-2"), QualityObjective()))
    search.keeping.run_finished(search.runs[-1], "", search.progress)
    search.record((7, 1))
    search.end()
    assert len(search.checkpoints.names) == 2
    assert has(search.checkpoints, other)
