from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.scenario import OptionValues, read_command_line, resolve
from bbopt.scenario.clusters import ClusterSettings, read_cluster

LOGS = Path("/logs")


def give(words: str) -> OptionValues:
    return resolve(read_command_line(("--use-instances", "false", "--run-obj", "QUALITY", *words.split())))


def test_this_machine_alone() -> None:
    assert read_cluster(give(""), LOGS) is None
    assert read_cluster(give("--executor local"), LOGS) is None


def test_scheduler() -> None:
    assert read_cluster(give("--dask-scheduler tcp://head:8786"), LOGS) == "tcp://head:8786"
    assert read_cluster(give("--executor dask --dask-scheduler head:8786"), LOGS) == "head:8786"


def test_dask_alone_is_a_local_cluster() -> None:
    assert read_cluster(give("--executor dask --workers 3"), LOGS) == ClusterSettings(
        "local", workers=3, log_directory=LOGS
    )


def test_all_options(tmp_path: Path) -> None:
    words = (
        "--cluster slurm --workers 4 --workers-minimum 0 --worker-cores 2 --worker-memory 4GB "
        "--worker-walltime 1:00:00 --cluster-option queue=fast --cluster-option job_extra_directives=--excl"
    )
    expected = ClusterSettings(
        "slurm",
        4,
        0,
        2,
        "4GB",
        "1:00:00",
        (("queue", "fast"), ("job_extra_directives", "--excl")),
        tmp_path,
    )
    assert read_cluster(give(words), tmp_path) == expected


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--executor local --cluster slurm", "cluster has no meaning with executor local"),
        ("--worker-cores 2", "worker-cores has no meaning with executor local"),
        ("--dask-scheduler h:1 --workers 2", "workers has no meaning with dask-scheduler"),
        ("--dask-scheduler h:1 --cluster pbs", "cluster has no meaning with dask-scheduler"),
        ("--cluster local --cores 2", "cores has no meaning with executor dask"),
        ("--dask-scheduler h:1 --pin-cores true", "pin-cores has no meaning with executor dask"),
        ("--executor dask --workers 1 --workers-minimum 2", "workers-minimum does not fit"),
    ],
)
def test_contradictions(words: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_cluster(give(words), LOGS)


def test_reading_the_options_imports_nothing_of_dask() -> None:
    code = "import sys, bbopt.scenario.clusters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {"dask", "distributed", "asyncio"}
