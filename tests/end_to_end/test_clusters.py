"""A search whose runs are executed by the workers of a Dask cluster."""

from __future__ import annotations

import signal

from bbopt.space import read_pcs
from tests.end_to_end.conftest import ScenarioFolder
from tests.end_to_end.test_interruptions import processes_in, wait_for
from tests.journals import read_journal


def test_search_on_a_cluster_of_its_own(folder: ScenarioFolder) -> None:
    done = folder.tune("--executor", "dask", "--workers", "2", "--runcount-limit", "8")
    assert done.returncode == 0, done.stderr
    assert "distributed" not in done.stderr
    journal = read_journal(folder.output / "live-rundata-1.json", read_pcs(folder.path / "params.pcs"))
    assert len(journal.runs) == 8
    assert min(run.result.quality for run in journal.runs) < 0.3  # better than the default, 0.56
    assert processes_in(folder.path) == []


def test_interrupted_search_ends_its_workers(folder: ScenarioFolder) -> None:
    folder.write("target.sh", "#!/bin/sh\ntouch started; sleep 600\n", executable=True)
    process = folder.start("--executor", "dask")
    wait_for((folder.path / "started").exists, 30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert processes_in(folder.path) == []


def test_absent_scheduler_is_an_error(folder: ScenarioFolder) -> None:
    done = folder.tune("--dask-scheduler", "tcp://127.0.0.1:1")
    assert done.returncode != 0
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_contradicting_options_are_found_before_anything_is_written(folder: ScenarioFolder) -> None:
    done = folder.tune("--worker-cores", "2")
    assert done.returncode == 1
    assert "worker-cores has no meaning with executor local" in done.stderr
    assert not folder.output.exists()
