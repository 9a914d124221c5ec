"""The executor whose runs are jobs of a queue, with real workers on both kinds of databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bbopt.database_address import DatabaseAddress, StudyAddress
from bbopt.executors import RunOrders
from bbopt.executors.queue_executor import QueueExecutor
from bbopt.stores import JobQueue, job_queue_at
from bbopt.target import TargetCommand
from bbopt.target.answers import MetricReader
from tests.contracts.executor_contract import NO_METRICS, ProcessExecutorContract
from tests.stores.sql.databases import KINDS, database_for
from tests.target.processes import PATIENCE_S, await_true


@contextmanager
def working(address: DatabaseAddress, study: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A worker, which is there by then."""
    words = ["worker", address.text, "--study", study, "--trust", "--reserve-timeout", "600", *arguments]
    before = job_queue_at(StudyAddress(address, study)).state().n_slots
    worker = subprocess.Popen(
        [sys.executable, "-m", "bbopt", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        queue = job_queue_at(StudyAddress(address, study))
        await_true(lambda: worker.poll() is not None or queue.state().n_slots > before)
        yield worker
    finally:
        if worker.poll() is None:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
        worker.communicate(timeout=PATIENCE_S)


def queued(
    algo: tuple[str, ...],
    directory: Path,
    queue: JobQueue,
    *,
    metrics: MetricReader = NO_METRICS,
    **settings: Any,
) -> QueueExecutor:
    command = TargetCommand(algo, directory, str(directory), metrics=metrics)
    return QueueExecutor(RunOrders(command, **{"grace_s": 0.3, **settings}), queue)


@pytest.fixture(scope="module", params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DatabaseAddress:
    return database_for(request.param, tmp_path_factory.mktemp("queue"))


@pytest.fixture(scope="module")
def queues(address: DatabaseAddress) -> Iterator[dict[int, StudyAddress]]:
    """Two studies, by the number of their workers' slots."""
    name = f"queue-{os.getpid()}"
    with ExitStack() as stack:
        with job_queue_at(StudyAddress(address, f"{name}-1")).attend():
            pass  # makes the database
        for study, n_slots in ((f"{name}-1", "1"), (f"{name}-4", "2"), (f"{name}-4", "2")):
            stack.enter_context(working(address, study, "--cores", n_slots))
        yield {n: StudyAddress(address, f"{name}-{n}") for n in (1, 4)}


class TestContract(ProcessExecutorContract):
    """Workers are processes of this machine."""

    @pytest.fixture(autouse=True)
    def _queues(self, queues: dict[int, StudyAddress]) -> None:
        self.queues = queues

    def make(
        self,
        algo: tuple[str, ...],
        directory: Path,
        n_slots: int = 1,
        grace_s: float = 0.3,
        metrics: MetricReader = NO_METRICS,
    ) -> QueueExecutor:
        queue = job_queue_at(self.queues[n_slots])
        return queued(algo, directory, queue, grace_s=grace_s, metrics=metrics)
