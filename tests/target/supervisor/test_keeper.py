"""Who watches over a run is killed with SIGKILL: the optimizer, the keeper, the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bbopt.target.supervisor.keeper import GIVE_UP
from tests.target.processes import (
    KnownSupervisor,
    alive_with,
    await_run,
    await_true,
    is_alive,
    misbehaving,
    order,
    shell,
)

ROOT = Path(__file__).resolve().parents[3]
DAEMON = misbehaving("daemon.py")


def with_daemon(marker: str) -> tuple[str, ...]:
    """A target with a daemon that left its session and its environment, which itself does not end."""
    return shell(f"{' '.join(DAEMON)} {marker}; while :; do sleep 1; done")


def await_daemon(marker: str) -> None:
    await_true(lambda: any(b"time.sleep(600)" in command(pid) for pid in alive_with(marker)))


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_killed_supervisor_leaves_no_daemon(
    supervisor: KnownSupervisor, tmp_path: Path, marker: str
) -> None:
    supervisor.start(order(with_daemon(marker), tmp_path))
    await_daemon(marker)
    os.kill(supervisor.pid, signal.SIGKILL)
    run = await_run(supervisor)
    assert run.ended_by == "supervisor"
    assert "SIGKILL" in run.tail
    assert alive_with(marker) == []


def test_a_killed_keeper_costs_the_run_and_leaves_nothing(
    supervisor: KnownSupervisor, tmp_path: Path, marker: str
) -> None:
    supervisor.start(order(with_daemon(marker), tmp_path))
    await_daemon(marker)
    os.kill(supervisor.keeper_pid, signal.SIGKILL)
    run = await_run(supervisor)
    assert (run.ended_by, supervisor.has_ended) == ("supervisor", True)
    assert alive_with(marker) == []
    await_true(lambda: not is_alive(supervisor.pid))


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_keeper_kills_its_supervisor_when_it_is_told_to(
    supervisor: KnownSupervisor, tmp_path: Path, marker: str, is_stopped: bool
) -> None:
    supervisor.start(order(with_daemon(marker), tmp_path))
    await_daemon(marker)
    if is_stopped:
        os.kill(supervisor.pid, signal.SIGSTOP)
    os.kill(supervisor.keeper_pid, GIVE_UP)
    assert await_run(supervisor).ended_by == "supervisor"
    assert alive_with(marker) == []


def test_a_keeper_continues_its_supervisor(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(shell("exit 5"), tmp_path))
    os.kill(supervisor.keeper_pid, signal.SIGCONT)
    assert await_run(supervisor).exit_status == 5


def test_nothing_is_named_so_that_one_word_kills_all(supervisor: KnownSupervisor) -> None:
    keeper = supervisor.keeper_pid
    await_true(lambda: Path(f"/proc/{keeper}/comm").read_text() == "run-keeper\n")
    assert command(keeper).strip(b"\0") == b"run-keeper"
    assert b"bbopt.target.supervisor" in command(supervisor.pid)
    await_true(lambda: os.getsid(supervisor.pid) == supervisor.pid)


OPTIMIZER = """
import sys
from pathlib import Path
from tests.target.processes import KnownSupervisor, order
supervisor = KnownSupervisor()
supervisor.start(order(tuple(sys.argv[2:]), Path(sys.argv[1])))
print(supervisor.keeper_pid, supervisor.pid, flush=True)
sys.stdin.read()
"""


@contextmanager
def optimizer(folder: Path, target: tuple[str, ...]) -> Iterator[dict[str, int]]:
    """The process ids of an optimizer with a run under way, its supervisor and its keeper."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OPTIMIZER), str(folder), *target],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    keeper, supervisor = map(int, process.stdout.readline().split())
    yield {"optimizer": process.pid, "keeper": keeper, "supervisor": supervisor}
    process.communicate()


@pytest.mark.parametrize("stopped", ["", "supervisor", "keeper", "keeper supervisor"])
@pytest.mark.parametrize(
    "killed", ["optimizer supervisor", "supervisor optimizer", "optimizer keeper", "keeper optimizer"]
)
def test_the_optimizer_and_one_more_may_be_killed(
    tmp_path: Path, marker: str, killed: str, stopped: str
) -> None:
    with optimizer(tmp_path, with_daemon(marker)) as pids:
        await_daemon(marker)
        for name in stopped.split():
            os.kill(pids[name], signal.SIGSTOP)
        for name in killed.split():
            os.kill(pids[name], signal.SIGKILL)
        await_true(lambda: not alive_with(marker))
        await_true(lambda: not any(map(is_alive, (pids["keeper"], pids["supervisor"]))))
