from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bbopt.executors import Executor, FinishedRun, LocalExecutor, RunOrders
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.runs import RunStatus
from bbopt.target import RuntimeSource, SupervisorError, TargetCommand, Timing, patience, supervisor_process
from bbopt.target.answers import MetricReader
from tests.contracts.executor_contract import NO_METRICS, ProcessExecutorContract, collect
from tests.target.processes import (
    HANGS,
    RESULT,
    alive_with,
    await_true,
    fails_with,
    few_fds,
    is_alive,
    misbehaving,
    open_fds,
    request,
    shell,
    supervisors_of,
)

ROOT = Path(__file__).resolve().parents[2]
WITH_SUPERVISOR = shell('echo "Result for SMAC: SAT, 1, 2, 3, 4, $PPID"')


def local(
    algo: tuple[str, ...],
    directory: Path,
    n_slots: int = 1,
    *,
    pin_cores: bool = False,
    metrics: MetricReader = NO_METRICS,
    **settings: Any,
) -> LocalExecutor:
    command = TargetCommand(algo, directory, str(directory), metrics=metrics)
    orders = RunOrders(command, **{"grace_s": 0.3, **settings})
    return LocalExecutor(orders, n_slots, pin_cores=pin_cores)


def execute(executor: Executor, **settings: Any) -> FinishedRun:
    executor.submit(request(**settings))
    return collect(executor, 1)[0]


@pytest.fixture
def marker() -> Iterator[str]:
    word = f"marker-{uuid.uuid4()}"
    yield word
    assert alive_with(word) == []


class TestContract(ProcessExecutorContract):
    def make(
        self,
        algo: tuple[str, ...],
        directory: Path,
        n_slots: int,
        grace_s: float = 0.3,
        metrics: MetricReader = NO_METRICS,
    ) -> LocalExecutor:
        return local(algo, directory, n_slots, grace_s=grace_s, metrics=metrics)


def test_at_least_one_slot(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_slots"):
        local(("true",), tmp_path, 0)


def test_guard_is_a_multiple_of_the_cutoff(tmp_path: Path, marker: str) -> None:
    with local(misbehaving("ignores_sigterm.py", marker), tmp_path, guard_factor=2.0) as executor:
        result = execute(executor, cutoff_s=0.3).result
    assert result.status is RunStatus.TIMEOUT
    assert (result.runtime_s, result.quality) == (0.3, 1e9)
    assert result.wallclock_s >= 0.6


@pytest.mark.parametrize(
    ("guard_factor", "cutoff_s"), [(None, 0.01), (10.0, LARGEST_DOUBLE)], ids=["no guard", "no cutoff"]
)
def test_no_limit(tmp_path: Path, guard_factor: float | None, cutoff_s: float) -> None:
    with local(shell(f"sleep 0.3; echo '{RESULT}'"), tmp_path, guard_factor=guard_factor) as executor:
        assert execute(executor, cutoff_s=cutoff_s).result.status is RunStatus.SAT


def test_crashed_quality_and_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with local(shell("echo no result"), tmp_path, crashed_quality=77.0, output_log=log) as executor:
        assert execute(executor).result.quality == 77.0
    assert log.read_text().endswith("stdout] no result\n")


def test_strays_are_killed_without_a_warning(tmp_path: Path, marker: str) -> None:
    with local(misbehaving("daemon.py", marker), tmp_path) as executor:
        run = execute(executor)
        assert run.result.status is RunStatus.SAT
        assert not any("processes" in warning and "killed" in warning for warning in run.warnings)
        assert alive_with(marker) == []


def test_killed_supervisor_costs_its_run_only(tmp_path: Path, marker: str) -> None:
    script = f'test "$6" -ge 100 && sleep 600; echo "{RESULT}"'
    with local((*shell(script), marker), tmp_path, 2) as executor:
        slow = executor.submit(request(100))
        await_true(lambda: len(alive_with(marker)) >= 1)
        (supervisor,) = supervisors_of(marker)
        os.kill(supervisor, signal.SIGKILL)
        other = executor.submit(request(7))
        finished = {run.ticket: run.result for run in collect(executor, 2)}
        assert finished[other].status is RunStatus.SAT
        assert finished[slow].status is RunStatus.CRASHED
        assert "SIGKILL" in finished[slow].reason
        for _ in range(4):
            assert execute(executor).result.status is RunStatus.SAT


def test_supervisor_killed_while_idle(tmp_path: Path) -> None:
    with local(WITH_SUPERVISOR, tmp_path) as executor:
        first = int(execute(executor).result.additional)
        os.kill(first, signal.SIGKILL)
        await_true(lambda: not is_alive(first))
        results = [execute(executor).result for _ in range(3)]
        assert [result.status for result in results] == [RunStatus.SAT] * 3
        assert len({result.additional for result in results} - {str(first)}) == 1


def test_run_after_an_idle_death_can_be_cancelled(tmp_path: Path) -> None:
    with local(WITH_SUPERVISOR, tmp_path) as executor:
        first = int(execute(executor).result.additional)
        os.kill(first, signal.SIGKILL)
        await_true(lambda: not is_alive(first))
        executor.submit(request())
        executor.cancel()
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED


def test_supervisor_that_dies_before_it_reads_the_order(tmp_path: Path) -> None:
    with local(WITH_SUPERVISOR, tmp_path) as executor:
        first = int(execute(executor).result.additional)
        os.kill(first, signal.SIGSTOP)
        ticket = executor.submit(request())
        os.kill(first, signal.SIGKILL)
        run = collect(executor, 1)[0]
        assert (run.ticket, run.result.status) == (ticket, RunStatus.SAT)
        assert run.result.additional != str(first)
        assert executor.n_free == 1


def test_cancelled_run_is_not_retried(tmp_path: Path) -> None:
    script = 'test "$6" -ge 100 && sleep 600; echo "Result for SMAC: SAT, 1, 2, 3, 4, $PPID"'
    with local(shell(script), tmp_path) as executor:
        first = int(execute(executor).result.additional)
        os.kill(first, signal.SIGSTOP)
        executor.submit(request(100))
        executor.cancel()
        os.kill(first, signal.SIGKILL)
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED
        assert execute(executor).result.status is RunStatus.SAT


def test_order_that_a_stopped_supervisor_has_no_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_process, "_SEND_S", 3.0)  # the next one needs time to start
    with local((*WITH_SUPERVISOR, *["x" * 100_000] * 10), tmp_path) as executor:
        first = int(execute(executor).result.additional)
        os.kill(first, signal.SIGSTOP)
        result = execute(executor).result
    assert result.status is RunStatus.SAT
    assert result.additional != str(first)


def test_hung_supervisor_costs_its_cancelled_run_only(
    tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_END_S", 0.0)
    script = f'test "$6" -ge 100 && sleep 600; echo "{RESULT}"'
    with monkeypatch.context() as patch:
        patch.setattr(supervisor_process, "_BOOT", HANGS)
        executor = local((*shell(script), marker), tmp_path)
    with executor:
        executor.submit(request(100))
        await_true(lambda: alive_with(marker))
        executor.cancel()
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED
        assert alive_with(marker) == []
        assert execute(executor).result.status is RunStatus.SAT


def test_retried_once_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with local(WITH_SUPERVISOR, tmp_path) as executor:
        first = int(execute(executor).result.additional)
        log = tmp_path / "starts"
        boot = f"open({str(log)!r}, 'a').write('start '); raise SystemExit('no home')"
        with monkeypatch.context() as patch:
            patch.setattr(supervisor_process, "_BOOT", boot)
            os.kill(first, signal.SIGSTOP)
            executor.submit(request())
            os.kill(first, signal.SIGKILL)
            result = collect(executor, 1)[0].result
        assert result.status is RunStatus.CRASHED
        assert "exit status 1\nno home" in result.reason
        assert log.read_text() == "start "
        assert execute(executor).result.status is RunStatus.SAT


@pytest.mark.parametrize("is_known_dead", [True, False])
def test_failing_restart_is_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known_dead: bool
) -> None:
    with local(WITH_SUPERVISOR, tmp_path, 2) as executor:
        first = int(execute(executor).result.additional)
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", fails_with(errno.EAGAIN))
            os.kill(first, signal.SIGKILL if is_known_dead else signal.SIGSTOP)
            await_true(lambda: not is_known_dead or not is_alive(first))
            for _ in range(1 + is_known_dead):  # a later one fails alike
                ticket = executor.submit(request())
                if not is_known_dead:
                    os.kill(first, signal.SIGKILL)
                assert executor.n_free == 1
                run = collect(executor, 1)[0]
                assert (run.ticket, run.result.status) == (ticket, RunStatus.CRASHED)
                assert "could not be started: Resource temporarily unavailable" in run.result.reason
                assert executor.n_free == 2
        assert execute(executor).result.status is RunStatus.SAT


@pytest.mark.parametrize("n_spare_fds", range(13))
def test_too_few_file_descriptors(tmp_path: Path, n_spare_fds: int) -> None:
    fds_before, children_before = open_fds(), children()
    with few_fds(n_spare_fds), pytest.raises(SupervisorError, match="Too many open files"):
        local(("true",), tmp_path, 3)
    assert open_fds() == fds_before
    assert children() == children_before


def children() -> str:
    """This process's; libraries of other tests may have left some that live as long as it does."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_many_runs_leak_nothing(tmp_path: Path) -> None:
    children_before = children()
    with local(shell(f"echo '{RESULT}'"), tmp_path, 2) as executor:
        execute(executor)
        n_fds = len(os.listdir("/proc/self/fd"))
        for _ in range(200):
            execute(executor)
        assert len(os.listdir("/proc/self/fd")) == n_fds
    assert children() == children_before


def test_close_frees_all_fds(tmp_path: Path) -> None:
    n_fds = len(os.listdir("/proc/self/fd"))
    with local(shell("sleep 600"), tmp_path, 3) as executor:
        executor.submit(request())
    assert len(os.listdir("/proc/self/fd")) == n_fds


def optimizer(tmp_path: Path, algo: tuple[str, ...], preparation: str = "") -> subprocess.Popen[str]:
    """A process of its own that executes `algo`, says "started", and prints how the run ended."""
    script = f"""
        import signal, sys
        from pathlib import Path
        from bbopt.executors import LocalExecutor, RunOrders
        from bbopt.target import TargetCommand
        from tests.target.processes import request
        orders = RunOrders(TargetCommand({algo!r}, Path({str(tmp_path)!r}), "."), grace_s=0.3)
        with LocalExecutor(orders, 2) as executor:
            {preparation or "pass"}
            executor.submit(request())
            executor.submit(request())
            print("started", flush=True)
            while executor.n_free < 2:
                for run in executor.wait(None):
                    print(run.result.status.value, flush=True)
    """
    program = tmp_path / "optimizer.py"
    program.write_text(textwrap.dedent(script))
    process = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_killed_optimizer_leaves_nothing_running(tmp_path: Path, marker: str) -> None:
    process = optimizer(tmp_path, misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(alive_with(marker)) == 4)
    supervisors = supervisors_of(marker)
    process.kill()
    process.communicate()
    await_true(lambda: not alive_with(marker))
    await_true(lambda: not any(is_alive(pid) for pid in supervisors))


def test_killed_optimizer_continues_a_stopped_supervisor(tmp_path: Path, marker: str) -> None:
    process = optimizer(tmp_path, misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(alive_with(marker)) == 4)
    for pid in supervisors_of(marker):
        os.kill(pid, signal.SIGSTOP)
    process.kill()
    process.communicate()
    await_true(lambda: not alive_with(marker))


def test_killed_optimizer_whose_child_keeps_the_socket_open(tmp_path: Path, marker: str) -> None:
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this Python has no pidfd_open")
    fork = "import os, time; os.fork() == 0 and (time.sleep(60), os._exit(0))"
    process = optimizer(tmp_path, misbehaving("ignores_sigterm.py", marker), fork)
    await_true(lambda: len(alive_with(marker)) == 4)
    process.kill()
    await_true(lambda: not alive_with(marker))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_terminals_group_is_the_optimizers_to_answer(
    tmp_path: Path, marker: str, signum: signal.Signals
) -> None:
    preparation = f"signal.signal({int(signum)}, lambda *_: print('heard', flush=True))"
    algo = ("/bin/sh", "-c", 'sleep 0.6; echo "$0" "$1"', f"{RESULT}, {marker}")
    process = optimizer(tmp_path, algo, preparation)
    await_true(lambda: len(alive_with(marker)) >= 2)
    os.killpg(process.pid, signum)
    answers = process.communicate()[0].split()
    assert answers.count("heard") == 1
    assert answers.count("SAT") == 2


def test_unanswered_sigterm_ends_all(tmp_path: Path, marker: str) -> None:
    process = optimizer(tmp_path, misbehaving("ignores_sigterm.py", marker))
    await_true(lambda: len(alive_with(marker)) == 4)
    process.terminate()
    process.communicate()
    await_true(lambda: not alive_with(marker))


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        ("two_results.sh", ["more than one result line", "0.20", "exit status 0"]),
        ("dies_by_signal.sh", ["no result line", "signal SIGSEGV", "    reading the instance"]),
        ("wrong_machine", ["can't be started", "built for another machine"]),
    ],
)
def test_crash_is_explained(tmp_path: Path, program: str, parts: list[str]) -> None:
    with local(misbehaving(program), tmp_path) as executor:
        result = execute(executor).result
    assert result.status is RunStatus.CRASHED
    for part in [*parts, f"command:  cd {tmp_path}; ", "-alpha '0.9' -heur 'slow'"]:
        assert part in result.reason


def test_pinned_slots_take_the_processors_in_turns(tmp_path: Path) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    script = 'echo "Result for SMAC: SAT, 0, 0, 0, 0, $(grep Cpus_allowed_list /proc/self/status | cut -f2)"'
    with local(("sh", "-c", script), tmp_path, n_slots=3, pin_cores=True) as executor:
        for _ in range(3):
            executor.submit(request())
        answers = []
        while len(answers) < 3:
            answers += [finished.result.additional for finished in executor.wait(20)]
    assert sorted(answers) == sorted(str(allowed[slot % len(allowed)]) for slot in range(3))


def test_memory_limit(tmp_path: Path, marker: str) -> None:
    algo, timing = misbehaving("allocates.py", marker), Timing(is_objective=True)
    with local(algo, tmp_path, memory_limit_bytes=100_000_000, timing=timing) as executor:
        result = execute(executor, cutoff_s=50.0).result
    assert (result.status, result.runtime_s) == (RunStatus.TIMEOUT, 50.0)
    assert "memory-limit" in result.reason


def test_output_limit(tmp_path: Path) -> None:
    with local(misbehaving("flood.py", "1000000"), tmp_path, output_limit_bytes=1_000_000) as executor:
        result = execute(executor).result
    assert result.status is RunStatus.CRASHED
    assert "output-limit" in result.reason


def test_cpu_time_of_the_tree_is_guarded(tmp_path: Path, marker: str) -> None:
    """The cutoff is 0.1 s, and nobody reports anything; wall time would take 50 s for it."""
    with local(misbehaving("burns_below.py", marker), tmp_path, guard_factor=5.0) as executor:
        result = execute(executor, cutoff_s=0.1).result
    assert (result.status, result.runtime_s) == (RunStatus.TIMEOUT, 0.1)


def test_limits_of_an_order(tmp_path: Path) -> None:
    """A parallel program that keeps its cutoff by the wall clock may use many processors meanwhile."""
    orders = RunOrders(TargetCommand(("x",), tmp_path, "."), 10.0, memory_limit_bytes=5, output_limit_bytes=6)
    order = orders.order(request(cutoff_s=50.0), 0)
    assert (order.limit_s, order.cpu_limit_s, order.cpu_free_s) == (500.0, 500.0, 50.0)
    assert (order.memory_limit_bytes, order.output_limit_bytes) == (5, 6)
    unlimited = orders.order(request(cutoff_s=LARGEST_DOUBLE), 0)
    assert (unlimited.limit_s, unlimited.cpu_limit_s, unlimited.cpu_free_s) == (None, None, 0.0)


def test_runtime_is_measured(tmp_path: Path) -> None:
    timing = Timing(RuntimeSource.WALLTIME, True)
    with local(shell(f"sleep 0.3; echo '{RESULT}'"), tmp_path, timing=timing) as executor:
        solved = execute(executor, cutoff_s=50.0)
        late = execute(executor, cutoff_s=0.2).result
    assert solved.result.status is RunStatus.SAT
    assert 0.3 <= solved.result.runtime_s == solved.result.wallclock_s
    assert solved.warnings == ()  # the report of 1.5 s does not count
    assert (late.status, late.runtime_s) == (RunStatus.TIMEOUT, late.wallclock_s)


def test_impossible_report_is_warned_about_once(tmp_path: Path) -> None:
    script = "echo 'Result for SMAC: SAT, 59, 0, 0, 7'"
    with local(shell(script), tmp_path) as executor:
        warnings = [execute(executor).warnings for _ in range(3)]
    assert [len(found) for found in warnings] == [1, 0, 0]
    assert "59 s" in warnings[0][0]


def test_what_limits_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with local(shell(f"echo '{RESULT}'"), tmp_path) as executor:
        execute(executor, cutoff_s=LARGEST_DOUBLE)
        assert caplog.messages == []
        for _ in range(3):
            execute(executor, cutoff_s=50.0)
    (message,) = caplog.messages
    assert message.startswith("Runs are measured and limited by means of ")
