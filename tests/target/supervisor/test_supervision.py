"""Runs under supervision, each with a real process that misbehaves in its own way."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.target import SupervisorError, SupervisorProcess, supervisor_process
from bbopt.target.supervisor.output import TAIL_BYTES
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import (
    MISBEHAVING,
    ORDER_UUID,
    PATIENCE_S,
    RESULT,
    KnownSupervisor,
    alive_with,
    await_run,
    await_true,
    fails_with,
    few_fds,
    is_alive,
    misbehaving,
    open_fds,
    order,
    shell,
)

Execute = Callable[..., SupervisedRun]

_SHOW_CALL = """
import json, os, signal, sys
print(json.dumps({
    "argv": sys.argv[1:], "cwd": os.getcwd(), "environment": dict(os.environ),
    "is_session_leader": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read(),
    "ignores": [s for s in (1, 2, 3, 15, 17) if signal.getsignal(s) is signal.SIG_IGN],
    "fds": os.listdir("/proc/self/fd"),
}))
"""


def memory_bytes(pid: int) -> int:
    """The largest memory that a process has had so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def test_call_environment_and_directory(execute: Execute, tmp_path: Path) -> None:
    argument = "a b'\"*$x \udcff"
    run = execute((sys.executable, "-I", "-S", "-c", _SHOW_CALL, argument, ""))
    seen = json.loads(run.tail)
    assert seen["argv"] == [argument, ""]
    assert Path(seen["cwd"]) == tmp_path
    assert seen["stdin"] == ""
    assert seen["is_session_leader"]
    assert seen["ignores"] == []
    environment = seen["environment"]
    assert environment["AEATK_CONCURRENT_TASK_ID"] == "3"
    assert environment["AEATK_EXECUTION_UUID"] == ORDER_UUID
    assert environment["AEATK_CPU_TIME_FREQUENCY"] == "0.25"
    assert 0 < int(environment["AEATK_PORT"]) < 65536
    assert environment["PATH"] == os.environ["PATH"]
    assert len(seen["fds"]) == 4  # the fourth reads the folder


def test_plain_run(execute: Execute) -> None:
    run = execute(shell(f"echo '{RESULT}'; echo oops >&2; exit 4"))
    assert run.ended_by == "exit"
    assert run.exit_status == 4
    assert (run.result_lines, run.n_result_lines, run.torn) == ([RESULT], 1, False)
    assert sorted(run.tail.splitlines()) == sorted([RESULT, "oops"])
    assert run.cpu_s is not None
    assert run.cpu_s >= 0
    assert run.wallclock_s > 0
    assert run.memory_bytes is not None
    assert run.memory_bytes > 100_000
    assert (run.n_strays, run.n_survivors, run.notes) == (0, 0, [])


def test_cpu_of_the_whole_tree_is_counted(execute: Execute) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    run = execute(
        (sys.executable, "-S", "-c", f"import os\nos.fork()\n{burn}\nos.waitpid(-1, 0) if os.fork() else 0")
    )
    assert run.cpu_s is not None
    assert run.cpu_s > 0.59


def test_result_on_stderr_does_not_count(execute: Execute) -> None:
    run = execute(shell(f"echo '{RESULT}' >&2"))
    assert run.n_result_lines == 0
    assert RESULT in run.tail


def test_flood_without_line_end_in_bounded_memory(execute: Execute, supervisor: KnownSupervisor) -> None:
    execute(shell("true"))
    before_bytes = memory_bytes(supervisor.pid)
    run = execute(misbehaving("flood.py", "100"))
    assert run.result_lines == [RESULT]
    assert run.n_output_bytes == 200_000_000 + len(RESULT) + 2
    assert run.tail == "x" * TAIL_BYTES
    assert memory_bytes(supervisor.pid) - before_bytes < 10_000_000


def test_no_line_end(execute: Execute) -> None:
    run = execute(misbehaving("no_newline.sh"))
    assert run.result_lines == [RESULT]
    assert run.torn


def test_invalid_utf8(execute: Execute) -> None:
    run = execute(misbehaving("invalid_utf8.sh"))
    assert run.result_lines == [f"{RESULT}, caf\ufffd"]
    assert run.tail.startswith("\ufffd\ufffd\ufffd noise\n")


def test_closed_output_is_not_the_end(execute: Execute) -> None:
    run = execute(misbehaving("closes_stdout.sh", "0.4"))
    assert run.result_lines == [RESULT]
    assert (run.ended_by, run.exit_status) == ("exit", 0)
    assert run.wallclock_s >= 0.4


@pytest.mark.parametrize(("limit_s", "ended_by"), [(None, "wall"), (60.0, "wall"), (0.1, "guard")])
def test_wall_limit(execute: Execute, marker: str, limit_s: float | None, ended_by: str) -> None:
    run = execute(misbehaving("ignores_sigterm.py", marker), wall_limit_s=0.3, limit_s=limit_s, grace_s=0.1)
    assert (run.ended_by, run.exit_status) == (ended_by, -signal.SIGKILL)


def test_the_time_for_a_late_result_ends_with_the_wall_limit(execute: Execute, marker: str) -> None:
    run = execute(shell(f"sleep 600 & : {marker}"), wall_limit_s=0.5, grace_s=600.0)
    assert (run.ended_by, run.exit_status, run.n_strays) == ("exit", 0, 1)


@pytest.mark.parametrize(
    ("settings", "found"), [({}, "0.125"), ({"wall_limit_s": 0.3}, "0.5")], ids=["whole", "cut"]
)
def test_a_line_that_was_cut_does_not_count(execute: Execute, settings: dict[str, float], found: str) -> None:
    """What a killed program has printed without a line end may be half a number."""
    wait = "exec sleep 600" if settings else ":"
    run = execute(shell(f"printf 'loss 0.5\\nloss 0.125'; {wait}"), patterns=["loss (.*)"], **settings)
    assert run.found[0] is not None
    assert run.found[0].group("") == found


def test_closed_output_and_the_guard(execute: Execute) -> None:
    run = execute(misbehaving("closes_stdout.sh", "600"), limit_s=0.3)
    assert run.result_lines == [RESULT]
    assert run.ended_by == "guard"
    assert run.exit_status == -signal.SIGTERM


def test_daemon_is_found_without_session_or_environment(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("daemon.py", marker))
    assert run.result_lines == [RESULT]
    assert (run.ended_by, run.n_strays) == ("exit", 1)
    assert alive_with(marker) == []


def test_stray_that_holds_the_pipe(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("holds_pipe.sh", marker), grace_s=20.0)
    assert run.result_lines == [RESULT]
    assert run.wallclock_s < 20.0  # the line is there, so nothing is waited for
    assert run.n_strays >= 1


def test_stray_that_prints_the_result_late(execute: Execute) -> None:
    run = execute(misbehaving("late_result.sh", "0.3"), grace_s=20.0)
    assert run.result_lines == [RESULT]
    assert (run.ended_by, run.exit_status) == ("exit", 3)
    assert 0.3 <= run.wallclock_s < 20.0


def test_stray_that_never_prints_the_result(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("late_result.sh", "600", marker))
    assert run.n_result_lines == 0
    assert run.wallclock_s >= 0.3
    assert run.n_strays >= 1


def test_ignored_sigterm(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("ignores_sigterm.py", marker), limit_s=0.5)
    assert run.ended_by == "guard"
    assert run.exit_status == -signal.SIGKILL
    assert run.wallclock_s >= 0.8


def test_a_kill_command_gets_the_variable_of_the_runs_processes(
    execute: Execute, tmp_path: Path, marker: str
) -> None:
    helper = tmp_path / "helper.sh"
    helper.write_text(
        "#!/bin/sh\n"
        'echo "$1 $2 $3 ${AEATK_EXECUTION_UUID-unmarked}" >> told\n'
        'readlink "/proc/$4/exe" >> told\n'
        'files=$(grep -l "$2=$3" /proc/[0-9]*/environ 2>/dev/null)\n'
        "kill -9 $(echo $files | tr ' ' '\\n' | cut -d / -f 3)\n"
        f"exec sleep 600 {marker}\n"
    )
    helper.chmod(0o755)
    run = execute(
        misbehaving("ignores_sigterm.py", marker),
        limit_s=0.5,
        grace_s=2.0,
        kill_command=["./helper.sh", "-x"],
    )
    assert (run.ended_by, run.exit_status, run.n_survivors) == ("guard", -signal.SIGKILL, 0)
    assert (tmp_path / "told").read_text().splitlines() == [
        f"-x AEATK_EXECUTION_UUID {ORDER_UUID} unmarked",
        os.path.realpath(sys.executable),
    ]
    assert run.notes == []


def test_a_kill_command_is_not_needed_by_a_run_that_ends(execute: Execute, tmp_path: Path) -> None:
    assert execute(shell("exit 0"), kill_command=["touch", "killed"]).ended_by == "exit"
    assert not (tmp_path / "killed").exists()


def test_a_kill_command_that_is_not_there(execute: Execute) -> None:
    run = execute(shell("sleep 600"), limit_s=0.2, kill_command=["./nothing"])
    assert run.ended_by == "guard"
    assert "cli-kill-by-environment-cmd could not be started" in run.notes[0]


def test_stopped_process_hears_sigterm(execute: Execute) -> None:
    run = execute(shell("kill -STOP $$"), limit_s=0.3, grace_s=20.0)
    assert (run.ended_by, run.exit_status) == ("guard", -signal.SIGTERM)


def test_chain_of_forks_is_caught(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("fork_chain.py", marker))
    assert run.ended_by == "exit"
    assert run.n_survivors == 0
    assert alive_with(marker) == []


def test_tree_of_forks_over_many_sessions(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("fork_tree.py", marker), limit_s=1.0)
    assert run.ended_by == "guard"
    assert run.n_survivors == 0
    assert alive_with(marker) == []


def test_result_that_is_printed_on_sigterm(execute: Execute) -> None:
    run = execute(misbehaving("result_on_sigterm.py"), limit_s=1.0, grace_s=20.0)
    assert run.ended_by == "guard"
    assert run.result_lines == ["Result for SMAC: TIMEOUT, 0.4, 2, 0.25, 7"]


def test_guard_by_reported_cpu_time(execute: Execute) -> None:
    run = execute(misbehaving("reports_cpu.py", "1000"), limit_s=500.0)
    assert run.ended_by == "guard"
    assert run.reported_cpu_s == 1000.0
    assert run.wallclock_s < 500.0


def test_who_can_not_be_seen_to_be_our_own_user_reports_nothing(
    supervisor: KnownSupervisor, tmp_path: Path
) -> None:
    supervisor.start(
        order(shell("echo $AEATK_PORT > port.new; mv port.new port; exec sleep 600"), tmp_path, limit_s=500.0)
    )
    await_true((tmp_path / "port").exists)
    address = ("127.0.0.1", int((tmp_path / "port").read_text()))
    os.kill(supervisor.pid, signal.SIGSTOP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.sendto(b"1000", address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.sendto(b"0.5", address)
        os.kill(supervisor.pid, signal.SIGCONT)
        supervisor.cancel()
        run = await_run(supervisor)
    assert (run.ended_by, run.reported_cpu_s) == ("cancelled", 0.5)


def test_reported_cpu_time_is_of_this_run_only(execute: Execute) -> None:
    execute(misbehaving("reports_cpu.py", "1000"), limit_s=500.0)
    assert execute(shell("true")).reported_cpu_s is None


def test_death_by_signal(execute: Execute) -> None:
    run = execute(misbehaving("dies_by_signal.sh"))
    assert (run.ended_by, run.exit_status) == ("exit", -signal.SIGSEGV)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("./missing",), errno.ENOENT),
        (("no-such-program-in-path",), errno.ENOENT),
        ((str(MISBEHAVING),), errno.EACCES),
        ((str(MISBEHAVING / "README.md"),), errno.EACCES),
        ((str(MISBEHAVING / "wrong_machine"),), errno.ENOEXEC),
        (("/bin/true", "x" * 5_000_000), errno.E2BIG),
        (("/bin/true", "zero\0byte"), errno.EINVAL),
        (("/bin/true", "no text: \ud800"), errno.EILSEQ),
    ],
)
def test_program_that_cannot_be_started(execute: Execute, argv: tuple[str, ...], expected: int) -> None:
    run = execute(argv)
    assert (run.ended_by, run.spawn_errno, run.spawn_step) == ("spawn", expected, "program")
    assert execute(shell("true")).exit_status == 0


def test_a_script_without_an_interpreter_line_goes_to_the_shell(execute: Execute) -> None:
    run = execute((str(MISBEHAVING / "no_shebang"),))
    assert (run.ended_by, run.exit_status, run.n_result_lines) == ("exit", 0, 1)


def test_directory_that_is_missing(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    supervisor.start(order(("/bin/true",), tmp_path / "missing"))
    run = await_run(supervisor)
    assert (run.ended_by, run.spawn_errno, run.spawn_step) == ("spawn", errno.ENOENT, "directory")


def test_program_is_relative_to_the_directory(execute: Execute, tmp_path: Path) -> None:
    program = tmp_path / "solver"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    assert execute(("./solver",)).tail == "here\n"


def test_output_is_logged(execute: Execute, tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    execute(shell("echo one; printf two"), output_log=str(log))
    begin = f"[3 {ORDER_UUID[:8]} stdout]"
    assert log.read_text() == f"{begin} one\n{begin} two\n"
    assert "No space left" in execute(shell(f"echo '{RESULT}'"), output_log="/dev/full").notes[0]


def test_cancel(supervisor: KnownSupervisor, tmp_path: Path, marker: str) -> None:
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path))
    await_true(lambda: len(alive_with(marker)) == 2)
    supervisor.cancel()
    assert await_run(supervisor).ended_by == "cancelled"


def test_cancel_right_after_the_start(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    supervisor.start(order(("sleep", "600"), tmp_path))
    supervisor.cancel()
    assert await_run(supervisor).ended_by == "cancelled"


def test_cancel_that_comes_too_late_spares_the_next_run(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    supervisor.start(order(shell("true"), tmp_path, uuid="first"))
    assert select.select([supervisor], [], [], PATIENCE_S)[0]
    supervisor.cancel()
    assert await_run(supervisor).ended_by == "exit"
    supervisor.start(order(shell("exit 5"), tmp_path, uuid="second"))
    assert await_run(supervisor).exit_status == 5


def test_an_order_that_was_cancelled_may_be_given_again(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    supervisor.start(order(("sleep", "600"), tmp_path))
    supervisor.cancel()
    assert await_run(supervisor).ended_by == "cancelled"
    supervisor.start(order(shell("sleep 0.2; exit 5"), tmp_path))
    assert await_run(supervisor).exit_status == 5


def test_a_run_ends_with_its_lease(supervisor: KnownSupervisor, tmp_path: Path, marker: str) -> None:
    """Without the time of grace, and whatever has become of who has ordered it."""
    argv = misbehaving("ignores_sigterm.py", marker)
    supervisor.start(order(argv, tmp_path, grace_s=600.0, lease_s=1.0))
    assert await_run(supervisor).ended_by == "cancelled"
    supervisor.start(order(shell("sleep 0.2; exit 5"), tmp_path))
    assert await_run(supervisor).exit_status == 5


def test_a_lease_is_extended(supervisor: KnownSupervisor, tmp_path: Path) -> None:
    supervisor.start(order(shell("until test -e go; do sleep 0.05; done; exit 5"), tmp_path, lease_s=1.0))
    supervisor.extend(600.0)
    assert not select.select([supervisor], [], [], 1.5)[0]
    (tmp_path / "go").touch()
    assert await_run(supervisor).exit_status == 5
    supervisor.start(order(("sleep", "600"), tmp_path, lease_s=600.0))
    supervisor.extend(-1.0)
    assert await_run(supervisor).ended_by == "cancelled"


def test_signals_for_the_terminal_do_not_reach_the_supervisor(
    supervisor: KnownSupervisor, tmp_path: Path
) -> None:
    supervisor.start(order(shell("echo started; sleep 0.5; exit 5"), tmp_path))
    await_true(lambda: alive_with(ORDER_UUID))
    assert os.getsid(supervisor.pid) == supervisor.pid
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(supervisor.pid, signum)
    assert await_run(supervisor).exit_status == 5


def test_killed_supervisor(supervisor: KnownSupervisor, tmp_path: Path, marker: str) -> None:
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path))
    await_true(lambda: len(alive_with(marker)) == 2)
    os.kill(supervisor.pid, signal.SIGKILL)
    run = await_run(supervisor)
    assert run.ended_by == "supervisor"
    assert "SIGKILL" in run.tail
    assert not supervisor.is_order_undelivered
    assert supervisor.has_ended
    assert alive_with(marker) == []


@pytest.mark.parametrize(
    ("signum", "name"), [(signal.SIGKILL, "signal SIGKILL"), (signal.SIGRTMIN + 6, "signal 40")]
)
def test_supervisor_that_dies_without_reading_the_order(
    supervisor: KnownSupervisor, execute: Execute, tmp_path: Path, signum: int, name: str
) -> None:
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(("/bin/true",), tmp_path))
    os.kill(supervisor.pid, signum)
    with contextlib.suppress(ProcessLookupError):  # SIGKILL does not wait for it
        os.kill(supervisor.pid, signal.SIGCONT)
    run = await_run(supervisor)
    assert run.ended_by == "supervisor"
    assert run.tail == f"was ended by {name}"
    assert supervisor.is_order_undelivered


def test_order_for_a_dead_supervisor(supervisor: KnownSupervisor, execute: Execute, tmp_path: Path) -> None:
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGKILL)
    await_true(lambda: not is_alive(supervisor.pid))
    supervisor.start(order(("/bin/true",), tmp_path))
    assert await_run(supervisor).ended_by == "supervisor"
    assert supervisor.is_order_undelivered


def test_an_order_with_a_longer_lease_counts_as_delivered(
    supervisor: KnownSupervisor, execute: Execute, tmp_path: Path
) -> None:
    """Whether the supervisor has read the order, but not what came behind it, can't be told."""
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(("/bin/true",), tmp_path, lease_s=600.0))
    supervisor.extend(600.0)
    os.kill(supervisor.pid, signal.SIGKILL)
    assert await_run(supervisor).ended_by == "supervisor"
    assert not supervisor.is_order_undelivered


def test_cancelled_order_counts_as_delivered(
    supervisor: KnownSupervisor, execute: Execute, tmp_path: Path
) -> None:
    execute(shell("true"))
    os.kill(supervisor.pid, signal.SIGSTOP)
    supervisor.start(order(("/bin/true",), tmp_path))
    supervisor.cancel()
    os.kill(supervisor.pid, signal.SIGKILL)
    assert await_run(supervisor).ended_by == "cancelled"
    assert not supervisor.is_order_undelivered


@pytest.mark.parametrize("n_spare_fds", range(6))
def test_too_few_file_descriptors(n_spare_fds: int) -> None:
    fds_before = open_fds()
    with few_fds(n_spare_fds), pytest.raises(SupervisorError) as caught:
        SupervisorProcess()
    assert caught.value.exit_code == 255
    assert "Too many open files" in str(caught.value)
    assert "ulimit -n" in str(caught.value)
    assert open_fds() == fds_before


def test_failing_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    fds_before = open_fds()
    monkeypatch.setattr(subprocess, "Popen", fails_with(errno.EAGAIN))
    with pytest.raises(SupervisorError, match="Resource temporarily unavailable"):
        SupervisorProcess()
    assert open_fds() == fds_before


def test_closing_kills_the_run(supervisor: KnownSupervisor, tmp_path: Path, marker: str) -> None:
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path))
    await_true(lambda: len(alive_with(marker)) == 2)
    supervisor.hang_up()
    supervisor.wait_for_end()
    assert alive_with(marker) == []
    assert not is_alive(supervisor.pid)


def test_many_runs_leave_nothing_behind(execute: Execute, supervisor: KnownSupervisor) -> None:
    def n_open_fds() -> int:
        return len(os.listdir(f"/proc/{supervisor.pid}/fd"))

    execute(shell("true"))
    n_fds, memory_before_bytes = n_open_fds(), memory_bytes(supervisor.pid)
    for _ in range(200):
        execute(shell(f"(sleep 0.001) & echo '{RESULT}'"))
        execute(("./missing",))
    assert n_open_fds() == n_fds
    assert memory_bytes(supervisor.pid) - memory_before_bytes < 3_000_000
    assert Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text() == ""


def test_supervisor_stays_light() -> None:
    modules = subprocess.run(
        [sys.executable, "-c", "import sys, bbopt.target.supervisor.main; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "bbopt.target.supervisor.main" in modules
    assert not {"numpy", "scipy", "sklearn", "asyncio", "subprocess", "bbopt.runs", "bbopt.space"} & set(
        modules
    )


def test_files_of_the_user_are_not_taken_for_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("selectors", "socket", "json", "bbopt", "signal"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    supervisor = SupervisorProcess()
    try:
        supervisor.start(order(shell("exit 5"), tmp_path))
        assert await_run(supervisor).exit_status == 5
    finally:
        supervisor.hang_up()
        supervisor.wait_for_end()


@pytest.mark.parametrize(
    ("boot", "words"),
    [("raise SystemExit('no home')", "exit status 1\nno home"), ("import no_such_module", "no_such_module")],
)
def test_supervisor_that_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot: str, words: str
) -> None:
    monkeypatch.setattr(supervisor_process, "_BOOT", boot)
    supervisor = SupervisorProcess()
    try:
        supervisor.start(order(("/bin/true",), tmp_path))
        run = await_run(supervisor)
        assert run.ended_by == "supervisor"
        assert words in run.tail
        assert supervisor.has_ended
    finally:
        supervisor.hang_up()
        supervisor.wait_for_end()
