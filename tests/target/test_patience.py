"""Supervisors that are stopped or hang: how long they are waited for, and what becomes of their runs."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.target import patience, supervisor_process
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import (
    HANGS,
    KnownSupervisor,
    alive_with,
    await_run,
    await_true,
    misbehaving,
    order,
    shell,
)
from tests.target.processes import supervisor_process as started_supervisor

Execute = Callable[..., SupervisedRun]


def test_stopped_supervisor_that_is_continued_goes_on_as_if_nothing_had_happened(
    supervisor: KnownSupervisor, execute: Execute, tmp_path: Path
) -> None:
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(shell("touch started; sleep 0.2; exit 5"), tmp_path))
    supervisor.give_up_if_overdue()
    assert not select.select([supervisor], [], [], 0.3)[0]
    os.kill(supervisor.pid, signal.SIGCONT)
    await_true((tmp_path / "started").exists)
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.give_up_if_overdue()
    assert not select.select([supervisor], [], [], 0.3)[0]
    os.kill(supervisor.pid, signal.SIGCONT)
    assert await_run(supervisor).exit_status == 5


@pytest.mark.parametrize("n_cancels", [1, 2])
def test_stopped_supervisor_ends_a_cancelled_run(
    supervisor: KnownSupervisor, tmp_path: Path, marker: str, n_cancels: int
) -> None:
    grace_s = 0.3 if n_cancels == 1 else 600.0
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=grace_s))
    await_true(lambda: len(alive_with(marker)) == 2)
    os.kill(supervisor.pid, signal.SIGSTOP)
    for _ in range(n_cancels):
        supervisor.cancel()
    run = await_run(supervisor)
    assert (run.ended_by, run.exit_status) == ("cancelled", -signal.SIGKILL)
    assert not supervisor.has_ended


def test_stopped_supervisor_ends_by_itself_when_it_is_asked_to(
    supervisor: KnownSupervisor, execute: Execute
) -> None:
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.hang_up()
    supervisor.wait_for_end()
    assert supervisor._process.returncode == 0


def test_cancelled_run_is_no_reason_to_kill_an_idle_supervisor(
    supervisor: KnownSupervisor, tmp_path: Path
) -> None:
    supervisor.start(order(("sleep", "600"), tmp_path, grace_s=0.0))
    supervisor.cancel()
    supervisor.cancel()
    await_run(supervisor)
    supervisor.hang_up()
    supervisor.wait_for_end()
    assert supervisor._process.returncode == 0


@pytest.mark.parametrize(
    ("grace_s", "n_cancels"), [(0.0, 1), (600.0, 2)], ids=["time is over", "a second time"]
)
def test_hung_supervisor_is_given_up_with_its_cancelled_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, marker: str, grace_s: float, n_cancels: int
) -> None:
    monkeypatch.setattr(supervisor_process, "_BOOT", HANGS)
    monkeypatch.setattr(patience, "_END_S" if n_cancels == 1 else "_HURRIED_END_S", 0.2)
    with started_supervisor() as supervisor:
        supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=grace_s))
        await_true(lambda: len(alive_with(marker)) == 2)
        for _ in range(n_cancels):
            supervisor.cancel()
        assert not select.select([supervisor], [], [], 0.5)[0]
        supervisor.give_up_if_overdue()
        run = await_run(supervisor)
        assert (run.ended_by, run.n_survivors) == ("cancelled", 0)
        assert "SIGKILL" in run.tail
        assert supervisor.has_ended


def test_hung_supervisor_is_killed_when_it_does_not_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, marker: str
) -> None:
    monkeypatch.setattr(supervisor_process, "_BOOT", HANGS)
    monkeypatch.setattr(patience, "_END_S", 0.2)
    with started_supervisor() as supervisor:
        supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=0.0))
        await_true(lambda: len(alive_with(marker)) == 2)
        supervisor.hang_up()
        supervisor.wait_for_end()
        assert alive_with(marker) == []


def test_run_that_was_cancelled_before_gets_no_time_of_grace_at_the_end(
    supervisor: KnownSupervisor, tmp_path: Path, marker: str
) -> None:
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path, grace_s=600.0))
    await_true(lambda: len(alive_with(marker)) == 2)
    supervisor.cancel()
    supervisor.hang_up()
    supervisor.wait_for_end()
    assert supervisor._process.returncode == 0
    assert alive_with(marker) == []


def test_order_that_a_stopped_supervisor_has_no_room_for(
    supervisor: KnownSupervisor, execute: Execute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_process, "_SEND_S", 0.2)
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(("/bin/true", *["x" * 100_000] * 10), tmp_path))
    assert await_run(supervisor).ended_by == "supervisor"
    assert supervisor.is_order_undelivered
