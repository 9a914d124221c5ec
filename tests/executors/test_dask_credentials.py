"""Who is let in by clusters that bbopt starts, and into those of users: tried with real connections."""

from __future__ import annotations

import logging
import multiprocessing.resource_tracker
import socket
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from bbopt.errors import BboptError, InputError
from bbopt.executors import RunOrders
from bbopt.executors.dask_credentials import given_credentials, shared_credentials
from bbopt.executors.dask_executor import DaskExecutor
from bbopt.runs import RunStatus
from bbopt.scenario.clusters import Cluster, ClusterSettings, RunningScheduler, TlsFiles
from bbopt.target import TargetCommand
from tests.contracts.executor_contract import collect
from tests.target.processes import RESULT, request, shell

PATIENCE_S = 2.0


@pytest.fixture(scope="module", autouse=True)
def resource_tracker() -> Iterator[None]:
    """End the process that multiprocessing keeps for spawned workers: other tests count our children."""
    yield
    multiprocessing.resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


def executor_on(cluster: Cluster, folder: Path) -> DaskExecutor:
    command = TargetCommand(shell(f"echo '{RESULT}'"), folder, str(folder))
    return DaskExecutor(RunOrders(command, grace_s=0.3), cluster)


def executes_a_run(executor: DaskExecutor) -> bool:
    executor.submit(request())
    return collect(executor, 1)[0].result.status is RunStatus.SAT


def listening() -> set[tuple[str, int]]:
    """Addresses and ports on which this process and its descendants listen."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    found = set()
    for process in family:
        with suppress(psutil.Error):
            found |= {
                (one.laddr.ip, one.laddr.port)
                for one in process.net_connections("tcp")
                if one.status == psutil.CONN_LISTEN
            }
    return found


INTRUDER = """
import asyncio, functools, os, pathlib, pickle, sys
from distributed import Client, Security
from distributed.comm import connect

code = functools.partial(pathlib.Path.touch, pathlib.Path(sys.argv[1]))
strangers = Security.temporary()

async def as_client(address, security):
    client = await Client(address, asynchronous=True, set_as_default=False, timeout=3, security=security)
    await client.run_on_scheduler(code)

async def as_one_of_its_servers(address, security):
    arguments = security.get_connection_args("client") if security else {}
    comm = await connect(address, timeout=3, **arguments)
    await comm.write({"op": "run", "function": pickle.dumps(code), "reply": True})
    await comm.read()

async def all_ways():
    ways = []
    for door in sys.argv[2:]:
        for address, security in ((f"tcp://{door}", None), (f"tls://{door}", strangers)):
            for way in (as_client, as_one_of_its_servers):
                ways.append(asyncio.create_task(way(address, security)))
    await asyncio.wait(ways, timeout=6)
    os._exit(0)

asyncio.run(all_ways())
"""
"""Runs a function at all these doors in all ways that Dask has, with foreign credentials or none."""


def intrude(trace: Path, doors: Iterable[str]) -> bool:
    """Whether somebody without the credentials gets in."""
    subprocess.run(
        [sys.executable, "-c", INTRUDER, str(trace), *doors], check=True, stderr=subprocess.DEVNULL
    )
    return trace.exists()


def test_nobody_without_the_credentials_runs_code_on_a_cluster_of_our_own(tmp_path: Path) -> None:
    before = listening()
    with executor_on(ClusterSettings("local"), tmp_path) as executor:
        assert executes_a_run(executor)
        doors = listening() - before
        assert len(doors) >= 3  # the scheduler's, a nanny's, a worker's
        assert {host for host, _ in doors} == {"127.0.0.1"}
        assert executor.address.startswith("tls://127.0.0.1:")
        assert not intrude(tmp_path / "trace", [f"{host}:{port}" for host, port in doors])
        assert executes_a_run(executor)


def test_the_same_intruder_gets_in_without_tls(tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL) as cluster:
        for name, address in (
            ("scheduler", cluster.scheduler_address),
            ("worker", cluster.workers[0].worker_address),
        ):
            assert intrude(tmp_path / name, [address.removeprefix("tcp://")])


def test_web_server_tells_nothing_unless_the_dashboard_is_asked_for(tmp_path: Path) -> None:
    before = listening()
    with executor_on(ClusterSettings("local"), tmp_path):
        answers = {answer_to_get(port) for _, port in listening() - before}
    assert b"HTTP/1.1 404" in answers
    assert not answers - {b"HTTP/1.1 404", b""}
    options = (("dashboard_address", "127.0.0.1:0"),)
    with executor_on(ClusterSettings("local", options=options), tmp_path):
        assert b"HTTP/1.1 200" in {answer_to_get(port) for _, port in listening() - before}


def answer_to_get(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as link:
        link.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        try:
            return link.recv(12)
        except OSError:
            return b""


def test_files_for_jobs_are_the_owners_and_go(tmp_path: Path) -> None:
    with shared_credentials(tmp_path / "workers") as security:
        (folder,) = (tmp_path / "workers").iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600, 0o600]
        assert Path(security.tls_worker_key).parent == folder
        assert security.require_encryption
    assert list((tmp_path / "workers").iterdir()) == []


def test_path_that_a_job_script_would_break_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="name another folder with --output-dir"),
        shared_credentials(tmp_path / "a b"),
    ):
        pass


@pytest.fixture
def files(tmp_path: Path) -> Iterator[TlsFiles]:
    with shared_credentials(tmp_path / "tls") as security:
        certificate = Path(security.tls_client_cert)
        yield TlsFiles(certificate, certificate, Path(security.tls_client_key))


def test_scheduler_of_a_user_with_tls(tmp_path: Path, files: TlsFiles) -> None:
    with shared_credentials(tmp_path / "other") as other:
        strangers = TlsFiles(Path(other.tls_ca_file), Path(other.tls_client_cert), Path(other.tls_client_key))
        security = given_credentials(files)
        for role in ("scheduler", "worker"):
            setattr(security, f"tls_{role}_cert", str(files.certificate))
            setattr(security, f"tls_{role}_key", str(files.key))
        with LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            security=security,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster:
            address = cluster.scheduler_address
            with executor_on(RunningScheduler(address, files), tmp_path) as executor:
                assert executes_a_run(executor)
            with pytest.raises(BboptError, match=r"--dask-tls-ca, -cert and -key"):
                executor_on(RunningScheduler(address), tmp_path)
            with pytest.raises(BboptError, match=f"no Dask scheduler answers at {address}"):
                executor_on(RunningScheduler(address, strangers), tmp_path)


def test_files_that_are_no_credentials(tmp_path: Path, files: TlsFiles) -> None:
    (tmp_path / "garbage").write_text("garbage\n")
    for broken in (
        TlsFiles(tmp_path / "garbage", files.certificate, files.key),
        TlsFiles(files.ca, files.certificate, tmp_path / "garbage"),
        TlsFiles(files.ca, files.certificate),
    ):
        with pytest.raises(InputError, match="the TLS files for the Dask scheduler can't be used"):
            given_credentials(broken)
