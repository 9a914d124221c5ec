"""What every executor must do, and those with processes besides.

A test class inherits from one of the two contracts and says how its executor is made.
"""

from __future__ import annotations

import abc
import os
import signal
import threading
import time
import uuid
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bbopt.executors import Executor, FinishedRun, RunProgress
from bbopt.runs import Curve, RunStatus
from bbopt.scenario.metrics import MetricSettings
from bbopt.target.answers import MetricReader
from tests.target.processes import PATIENCE_S, alive_with, await_true, request, shell, supervisors_of

NO_METRICS = MetricReader()
LOSS = MetricReader(MetricSettings("loss"))
_ECHO = 'echo "Result for SMAC: SAT, 1, 2, $5, $5, $AEATK_CONCURRENT_TASK_ID"'
_SLEEP_UNLESS_QUICK = f'test "$5" -ge 100 && sleep 600; {_ECHO}'
QUICK_SEED, SLOW_SEED = 7, 107


def collect(executor: Executor, n: int) -> list[FinishedRun]:
    """Wait for `n` runs."""
    finished: list[FinishedRun] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(finished) < n:
        assert time.monotonic() < deadline_s, "the runs did not end in time"
        finished += executor.wait(PATIENCE_S)
    assert len(finished) == n
    return finished


class ExecutorContract(abc.ABC):
    """The tests for all executors."""

    @abc.abstractmethod
    def make_answering(self, directory: Path, n_slots: int) -> AbstractContextManager[Executor]:
        """An executor whose runs soon end, SAT, with their seed as quality; from seed 100 on, never.

        Leaving it closes the executor.
        """

    @pytest.fixture(params=[1, 4], ids=["1 slot", "4 slots"])
    def n_slots(self, request: pytest.FixtureRequest) -> int:
        n_slots: int = request.param
        return n_slots

    def test_each_result_belongs_to_its_request(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            wanted, finished = {}, []
            for seed in range(25):
                if executor.n_free == 0:
                    finished += executor.wait(PATIENCE_S)
                asked = request(seed)
                wanted[executor.submit(asked)] = asked
            finished += collect(executor, len(wanted) - len(finished))
        assert sorted(run.ticket for run in finished) == sorted(wanted)
        for run in finished:
            assert run.request is wanted[run.ticket]
            assert run.result.status is RunStatus.SAT
            assert run.result.quality == run.request.seed
            assert run.warnings == ()
            assert "Result for SMAC" in run.output

    @pytest.mark.parametrize("seed", [QUICK_SEED, SLOW_SEED])
    def test_slots(self, tmp_path: Path, n_slots: int, seed: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            assert (executor.n_slots, executor.n_free) == (n_slots, n_slots)
            for n_used in range(1, n_slots + 1):
                executor.submit(request(seed))
                assert executor.n_free == n_slots - n_used
            with pytest.raises(RuntimeError, match="slots are in use"):
                executor.submit(request(seed))
            executor.cancel()
            collect(executor, n_slots)
            assert executor.n_free == n_slots

    def test_wait_when_nothing_runs(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            assert executor.wait(None) == []

    def test_wait_without_time(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            executor.submit(request(SLOW_SEED))
            assert executor.wait(0.0) == []
            assert executor.wait(0.1) == []
            assert executor.n_free == n_slots - 1

    def test_cancel_one(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            slow = executor.submit(request(SLOW_SEED))
            quick = [executor.submit(request(QUICK_SEED)) for _ in range(n_slots - 1)]
            executor.cancel([slow, 10**6])
            finished = {run.ticket: run.result.status for run in collect(executor, n_slots)}
            assert finished == {slow: RunStatus.KILLED, **dict.fromkeys(quick, RunStatus.SAT)}
            executor.cancel([slow, *quick])
            executor.submit(request(QUICK_SEED))
            assert collect(executor, 1)[0].result.status is RunStatus.SAT

    def test_cancel_all(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            tickets = [executor.submit(request(SLOW_SEED)) for _ in range(n_slots)]
            executor.cancel()
            finished = collect(executor, n_slots)
            assert sorted(run.ticket for run in finished) == tickets
            assert {run.result.status for run in finished} == {RunStatus.KILLED}
            assert executor.n_free == n_slots

    def test_wake_from_another_thread(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            executor.submit(request(SLOW_SEED))
            timer = threading.Timer(0.1, executor.wake)
            timer.start()
            assert executor.wait(None) == []
            timer.join()

    def test_wake_from_a_signal_handler(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            executor.submit(request(SLOW_SEED))
            before = signal.signal(signal.SIGALRM, lambda *_: executor.wake())
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                assert executor.wait(None) == []
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)

    def test_wake_from_the_handler_of_a_signal_to_another_thread(self, tmp_path: Path, n_slots: int) -> None:
        """Such a signal does not end the main thread's system call, like one that comes just before it."""
        with self.make_answering(tmp_path, n_slots) as executor:
            executor.submit(request(SLOW_SEED))
            before = signal.signal(signal.SIGUSR1, lambda *_: executor.wake())
            timer = threading.Timer(0.1, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1))
            try:
                timer.start()
                assert executor.wait(None) == []
            finally:
                timer.join()
                signal.signal(signal.SIGUSR1, before)

    def test_wake_before_wait_counts_once(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            executor.submit(request(SLOW_SEED))
            for _ in range(3):
                executor.wake()
            assert executor.wait(None) == []
            executor.cancel()
            assert len(executor.wait(None)) == 1

    def test_nothing_goes_on_after_close(self, tmp_path: Path, n_slots: int) -> None:
        with self.make_answering(tmp_path, n_slots) as executor:
            for _ in range(n_slots):
                executor.submit(request(SLOW_SEED))
            executor.close()
            executor.close()
            executor.cancel()
            executor.wake()
            assert executor.wait(None) == []
            with pytest.raises(RuntimeError, match="closed"):
                executor.submit(request())


class ProcessExecutorContract(ExecutorContract):
    """The tests for executors of processes; these have a tag that tells whether one is left."""

    @abc.abstractmethod
    def make(
        self,
        algo: tuple[str, ...],
        directory: Path,
        n_slots: int,
        grace_s: float = 0.3,
        metrics: MetricReader = NO_METRICS,
    ) -> AbstractContextManager[Executor]:
        """An executor of `algo` in `directory`; leaving it closes the executor."""

    def make_answering(self, directory: Path, n_slots: int) -> AbstractContextManager[Executor]:
        return self.make(shell(_SLEEP_UNLESS_QUICK), directory, n_slots)

    def test_a_run_has_its_name_from_the_start(self, tmp_path: Path, n_slots: int) -> None:
        with self.make(shell(_ECHO), tmp_path, n_slots) as executor:
            names = {ticket: executor.run_name(ticket) for ticket in [executor.submit(request())]}
            finished = collect(executor, 1)
        assert {run.ticket: run.result.run_id for run in finished} == names
        assert all(names.values())

    def test_slots_have_numbers(self, tmp_path: Path, n_slots: int) -> None:
        with self.make(shell(f"sleep 0.2; {_ECHO}"), tmp_path, n_slots) as executor:
            for _ in range(n_slots):
                executor.submit(request())
            finished = collect(executor, n_slots)
        assert sorted(run.result.additional for run in finished) == [str(slot) for slot in range(n_slots)]

    def test_progress_is_told(self, tmp_path: Path, n_slots: int) -> None:
        """The run waits until somebody has heard of its first value."""
        script = f"echo loss: 3; while ! test -e go; do sleep 0.01; done; echo loss: 2; {_ECHO}"
        told: list[RunProgress] = []

        def hear(progress: RunProgress) -> None:
            told.append(progress)
            (tmp_path / "go").touch()

        with self.make(shell(script), tmp_path, n_slots, metrics=LOSS) as executor:
            ticket = executor.submit(request())
            deadline_s = time.monotonic() + PATIENCE_S
            finished: list[FinishedRun] = []
            while not finished and time.monotonic() < deadline_s:
                finished = executor.wait(PATIENCE_S, hear)
        first = told[0]
        assert first == RunProgress(ticket, request(), n=1, step=1, value=3.0)
        assert finished[0].result.metrics == {"loss": 2.0}
        assert finished[0].result.curve == Curve([1, 2], [3.0, 2.0])

    def test_no_value_is_left_out_of_what_is_told(self, tmp_path: Path, n_slots: int) -> None:
        """The run waits until somebody has heard of its last value but one."""
        values = "".join(f"echo loss: {value}; " for value in range(9, 0, -1))
        script = f"{values} while ! test -e go; do sleep 0.01; done; echo loss: 0; {_ECHO}"
        told: list[tuple[int, float]] = []

        def hear(progress: RunProgress) -> None:
            told.extend([*progress.earlier, (progress.step, progress.value)])
            if progress.n == 9:
                (tmp_path / "go").touch()

        with self.make(shell(script), tmp_path, n_slots, metrics=LOSS) as executor:
            executor.submit(request())
            deadline_s = time.monotonic() + PATIENCE_S
            finished: list[FinishedRun] = []
            while not finished and time.monotonic() < deadline_s:
                finished = executor.wait(PATIENCE_S, hear)
        assert finished
        assert told[:9] == [(step, float(10 - step)) for step in range(1, 10)]

    def test_failures_are_results(self, tmp_path: Path, n_slots: int) -> None:
        with self.make(("./no-such-program",), tmp_path, n_slots) as executor:
            executor.submit(request())
            result = collect(executor, 1)[0].result
        assert result.status is RunStatus.CRASHED
        assert "no-such-program" in result.reason

    def test_cancelled_twice_a_run_gets_no_time_of_grace(self, tmp_path: Path, n_slots: int) -> None:
        stubborn = shell("trap '' TERM; touch started; while :; do sleep 0.1; done")
        with self.make(stubborn, tmp_path, n_slots, grace_s=600.0) as executor:
            executor.submit(request())
            while not (tmp_path / "started").exists():
                time.sleep(0.01)
            executor.cancel()
            assert executor.wait(0.5) == []
            executor.cancel()
            assert collect(executor, 1)[0].result.status is RunStatus.KILLED

    @pytest.mark.parametrize("n_cancelled", [0, 1])
    def test_interrupted_no_run_gets_a_time_of_grace(
        self, tmp_path: Path, n_slots: int, n_cancelled: int
    ) -> None:
        """A second signal may come while the first one's cancellation has reached some runs, or none."""
        stubborn = shell("trap '' TERM; touch started-$AEATK_CONCURRENT_TASK_ID; while :; do sleep 0.1; done")

        def be_interrupted() -> None:
            with self.make(stubborn, tmp_path, n_slots, grace_s=600.0) as executor:
                tickets = [executor.submit(request()) for _ in range(n_slots)]
                await_true(lambda: len(list(tmp_path.glob("started-*"))) == n_slots)
                executor.cancel(tickets[:n_cancelled])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            be_interrupted()

    def test_stopped_supervisors_that_are_continued_go_on(self, tmp_path: Path, n_slots: int) -> None:
        marker = f"marker-{uuid.uuid4()}"
        script = f"touch started; while ! test -e go; do sleep 0.01; done; {_ECHO}"
        with self.make((*shell(script), marker), tmp_path, n_slots) as executor:
            executor.submit(request())
            await_true((tmp_path / "started").exists)
            (supervisor,) = supervisors_of(marker)
            os.kill(supervisor, signal.SIGSTOP)
            (tmp_path / "go").touch()
            assert executor.wait(1.5) == []
            os.kill(supervisor, signal.SIGCONT)
            assert collect(executor, 1)[0].result.status is RunStatus.SAT

    @pytest.mark.parametrize("n_cancels", [0, 1, 2])
    def test_stopped_supervisors_end_their_runs(self, tmp_path: Path, n_slots: int, n_cancels: int) -> None:
        """Cancelled once or twice, or because the executor is closed."""
        marker = f"marker-{uuid.uuid4()}"
        stubborn = shell("trap '' TERM; touch started-$AEATK_CONCURRENT_TASK_ID; while :; do sleep 0.1; done")
        grace_s = 600.0 if n_cancels == 2 else 0.3
        with self.make((*stubborn, marker), tmp_path, n_slots, grace_s) as executor:
            for _ in range(n_slots):
                executor.submit(request())
            await_true(lambda: len(list(tmp_path.glob("started-*"))) == n_slots)
            for supervisor in supervisors_of(marker):
                os.kill(supervisor, signal.SIGSTOP)
            for _ in range(n_cancels):
                executor.cancel()
            statuses = {run.result.status for run in collect(executor, n_slots if n_cancels else 0)}
            assert statuses <= {RunStatus.KILLED}
        assert alive_with(marker) == []

    def test_close_kills_what_runs(self, tmp_path: Path, n_slots: int) -> None:
        marker = f"marker-{uuid.uuid4()}"
        with self.make((*shell("sleep 600; : $0"), marker), tmp_path, n_slots) as executor:
            for _ in range(n_slots):
                executor.submit(request())
            await_true(lambda: len(alive_with(marker)) >= n_slots)
            executor.close()
            assert alive_with(marker) == []
