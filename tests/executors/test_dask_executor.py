"""The Dask executor on workers of this machine; `test_dask_slurm.py` has it on a batch system."""

from __future__ import annotations

import logging
import multiprocessing.resource_tracker
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import LocalCluster

from bbopt.errors import BboptError
from bbopt.executors import Checkpoints, FinishedRun, RunOrders, RunPlaces
from bbopt.executors.dask_dispatch import MAX_LOSSES
from bbopt.executors.dask_executor import DaskExecutor
from bbopt.executors.dask_worker import SupervisorPool
from bbopt.output_folder import OutputFolder
from bbopt.runs import RunStatus
from bbopt.scenario.clusters import ClusterSettings, RunningScheduler
from bbopt.target import TargetCommand, Timing, patience, supervisor_process
from bbopt.target.answers import MetricReader
from tests.contracts.executor_contract import NO_METRICS, ProcessExecutorContract, collect
from tests.executors.test_run_places import folders
from tests.target.processes import (
    HANGS,
    PATIENCE_S,
    RESULT,
    alive_with,
    await_true,
    is_alive,
    misbehaving,
    order,
    request,
    shell,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def resource_tracker() -> Iterator[None]:
    """End the process that multiprocessing keeps for spawned workers: other tests count our children."""
    yield
    multiprocessing.resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def schedulers(resource_tracker: None) -> Iterator[dict[int, str]]:
    """The addresses of two clusters, by their number of threads; the larger one has two workers."""
    settings: dict[str, Any] = {
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": logging.CRITICAL,
        "memory_limit": 0,
    }
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, **settings) as one,
        LocalCluster(n_workers=2, threads_per_worker=2, **settings) as four,
    ):
        yield {1: one.scheduler_address, 4: four.scheduler_address}


def dask(
    algo: tuple[str, ...],
    directory: Path,
    cluster: ClusterSettings | str,
    *,
    metrics: MetricReader = NO_METRICS,
    **settings: Any,
) -> DaskExecutor:
    command = TargetCommand(algo, directory, str(directory), metrics=metrics)
    to_use = RunningScheduler(cluster) if isinstance(cluster, str) else cluster
    return DaskExecutor(RunOrders(command, **{"grace_s": 0.3, **settings}), to_use)


class TestContract(ProcessExecutorContract):
    @pytest.fixture(autouse=True)
    def _keep(self, schedulers: dict[int, str]) -> None:
        self.schedulers = schedulers

    def make(
        self,
        algo: tuple[str, ...],
        directory: Path,
        n_slots: int,
        grace_s: float = 0.3,
        metrics: MetricReader = NO_METRICS,
    ) -> DaskExecutor:
        return dask(algo, directory, self.schedulers[n_slots], grace_s=grace_s, metrics=metrics)


@pytest.fixture
def marker() -> Iterator[str]:
    word = f"marker-{uuid.uuid4()}"
    yield word
    await_true(lambda: alive_with(word) == [])


def worker_of(pid: int) -> psutil.Process:
    """The Dask worker above a process of a run; between them are a supervisor and its keeper."""
    return psutil.Process(pid).parents()[2]


def leader(marker: str) -> int:
    """The process of a run, once it is there."""
    await_true(lambda: alive_with(marker))
    return min(alive_with(marker))


def execute(executor: DaskExecutor, **settings: Any) -> FinishedRun:
    executor.submit(request(**settings))
    return collect(executor, 1)[0]


def test_killed_worker_costs_a_retry_of_its_run_only(tmp_path: Path, marker: str) -> None:
    script = f'test "$6" -lt 100 || test -e done || {{ touch done; sleep 600; }}; echo "{RESULT}"'
    heard: list[str] = []
    with dask((*shell(script), marker), tmp_path, ClusterSettings("local", workers=2)) as executor:
        executor._on_warning = heard.append
        slow = executor.submit(request(100))
        victim = worker_of(leader(marker))
        quick = executor.submit(request(7))
        assert [run.ticket for run in collect(executor, 1)] == [quick]
        victim.kill()
        run = collect(executor, 1)[0]
        assert (run.ticket, run.result.status) == (slow, RunStatus.SAT)
        assert len(heard) == 1
        assert "was lost; its run in slot 0 is started again" in heard[0]
        await_true(lambda: executor.n_slots == 2)  # the worker has come back


def test_run_that_loses_every_worker_has_crashed(tmp_path: Path, marker: str) -> None:
    # $PPID is the supervisor, its parent the keeper, and the parent of that the worker.
    above = "read -r line < /proc/{}/stat; set -- ${{line##*)}}; "
    kills_worker = f"{above.format('$PPID')}{above.format('$2')}echo >> tries; kill -9 $2; sleep 600"
    with dask((*shell(kills_worker), marker), tmp_path, ClusterSettings("local")) as executor:
        result = execute(executor).result
        assert result.status is RunStatus.CRASHED
        assert f"was lost with its Dask worker, {MAX_LOSSES + 1} times in a row" in result.reason
    assert len((tmp_path / "tries").read_text().splitlines()) == MAX_LOSSES + 1


def test_cancelled_run_leaves_no_process(tmp_path: Path, marker: str, schedulers: dict[int, str]) -> None:
    with dask(misbehaving("ignores_sigterm.py", marker), tmp_path, schedulers[4]) as executor:
        ticket = executor.submit(request())
        leader(marker)
        executor.cancel([ticket])
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED
        assert alive_with(marker) == []


def test_worker_that_is_stopped_does_not_keep_its_cancelled_run(
    tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbopt.executors.dask_dispatch._ANSWER_S", 600.0)
    monkeypatch.setattr(patience, "_CLEAN_UP_S", 0.0)
    algo = misbehaving("ignores_sigterm.py", marker)
    with dask(algo, tmp_path, ClusterSettings("local")) as executor:
        executor.submit(request())
        worker_of(leader(marker)).suspend()
        executor.cancel()
        assert executor.wait(0.5) == []
        executor.cancel()
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED


def test_hung_supervisor_on_a_worker_costs_its_cancelled_run_only(
    tmp_path: Path, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_process, "_BOOT", HANGS)
    monkeypatch.setattr(patience, "_END_S", 0.0)
    pool = SupervisorPool()
    with ThreadPoolExecutor(1) as threads:
        hung = order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=0.0)
        run = threads.submit(pool.execute, hung)
        await_true(lambda: len(alive_with(marker)) == 2)
        assert pool.cancel([hung.uuid]) == [hung.uuid]
        assert run.result(PATIENCE_S).ended_by == "cancelled"
        assert alive_with(marker) == []


def test_cancellations_that_come_together_all_count(tmp_path: Path, marker: str) -> None:
    pool = SupervisorPool()
    with ThreadPoolExecutor(1) as threads:
        stubborn = order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=600.0)
        run = threads.submit(pool.execute, stubborn)
        await_true(lambda: len(alive_with(marker)) == 2)
        with pool._lock:
            for _ in range(2):
                pool._busy[stubborn.uuid].cancel()
        assert run.result(PATIENCE_S).ended_by == "cancelled"
        pool.end_idle()


def test_hung_runs_delay_nobody(tmp_path: Path, schedulers: dict[int, str]) -> None:
    script = f'test "$5" -ge 100 && sleep 600; echo "{RESULT}"'
    with dask(shell(script), tmp_path, schedulers[4]) as executor:
        for _ in range(3):
            executor.submit(request(100))
        for _ in range(10):
            assert execute(executor).result.status is RunStatus.SAT


def test_guard_and_log_and_crashed_quality(tmp_path: Path, marker: str, schedulers: dict[int, str]) -> None:
    settings = {"guard_factor": 2.0, "output_log": tmp_path / "log", "crashed_quality": 77.0}
    algo = (*shell("echo hello; sleep 600"), marker)
    with dask(algo, tmp_path, schedulers[1], **settings) as executor:
        result = execute(executor, cutoff_s=0.2).result
    assert (result.status, result.runtime_s, result.quality) == (RunStatus.TIMEOUT, 0.2, 77.0)
    assert (tmp_path / "log").read_text().endswith("stdout] hello\n")


def test_limits_travel_with_the_order(tmp_path: Path, marker: str, schedulers: dict[int, str]) -> None:
    settings = {"memory_limit_bytes": 100_000_000, "timing": Timing(is_objective=True)}
    with dask(misbehaving("allocates.py", marker), tmp_path, schedulers[1], **settings) as executor:
        result = execute(executor, cutoff_s=50.0).result
    assert (result.status, result.runtime_s) == (RunStatus.TIMEOUT, 50.0)
    assert "memory-limit" in result.reason


def test_target_sees_the_environment_that_the_worker_was_started_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    script = f'env > environment; echo "{RESULT}"'
    with dask(shell(script), tmp_path, ClusterSettings("local")) as executor:
        execute(executor)
    assert "PYTHONHASHSEED" not in os.environ
    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    added_by_dask = {
        "PYTHONHASHSEED",
        "OMP_NUM_THREADS",
        "MALLOC_TRIM_THRESHOLD_",
        "DASK_LOGGING__DISTRIBUTED",
    }
    assert not names & added_by_dask - set(os.environ)
    assert {"AEATK_EXECUTION_UUID", "AEATK_CONCURRENT_TASK_ID", "AEATK_PORT"} <= names


@pytest.mark.parametrize("missing", ["program", "directory"])
def test_what_the_worker_does_not_have(tmp_path: Path, schedulers: dict[int, str], missing: str) -> None:
    directory = tmp_path / "missing" if missing == "directory" else tmp_path
    with dask(("./solver",), directory, schedulers[1]) as executor:
        result = execute(executor).result
    assert result.status is RunStatus.CRASHED
    assert ("./solver can't be started" if missing == "program" else "can't be entered") in result.reason
    assert schedulers[1].rpartition(":")[0] in result.reason.partition("  worker:   ")[2]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no-such-protocol://x:1", "127.0.0.1:none"])
def test_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("bbopt.executors.dask_link._CONNECT_S", 0.5)
    with pytest.raises(BboptError, match=f"no Dask scheduler answers at {address}"):
        dask(("true",), tmp_path, address)


def test_a_run_has_its_folder_on_a_worker_too(schedulers: dict[int, str], tmp_path: Path) -> None:
    """With files, and a command behind the program; another try after a lost worker finds it empty."""
    plan = folders(tmp_path, "--parameters-file=p.txt", "--post-process=cat p.txt")
    orders = RunOrders(
        TargetCommand(shell(f"pwd; cat p.txt; echo '{RESULT}'"), tmp_path, "."),
        places=RunPlaces(folders=plan),
    )
    with DaskExecutor(orders, RunningScheduler(schedulers[1])) as executor:
        executor.submit(request())
        (finished,) = collect(executor, 1)
    assert finished.result.run_id == "run-1"
    folder = tmp_path / "runs" / "run-1"
    assert finished.output == f"{folder}\nalpha = 0.9\nheur = slow\n{RESULT}\n"
    assert (folder / "process_output.log").read_text() == finished.output + "alpha = 0.9\nheur = slow\n"


@contextmanager
def scheduler_process(tmp_path: Path, n_threads: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A scheduler with one worker in a process of its own."""
    program = tmp_path / "scheduler.py"
    program.write_text(
        textwrap.dedent(f"""
        import time
        from distributed import LocalCluster
        if __name__ == "__main__":
            with LocalCluster(n_workers={int(n_threads > 0)}, threads_per_worker={max(1, n_threads)},
                              dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50) as cluster:
                print(cluster.scheduler_address, flush=True)
                time.sleep(600)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def test_lost_scheduler_is_an_error(tmp_path: Path, marker: str) -> None:
    with (
        scheduler_process(tmp_path, 1) as (address, process),
        dask((*shell("sleep 600"), marker), tmp_path, address) as executor,
    ):
        executor.submit(request())
        leader(marker)
        process.kill()
        with pytest.raises(BboptError, match=f"connection to the Dask scheduler at {address} was lost"):
            collect(executor, 1)
        with pytest.raises(BboptError, match="was lost"):
            executor.submit(request())
        start_s = time.monotonic()
        executor.close()
        assert time.monotonic() - start_s < 25  # Dask would wait 30 s for the one that is gone


def test_without_workers_a_run_waits_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbopt.executors.dask_dispatch._FIRST_WARNING_S", 0.2)
    heard: list[str] = []
    with scheduler_process(tmp_path, 0) as (address, _), dask(("true",), tmp_path, address) as executor:
        executor._on_warning = heard.append
        assert (executor.n_slots, executor.n_free) == (1, 1)
        ticket = executor.submit(request())
        assert executor.wait(1.5) == []
        assert "1 runs have waited" in heard[0]
        executor.cancel([ticket])
        assert collect(executor, 1)[0].result.status is RunStatus.KILLED


def test_killed_optimizer_leaves_nothing_running(
    tmp_path: Path, marker: str, schedulers: dict[int, str]
) -> None:
    program = tmp_path / "optimizer.py"
    program.write_text(
        textwrap.dedent(f"""
        from pathlib import Path
        from bbopt.executors import RunOrders
        from bbopt.executors.dask_executor import DaskExecutor
        from bbopt.scenario.clusters import RunningScheduler
        from bbopt.target import TargetCommand
        from tests.target.processes import request, shell
        command = TargetCommand((*shell("sleep 600"), {marker!r}), Path({str(tmp_path)!r}), ".")
        executor = DaskExecutor(RunOrders(command, grace_s=0.3), RunningScheduler({schedulers[4]!r}))
        executor.submit(request())
        executor.wait(None)
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(program)], env=environment)
    leader(marker)
    process.kill()
    process.wait()
    await_true(lambda: alive_with(marker) == [])


def test_cluster_of_our_own_follows_the_runs_and_leaves_no_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    settings = ClusterSettings("local", workers=2, workers_minimum=0)
    with dask(shell(f"sleep 1; echo '{RESULT}'"), tmp_path, settings) as executor:
        assert executor.n_slots == 2  # both can be asked for, though no worker is there yet
        for _ in range(2):
            executor.submit(request())
        assert {run.result.status for run in collect(executor, 2)} == {RunStatus.SAT}
        new = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        workers = [child.pid for child in new if "resource_tracker" not in " ".join(child.cmdline())]
        assert len(workers) >= 4  # two workers, each with a supervisor
        await_true(lambda: executor.n_workers == 0)
    assert capfd.readouterr() == ("", "")
    await_true(lambda: [pid for pid in workers if is_alive(pid)] == [])


def test_signals_of_the_terminal_do_not_reach_the_workers(tmp_path: Path, marker: str) -> None:
    with dask((*shell(f"sleep 1; echo '{RESULT}'"), marker), tmp_path, ClusterSettings("local")) as executor:
        executor.submit(request())
        worker = worker_of(leader(marker))
        for signum in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            worker.send_signal(signum)
        assert collect(executor, 1)[0].result.status is RunStatus.SAT
        assert worker.is_running()


def test_dask_is_not_imported_with_the_executors() -> None:
    code = "import sys, bbopt.executors, bbopt.executors.clusters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {"dask", "distributed"}


def test_a_run_has_its_checkpoints_on_a_worker_too(schedulers: dict[int, str], tmp_path: Path) -> None:
    checkpoints = Checkpoints(OutputFolder(tmp_path), 1)
    script = 'cat "$BBOPT_CHECKPOINT_IN/n" 2>&1; echo "$BBOPT_RUN_ID" > "$BBOPT_CHECKPOINT_OUT/n"'
    places = RunPlaces(checkpoints=checkpoints)
    outputs = []
    with dask(shell(f"{script}; echo '{RESULT}'"), tmp_path, schedulers[1], places=places) as executor:
        assert checkpoints.take(request())
        for _ in range(2):
            executor.submit(request())
            (finished,) = collect(executor, 1)
            outputs.append(finished.output)
    assert outputs[1] == f"run-1\n{RESULT}\n"
    assert "No such file" in outputs[0]
    assert checkpoints.last(checkpoints.names[0]).run_id == "run-2"  # type: ignore[union-attr]
