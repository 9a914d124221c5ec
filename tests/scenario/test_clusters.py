from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.scenario import OptionValues, read_command_line, resolve
from bbopt.scenario.clusters import Cluster, ClusterSettings, RunningScheduler, TlsFiles, read_cluster

LOGS = Path("/logs")


def give(words: str) -> OptionValues:
    return resolve(read_command_line(("--use-instances", "false", "--run-obj", "QUALITY", *words.split())))


def read(words: str, logs: Path = LOGS) -> Cluster | None:
    return read_cluster(give(words), logs, lambda name: Path(f"/found/{name}"))


def test_this_machine_alone() -> None:
    assert read("") is None
    assert read("--executor local") is None


def test_scheduler() -> None:
    assert read("--dask-scheduler tcp://head:8786") == RunningScheduler("tcp://head:8786")
    assert read("--executor dask --dask-scheduler head:8786") == RunningScheduler("head:8786")


@pytest.mark.parametrize("address", ["tls://head:8786", "head:8786"])
def test_scheduler_with_tls(address: str) -> None:
    words = f"--dask-scheduler {address} --dask-tls-ca ca.pem --dask-tls-cert own.pem"
    ca, certificate = Path("/found/dask-tls-ca"), Path("/found/dask-tls-cert")
    assert read(words) == RunningScheduler("tls://head:8786", TlsFiles(ca, certificate))
    key = Path("/found/dask-tls-key")
    assert read(f"{words} --dask-tls-key key.pem") == RunningScheduler(
        "tls://head:8786", TlsFiles(ca, certificate, key)
    )


def test_dask_alone_is_a_local_cluster() -> None:
    assert read("--executor dask --workers 3") == ClusterSettings("local", workers=3, log_directory=LOGS)


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
    assert read(words, tmp_path) == expected


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--executor local --cluster slurm", "cluster has no meaning with executor local"),
        ("--worker-cores 2", "worker-cores has no meaning with executor local"),
        ("--dask-scheduler h:1 --workers 2", "workers has no meaning with dask-scheduler"),
        ("--dask-scheduler h:1 --cluster pbs", "cluster has no meaning with dask-scheduler"),
        ("--cluster local --cores 2", "cores has no meaning with executor dask"),
        ("--dask-scheduler h:1 --pin-cores true", "pin-cores has no meaning with executor dask"),
        ("--cluster local --dask-tls-key x", "dask-tls-key has no meaning with cluster local"),
        ("--dask-tls-ca x", "dask-tls-ca has no meaning with executor local"),
        ("--dask-scheduler tcp://h:1 --dask-tls-ca x", "no meaning with an address that begins with tcp://"),
        ("--dask-scheduler h:1 --dask-tls-ca x", "dask-tls-ca needs dask-tls-cert, too"),
        ("--dask-scheduler h:1 --dask-tls-cert x", "dask-tls-cert needs dask-tls-ca, too"),
        ("--executor dask --workers 1 --workers-minimum 2", "workers-minimum does not fit"),
    ],
)
def test_contradictions(words: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(words)


def test_reading_the_options_imports_nothing_of_dask() -> None:
    code = "import sys, bbopt.scenario.clusters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {"dask", "distributed", "asyncio"}
