"""The Dask executor on a real SLURM, as `.ci/slurm` starts one; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbopt.executors import RunOrders
from bbopt.executors.dask_executor import DaskExecutor
from bbopt.runs import RunStatus
from bbopt.scenario.clusters import ClusterSettings, RunningScheduler, TlsFiles
from bbopt.target import TargetCommand
from bbopt.target.answers import MetricReader
from tests.contracts.executor_contract import NO_METRICS, ProcessExecutorContract, collect
from tests.target.processes import RESULT, alive_with, await_true, request, shell

ROOT = Path(__file__).resolve().parents[2]


def problem() -> str | None:
    """Why there is no SLURM to test with."""
    if shutil.which("sinfo") is None:
        return "SLURM is not installed"
    try:
        done = subprocess.run(["sinfo", "-h", "-o", "%t"], capture_output=True, text=True, timeout=5)
    except subprocess.TimeoutExpired:
        return "SLURM does not answer"
    states = done.stdout.split()
    if done.returncode != 0 or not states:
        return "no SLURM is running here"
    return None if {"idle", "mix"} & set(states) else f"no node of SLURM is free: {' '.join(states)}"


PROBLEM = problem()
pytestmark = [
    pytest.mark.skipif(PROBLEM is not None, reason=str(PROBLEM)),
    pytest.mark.timeout(60),
]


def settings(logs: Path, workers: int, cores: int) -> ClusterSettings:
    return ClusterSettings(
        "slurm",
        workers=workers,
        worker_cores=cores,
        worker_memory="200MB",
        worker_walltime="00:05:00",
        options=(
            ("job_cpu", "1"),
            # The workers find this checkout without its being installed.
            ("job_script_prologue", f"export PYTHONPATH={ROOT}"),
            ("job_script_prologue", f"cd {ROOT}"),
        ),
        log_directory=logs,
    )


def jobs() -> list[str]:
    return subprocess.run(
        ["squeue", "-h", "-o", "%i"], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.fixture(scope="module")
def schedulers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, RunningScheduler]]:
    """Schedulers whose workers are jobs, by their number of threads."""
    small, large = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("four")
    command = TargetCommand(("true",), small, str(small))
    with (
        DaskExecutor(RunOrders(command), settings(small, 1, 1)) as one,
        DaskExecutor(RunOrders(command), settings(large, 2, 2)) as four,
    ):
        await_true(lambda: (one.n_workers, four.n_workers) == (1, 2))
        yield {
            1: RunningScheduler(one.address, credentials_in(small)),
            4: RunningScheduler(four.address, credentials_in(large)),
        }
    for logs in (small, large):
        assert not list(logs.glob("*/*.pem"))


def credentials_in(logs: Path) -> TlsFiles:
    """Those that the jobs with these logs use."""
    (certificate,), (key,) = logs.glob("*/certificate.pem"), logs.glob("*/key.pem")
    return TlsFiles(certificate, certificate, key)


class TestContract(ProcessExecutorContract):
    @pytest.fixture(autouse=True)
    def _keep(self, schedulers: dict[int, RunningScheduler]) -> None:
        self.schedulers = schedulers

    def make(
        self,
        algo: tuple[str, ...],
        directory: Path,
        n_slots: int,
        grace_s: float = 0.3,
        metrics: MetricReader = NO_METRICS,
    ) -> DaskExecutor:
        orders = RunOrders(TargetCommand(algo, directory, ".", metrics=metrics), grace_s=grace_s)
        return DaskExecutor(orders, self.schedulers[n_slots])


def test_job_that_is_ended_costs_a_retry_and_close_ends_the_jobs(tmp_path: Path) -> None:
    marker = f"marker-{uuid.uuid4()}"
    others = set(jobs())
    logs = tmp_path / "logs"
    script = f'test -e done || {{ touch done; sleep 600; }}; echo "{RESULT}"'
    command = TargetCommand((*shell(script), marker), tmp_path, str(tmp_path))
    with DaskExecutor(RunOrders(command, grace_s=0.3), settings(logs, 2, 1)) as executor:
        executor.submit(request())
        await_true(lambda: alive_with(marker))
        environment = Path(f"/proc/{min(alive_with(marker))}/environ").read_bytes().decode().split("\0")
        (job,) = (entry.partition("=")[2] for entry in environment if entry.startswith("SLURM_JOB_ID="))
        subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
        assert collect(executor, 1)[0].result.status is RunStatus.SAT
        assert set(jobs()) - others
    await_true(lambda: set(jobs()) <= others)
    assert alive_with(marker) == []


def test_runs_work_in_folders_on_a_disk_of_the_node(tmp_path: Path) -> None:
    """Templates, a link and a post-processing; all comes back to the output folder."""
    (tmp_path / "params.pcs").write_text("n integer [1, 99] [5]\n")
    (tmp_path / "table.txt").write_text("table\n")
    (tmp_path / "train.sh.template").write_text("cat table.txt; echo ${n} > model; printf 'loss\\t${n}\\n'\n")
    (tmp_path / "design.csv").write_text("n\n7\n3\n7\n")
    (tmp_path / "scenario.txt").write_text(
        "algo-template = sh train.sh\ntemplate = train.sh.template -> train.sh\nlink-files = table.txt\n"
        "post-process = tail -n 1 process_output.log\nmetric = loss\npcs-file = params.pcs\n"
        "use-instances = false\ndeterministic = true\nengine = csv\ndesign = design.csv\n"
        f"run-folder-root = {tmp_path}/disk\nrungroup = out\ncluster = slurm\nworkers = 1\nworker-cores = 2\n"
        "worker-memory = 200MB\nworker-walltime = 00:05:00\ncluster-option = job_cpu=1\n"
        f"cluster-option = job_script_prologue=export PYTHONPATH={ROOT}\n"
    )
    command = [sys.executable, "-m", "bbopt", "--scenario", "scenario.txt", "--seed", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    runs = tmp_path / "bbopt-output" / "out" / "runs"
    assert sorted(os.listdir(runs)) == ["1-1", "1-2", "1-3"]
    assert [(runs / name / "model").read_text() for name in ("1-1", "1-2", "1-3")] == ["7\n", "3\n", "7\n"]
    assert (runs / "1-2" / "process_output.log").read_text() == "table\nloss\t3\nloss\t3\n"
    assert "estimated mean loss: 3" in done.stdout
    assert list((tmp_path / "disk").iterdir()) == []
