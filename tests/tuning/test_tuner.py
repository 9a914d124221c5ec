"""The loop: limits, crashes, retries, stopping, and that nothing is asked before the last run is recorded."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bbopt.engines import Others, Problem
from bbopt.engines.proposers import random_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.errors import StateError, TargetAbortError
from bbopt.runs import ENDED_AS_HOPELESS, Curve, Elapsed, QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.scenario import CrashPolicy, Limits
from bbopt.scenario.patience import Patience
from bbopt.stores import RecordedRun
from bbopt.tuning import Tuner, TunerSettings
from tests.engines.spaces import answer, branin
from tests.fakes import FakeBurst, FakeExecutor, FakeTime, FakeTorn, Notebook

FOREVER = 2**31 - 1


def limits(
    runcount: int = 10,
    wallclock_s: int = FOREVER,
    cputime_s: int = FOREVER,
    iterations: int = FOREVER,
    own_cpu: bool = True,
    delete_file: Path | None = None,
) -> Limits:
    return Limits(runcount, wallclock_s, cputime_s, iterations, own_cpu, delete_file)


class Memory:
    """A record in memory that can be made to fail."""

    def __init__(self) -> None:
        self.runs: list[RecordedRun] = []
        self.failures_left = 0
        self.sizes: list[int] = []

    def record(self, *runs: RecordedRun) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise StateError("cannot append: no space left on the device")
        self.runs += runs
        self.sizes.append(len(runs))


class Bench:
    """A tuner with everything around it faked."""

    def __init__(
        self,
        limits: Limits,
        respond=answer,  # type: ignore[no-untyped-def]
        crashes: CrashPolicy | None = None,
        n_slots: int = 1,
        kill_file: Path | None = None,
        executor: type[FakeExecutor] = FakeExecutor,
        engine: type[RacingEngine] = RacingEngine,
    ) -> None:
        space = branin()
        objective = QualityObjective()
        problem = Problem(space, objective, (space.default,), None, seed=1)
        self.engine = engine(random_search(problem), problem, RacingSettings())
        self.time = FakeTime()
        self.executor = executor(respond, n_slots)
        self.memory = Memory()
        self.notebook = Notebook()
        self.tuner = Tuner(
            self.engine,
            self.executor,
            self.memory,
            objective,
            TunerSettings(limits, crashes or CrashPolicy(), kill_file),
            observers=(self.notebook,),
            clocks=self.time.clocks,
        )


def crashed(request: RunRequest) -> RunResult:
    return RunResult(RunStatus.CRASHED, 0.0, 0, 1e9, reason="exit status 3")


def test_the_run_limit_ends_the_search_in_smac2s_words() -> None:
    bench = Bench(limits(runcount=7))
    outcome = bench.tuner.run()
    assert outcome.reason == "algorithm run limit (7 runs) has been reached."
    assert outcome.progress.n_runs == len(bench.memory.runs) == len(bench.notebook.finished_runs) == 7
    assert bench.notebook.outcome is outcome
    assert outcome.signal is None


@pytest.mark.parametrize("n_slots", [1, 3])
def test_no_more_runs_are_started_than_the_limit_allows(n_slots: int) -> None:
    bench = Bench(limits(runcount=8), n_slots=n_slots)
    bench.tuner.run()
    assert len(bench.executor.submitted) == 8


@pytest.mark.parametrize(("n_slots", "run_s", "n_ahead"), [(1, 0.0, 0), (3, 0.0, 1), (3, 3600.0, 0)])
def test_short_runs_are_asked_for_in_advance(n_slots: int, run_s: float, n_ahead: int) -> None:
    """A slot that becomes free gets its run at once; with one slot, or long runs, nothing goes stale."""

    def respond(request: RunRequest) -> RunResult:
        return replace(answer(request), wallclock_s=run_s)

    bench = Bench(limits(runcount=12), respond, n_slots=n_slots)
    ask, asked, ahead = bench.engine.ask, dict[int, RunRequest](), list[int]()

    def watched(others: Others) -> RunRequest | None:
        request = ask(others)
        if request is not None:
            asked[id(request)] = request
        return request

    bench.engine.ask = watched  # type: ignore[method-assign]
    bench.executor.on_wait = lambda: ahead.append(len(asked) - len(bench.executor.submitted))
    outcome = bench.tuner.run()
    assert ahead[n_slots : 12 - n_slots] == [n_ahead] * (12 - 2 * n_slots)
    assert len(asked) == len(bench.executor.submitted) == outcome.progress.n_runs == 12


def test_slots_that_come_later_are_used() -> None:
    """As a cluster's, whose first worker has come when the search begins."""
    bench, at_once = Bench(limits(runcount=12)), list[int]()

    def grow() -> None:
        at_once.append(bench.executor.n_slots - bench.executor.n_free)
        bench.executor.n_slots = 3

    bench.executor.on_wait = grow
    bench.tuner.run()
    assert at_once[:3] == [1, 3, 3]


def test_every_run_is_recorded_before_the_next_one_is_asked_for() -> None:
    bench = Bench(limits(runcount=5))
    recorded_at_submit: list[int] = []
    submit = bench.executor.submit

    def watched(request: RunRequest) -> int:
        recorded_at_submit.append(len(bench.memory.runs))
        return submit(request)

    bench.executor.submit = watched  # type: ignore[method-assign]
    bench.tuner.run()
    assert recorded_at_submit == [0, 1, 2, 3, 4]


def test_runs_that_end_together_are_recorded_together() -> None:
    bench = Bench(limits(runcount=9), n_slots=3, executor=FakeBurst)
    bench.tuner.run()
    assert bench.memory.sizes == [3, 3, 3]


def test_the_wallclock_limit_is_checked_before_a_run_is_started() -> None:
    bench = Bench(limits(runcount=100, wallclock_s=10))

    def slow(request: RunRequest) -> RunResult:
        bench.time.wall_s += 4
        return answer(request)

    bench.executor._answer = slow
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == 3
    assert outcome.reason == "wall-clock time limit (12.0 s) has been reached."


def test_runs_under_way_may_be_ended_at_the_wallclock_limit() -> None:
    bench = Bench(replace(limits(runcount=2, wallclock_s=10), wallclock_ends_runs=True), n_slots=2)

    def nothing_ends_by_itself() -> None:
        bench.time.wall_s += 6
        bench.executor.woken = not bench.executor._cancelled

    bench.executor.on_wait = nothing_ends_by_itself
    outcome = bench.tuner.run()
    assert (outcome.progress.n_runs, outcome.progress.n_running, bench.memory.runs) == (0, 0, [])
    assert outcome.reason == "wall-clock time limit (12.0 s) has been reached."


@pytest.mark.parametrize(("own_cpu", "expected_runs"), [(True, 3), (False, 5)])
def test_tuner_time_sums_runs_and_where_asked_the_optimizers_own_time(
    own_cpu: bool, expected_runs: int
) -> None:
    bench = Bench(limits(runcount=100, cputime_s=10, own_cpu=own_cpu))

    def respond(request: RunRequest) -> RunResult:
        bench.time.cpu_s += 2.0
        return RunResult(RunStatus.SAT, 2.0, 0, 1.0)

    bench.executor._answer = respond
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == expected_runs
    assert outcome.reason == "total CPU time limit (10.0 s) has been reached."


def test_a_run_counts_at_least_a_tenth_of_a_second() -> None:
    bench = Bench(limits(runcount=20), lambda request: RunResult(RunStatus.SAT, 0.0, 0, 1.0))
    assert bench.tuner.run().progress.tuner_time_s == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("runtime_s", "iterations", "n_configurations"),
    [(0.1, 1, 1), (0.1, 2, 12), (0.1, 3, 22), (0.1, 4, 32), (0.0, 2, 12), (0.6, 2, 3), (30.0, 4, 7)],
)
def test_iterations_are_those_of_smac2(runtime_s: float, iterations: int, n_configurations: int) -> None:
    """The first three were counted there."""
    result = RunResult(RunStatus.SAT, runtime_s, 0, 1.0)
    outcome = Bench(limits(runcount=100, iterations=iterations), lambda _: result).tuner.run()
    assert outcome.progress.n_configurations == n_configurations
    assert outcome.progress.iteration == iterations - 1
    assert outcome.reason == f"model building / iteration limit ({iterations}) has been reached."


def test_deleting_the_file_of_terminate_on_delete_ends_the_search(tmp_path: Path) -> None:
    file = tmp_path / "go"
    file.touch()
    bench = Bench(limits(runcount=100, delete_file=file))

    def respond(request: RunRequest) -> RunResult:
        if len(bench.memory.runs) == 3:
            file.unlink()
        return answer(request)

    bench.executor._answer = respond
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == 4
    assert outcome.reason == f"file being watched {file} was deleted on disk."


def test_deleting_the_file_of_kill_runs_kills_what_runs(tmp_path: Path) -> None:
    file = tmp_path / "go"
    file.touch()
    bench = Bench(limits(runcount=100), kill_file=file)
    bench.executor.on_wait = lambda: file.unlink(missing_ok=True) if len(bench.memory.runs) == 2 else None
    outcome = bench.tuner.run()
    assert "kill-runs-on-file-delete" in outcome.reason
    assert outcome.progress.n_runs <= 3


def test_a_first_crash_stops_the_search_and_is_on_record() -> None:
    bench = Bench(limits(), crashed)
    with pytest.raises(TargetAbortError, match="first run") as caught:
        bench.tuner.run()
    assert "exit status 3" in str(caught.value)
    assert caught.value.exit_code == 255
    assert len(bench.memory.runs) == 1


def test_crashes_go_on_when_told_so() -> None:
    bench = Bench(limits(runcount=6), crashed, CrashPolicy(abort_on_first=False))
    outcome = bench.tuner.run()
    assert outcome.progress.n_failures == 6
    assert outcome.progress.incumbent is not None
    assert outcome.progress.incumbent.cost == 1e9


def test_a_later_crash_stops_only_with_abort_on_crash() -> None:
    def third_crashes(request: RunRequest) -> RunResult:
        return crashed(request) if request.origin.proposal == 2 else answer(request)

    assert Bench(limits(runcount=5), third_crashes).tuner.run().progress.n_failures == 1
    with pytest.raises(TargetAbortError, match="abort-on-crash"):
        Bench(limits(runcount=5), third_crashes, CrashPolicy(abort_on_any=True)).tuner.run()


def test_runs_that_end_together_with_one_that_forbids_going_on_are_not_waited_for() -> None:
    bench = Bench(limits(), crashed, n_slots=3, executor=FakeBurst)
    with pytest.raises(TargetAbortError, match="the first run of the target algorithm crashed"):
        bench.tuner.run()
    assert bench.executor.n_free == 3


def test_abort_from_the_target_stops_the_search() -> None:
    def aborts(request: RunRequest) -> RunResult:
        return RunResult(RunStatus.ABORT, 0.0, 0, 0.0) if request.origin.proposal == 2 else answer(request)

    bench = Bench(limits(), aborts)
    with pytest.raises(TargetAbortError, match="ABORT"):
        bench.tuner.run()
    assert len(bench.memory.runs) == 2


def test_a_crashed_run_is_tried_again_as_often_as_asked() -> None:
    tries: dict[int, int] = {}

    def shaky(request: RunRequest) -> RunResult:
        number = request.origin.proposal
        tries[number] = tries.get(number, 0) + 1
        return answer(request) if tries[number] > 2 else crashed(request)

    bench = Bench(limits(runcount=4), shaky, CrashPolicy(retries=2))
    outcome = bench.tuner.run()
    assert outcome.progress.n_failures == 0
    assert outcome.progress.n_runs == 4
    assert set(tries.values()) == {3}


def test_retries_end() -> None:
    bench = Bench(limits(runcount=2), crashed, CrashPolicy(abort_on_first=False, retries=3))
    bench.tuner.run()
    assert len(bench.executor.submitted) == 8
    assert len(bench.memory.runs) == 2


def test_stop_kills_what_runs_and_does_not_count_it() -> None:
    bench = Bench(limits(runcount=100), n_slots=3)

    def stop_after_five() -> None:
        if len(bench.memory.runs) == 5:
            bench.tuner.stop("interrupted by SIGINT.", signal.SIGINT)

    bench.executor.on_wait = stop_after_five
    outcome = bench.tuner.run()
    assert outcome.reason == "interrupted by SIGINT."
    assert outcome.signal == signal.SIGINT
    assert outcome.progress.n_runs == len(bench.memory.runs) == 5
    assert bench.executor.n_free == 3


class Impatient(RacingEngine):
    """Gives every second challenger up at its third value."""

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        is_due = request.origin.proposal % 2 == 1 and len(curve) >= 3
        return f"{list(curve)[-1][1]:g} at step 3" if is_due else None


def test_a_run_that_the_engine_gives_up_is_on_record_with_its_curve_and_replays() -> None:
    bench = Bench(limits(runcount=6), crashes=CrashPolicy(retries=2), engine=Impatient)
    bench.executor.prints = lambda request: [4e9, 3e9, 2e9, answer(request).quality]
    outcome = bench.tuner.run()
    assert outcome.progress.n_runs == len(bench.memory.runs) == len(bench.executor.submitted) == 6
    assert outcome.progress.n_failures == 0
    for number, run in enumerate(bench.memory.runs):
        result = run.result
        if number % 2:
            assert result.is_hopeless
            assert result.reason == f"{ENDED_AS_HOPELESS}: 2e+09 at step 3"
            assert (result.quality, result.curve) == (2e9, Curve([1, 2, 3], [4e9, 3e9, 2e9]))
        else:
            assert (result.status, result.quality) == (RunStatus.SAT, answer(run.request).quality)
    again = Bench(limits(runcount=6), engine=Impatient)
    again.tuner.resume(bench.memory.runs, Elapsed())
    assert again.engine.incumbent == bench.engine.incumbent
    assert again.engine.ask() == bench.engine.ask()


class Hasty(RacingEngine):
    """Gives every run up at once."""

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        return "it has begun"


def test_a_search_that_ends_gives_nothing_up() -> None:
    bench = Bench(limits(runcount=6), engine=Hasty)
    bench.executor.prints = lambda request: [3.0]
    bench.executor.on_wait = lambda: bench.tuner.stop("enough") if len(bench.memory.runs) == 1 else None
    bench.tuner.run()
    assert len(bench.executor.submitted) == 2
    assert [run.result.is_hopeless for run in bench.memory.runs] == [True]


def test_an_end_that_a_second_signal_tears_away_is_not_waited_for() -> None:
    bench = Bench(limits(runcount=100), executor=FakeTorn)
    with pytest.raises(KeyboardInterrupt):
        bench.tuner.run()
    assert len(bench.memory.runs) == 4


def test_a_disk_that_is_full_for_a_moment_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    bench = Bench(limits(runcount=5))
    bench.memory.failures_left = 3
    assert bench.tuner.run().progress.n_runs == 5
    assert len(bench.memory.runs) == 5
    assert len(waits) == 3


def test_a_disk_that_stays_full_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bench = Bench(limits(runcount=5))
    bench.memory.failures_left = 1000
    with pytest.raises(StateError) as caught:
        bench.tuner.run()
    assert caught.value.exit_code == 3


def test_restored_runs_count_against_the_limits() -> None:
    first = Bench(limits(runcount=6))
    first.tuner.run()
    second = Bench(limits(runcount=10))
    second.tuner.resume(first.memory.runs, Elapsed(wallclock_s=50.0, own_cpu_s=3.0))
    outcome = second.tuner.run()
    assert outcome.progress.n_runs == 10
    assert len(second.memory.runs) == 4
    assert outcome.progress.wallclock_s == 50.0
    assert outcome.progress.own_cpu_s == 3.0
    whole = Bench(limits(runcount=10))
    whole.tuner.run()
    assert [run.request.configuration for run in whole.memory.runs[6:]] == [
        run.request.configuration for run in second.memory.runs
    ]


def test_observers_hear_of_every_new_incumbent_once() -> None:
    bench = Bench(limits(runcount=30))
    bench.tuner.run()
    costs = [cost for cost, _ in bench.notebook.incumbents]
    best = float("inf")
    expected = []
    for run in bench.notebook.finished_runs:
        if run.cost <= best:
            best = run.cost
            expected.append(best)
    assert costs == expected
    assert all(is_new for _, is_new in bench.notebook.incumbents)


@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize("status", [RunStatus.SAT, RunStatus.CRASHED])
def test_an_incumbent_that_is_only_as_good_is_no_improvement(status: RunStatus, is_resumed: bool) -> None:
    def respond(_: RunRequest) -> RunResult:
        return RunResult(status, 0.0, 0, 0.5, reason="always")

    patient = replace(limits(runcount=30), patience=Patience(runs=4))
    bench = Bench(patient, respond, CrashPolicy(abort_on_first=False))
    if is_resumed:
        before = Bench(limits(runcount=3), respond, CrashPolicy(abort_on_first=False))
        before.tuner.run()
        bench.tuner.resume(before.memory.runs, Elapsed())
    outcome = bench.tuner.run()
    assert outcome.reason == "no improvement in 4 runs (stop-after-no-improvement)."
    assert outcome.progress.n_runs == 5


def test_a_used_up_space_ends_with_the_engines_reason() -> None:
    bench = Bench(limits(runcount=100))
    bench.engine._exhausted = "every configuration has been run."
    bench.engine.ask = lambda others: None  # type: ignore[method-assign]
    assert bench.tuner.run().reason == "every configuration has been run."
