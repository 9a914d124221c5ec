"""Experiments in processes of their own, by a worker at a SQLite file."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.jobs.experiment_jobs import experiment_job, refuse_unknown, row_state
from bbopt.runs import JobStatus
from bbopt.stores import JobChoice, JobRow, job_queue_at, job_table_at
from bbopt.workers import Experiments, Worker, WorkerSettings

MODULE = """
import os, time

def fine(state, channel):
    print("seen", state.deep.x)
    state.pid = os.getpid()
    state.result = {"loss": state.deep.x * 2, "shape": (1, 2)}
    open("made.txt", "w").write("by the experiment")
    return channel.COMPLETE

def in_parts(state, channel):
    state.part = state.get("part", 0) + 1
    return channel.INCOMPLETE if state.part < 3 else None

def raises(state, channel):
    state.before = 1
    channel.save()
    raise ValueError("no luck")

def answers(state, channel):
    return "yes"

def unfit(state, channel):
    state.what = object()

def dies(state, channel):
    os.kill(os.getpid(), 9)

def waits(state, channel):
    state.part = state.get("part", 0) + 1
    channel.save()
    while channel.switch() != "stop":
        time.sleep(0.02)
    state.stopped = True
    return channel.INCOMPLETE

def builds(state, channel):
    from bbopt.jobs.tools import make
    state.made = make(state.thing)
"""


class Bench:
    """A table, a folder with a module, and a worker for them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "trials.py").write_text(MODULE)
        self.table = StudyAddress.read_table("sqlite:///jobs.db?table=t", path)
        self.queue = job_queue_at(self.table)

    def add(self, name: str, **settings: Any) -> int:
        (number,) = self.queue.add([experiment_job(f"trials.{name}", self.path, settings)])
        return number

    def worker(self, n_jobs: int = 0, **settings: Any) -> Worker:
        known = {"is_trusted": True, "grace_s": 20.0, **settings}
        runner = Experiments(self.path / "jobs", self.path, job_table_at(self.table), **known)
        return Worker(job_queue_at(self.table), [runner], WorkerSettings(n_jobs=n_jobs, max_failures=100))

    def row(self, number: int) -> JobRow:
        (row,) = job_table_at(self.table).jobs(JobChoice(numbers=frozenset({number})))
        return row

    def await_true(self, what: Callable[[], bool]) -> None:
        end_s = time.monotonic() + 60
        while not what():
            assert time.monotonic() < end_s
            time.sleep(0.02)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_comes_out(bench: Bench) -> None:
    number = bench.add("fine", **{"deep.x": 2})
    bench.worker().run()
    row, state = bench.row(number), row_state(bench.row(number))
    assert row.status is JobStatus.DONE
    assert state["result.loss"] == 4
    assert state["result.shape"] == (1, 2)
    assert state["pid"] != os.getpid()
    folder = bench.path / "jobs" / str(number)
    assert (folder / "made.txt").read_text() == "by the experiment"
    assert (folder / "stdout").read_text() == "seen 2\n"
    assert (folder / "orig.conf").read_text() == "deep.x = 2\n"
    assert "result.shape = (1, 2)\n" in (folder / "current.conf").read_text()


def test_one_that_goes_on_is_first_and_has_its_state(bench: Bench) -> None:
    number, other = bench.add("in_parts"), bench.add("in_parts")
    end = bench.worker(n_jobs=3).run()
    assert end.n_done == 3
    assert (bench.row(number).status, bench.row(other).status) == (JobStatus.DONE, JobStatus.START)
    assert row_state(bench.row(number))["part"] == 3
    assert bench.row(number).priority == 2.0


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("raises", JobStatus.ERR_RUN, "ValueError: no luck"),
        ("answers", JobStatus.ERR_RUN, "it has returned 'yes'"),
        ("unfit", JobStatus.ERR_RUN, "can't be recorded"),
        ("dies", JobStatus.ERR_RUN, "without a word"),
        ("missing", JobStatus.ERR_START, "trials has no 'missing'"),
    ],
)
def test_failures(bench: Bench, name: str, status: JobStatus, reason: str) -> None:
    number = bench.add(name)
    end = bench.worker().run()
    row = bench.row(number)
    assert (end.n_done, end.n_failed) == (0, 1)
    assert row.status is status
    assert reason in row.reason
    if name == "raises":
        assert row_state(row)["before"] == 1
        assert "Traceback" in (bench.path / "jobs" / str(number) / "stderr").read_text()


def test_asked_to_stop_it_is_given_back_with_what_it_has(bench: Bench) -> None:
    number = bench.add("waits")
    worker = bench.worker()

    def stop_when_saved() -> None:
        bench.await_true(lambda: "part" in row_state(bench.row(number)))
        worker.stop()

    thread = threading.Thread(target=stop_when_saved)
    thread.start()
    worker.run()
    thread.join()
    row = bench.row(number)
    assert (row.status, row.priority) == (JobStatus.START, 2.0)
    assert row_state(row)["stopped"] is True


@pytest.mark.parametrize("keeps_going", [True, False])
def test_cancelled_while_it_runs(bench: Bench, keeps_going: bool) -> None:
    """It goes on, and is what it comes to; only if it crashes it stays cancelled."""
    number = bench.add("waits")
    worker = bench.worker(n_jobs=1)

    def cancel() -> None:
        bench.await_true(lambda: "part" in row_state(bench.row(number)))
        assert job_table_at(bench.table).cancel([number], ends_runs=False) == [number]
        ours = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _runs(path, bench.path)]
        for path in ours:
            os.kill(int(path.parent.name), signal.SIGTERM if keeps_going else signal.SIGKILL)

    thread = threading.Thread(target=cancel)
    thread.start()
    worker.run()
    thread.join()
    assert bench.row(number).status is (JobStatus.START if keeps_going else JobStatus.CANCELED)


def test_one_that_is_to_end_is_not_begun_again(bench: Bench) -> None:
    """Although it has stopped in good order, and would go on."""
    number = bench.add("waits")
    worker = bench.worker(n_jobs=1)

    def cancel() -> None:
        bench.await_true(lambda: "part" in row_state(bench.row(number)))
        assert job_table_at(bench.table).cancel([number], ends_runs=True) == [number]

    thread = threading.Thread(target=cancel)
    thread.start()
    end = worker.run()
    thread.join()
    row = bench.row(number)
    assert (row.status, row.priority, end.n_failed) == (JobStatus.CANCELED, 1.0, 0)
    assert row_state(row)["stopped"] is True


def _runs(path: Path, folder: Path) -> bool:
    try:
        words = path.read_bytes().split(b"\0")
    except OSError:
        return False
    return any(b"experiment_process" in word for word in words) and str(folder).encode() in b" ".join(words)


def test_a_table_that_is_not_trusted_calls_only_what_is_here(bench: Bench, tmp_path: Path) -> None:
    bench.queue.add(
        [experiment_job("subprocess.call", tmp_path, {}), experiment_job("trials.fine", tmp_path, {})]
    )
    bench.add("builds", **{"thing.__builder__": "os.getcwd"})
    numbers = [row.number for row in job_table_at(bench.table).jobs(JobChoice())]
    bench.worker(is_trusted=False).run()
    rows = [bench.row(number) for number in numbers]
    assert "not trusted" in rows[0].reason
    assert rows[1].reason.startswith("AttributeError")  # it was called
    assert "os.getcwd" in rows[2].reason
    allowed = bench.add("builds", **{"thing.__builder__": "os.getcwd"})
    bench.worker(is_trusted=False, allowed=frozenset({"os.getcwd"})).run()
    assert bench.row(allowed).status is JobStatus.DONE


def test_with_a_folder_elsewhere_its_files_are_brought_back(bench: Bench, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    number = bench.add("fine", **{"deep.x": 1})
    bench.worker(scratch=scratch).run()
    assert (bench.path / "jobs" / str(number) / "made.txt").exists()
    assert list(scratch.iterdir()) == []


def test_functions_are_looked_for_in_a_process_of_their_own(bench: Bench) -> None:
    (bench.path / "loud.py").write_text("print('hello'); import os; os._exit(3)\n")
    refuse_unknown("trials.fine", bench.path)
    with pytest.raises(InputError, match="loud"):
        refuse_unknown("loud.fine", bench.path)
    with pytest.raises(InputError, match="there is no module nowhere"):
        refuse_unknown("nowhere.fine", bench.path)
