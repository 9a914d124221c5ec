"""Limits on what the operating system measures, against real programs that exceed them."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bbopt.target import SupervisorProcess, supervisor_process
from bbopt.target.supervisor import limits
from bbopt.target.supervisor.limits import LimitWatch
from bbopt.target.supervisor.usage import Meter
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import RESULT, alive_with, await_run, misbehaving, order, shell
from tests.target.processes import supervisor_process as running_supervisor

Execute = Callable[..., SupervisedRun]
MB = 1_000_000


NO_GROUP = "from bbopt.target.supervisor import station; station.ControlGroup.open = lambda pid: None; "


@pytest.fixture(params=["as it comes", "without a control group"])
def execute(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Execute]:
    """Execute a command under supervision, in an empty directory."""
    if request.param != "as it comes":
        path, rest = supervisor_process._BOOT.split("from ", 1)
        monkeypatch.setattr(supervisor_process, "_BOOT", f"{path}{NO_GROUP}from {rest}")
    with running_supervisor() as supervisor:

        def run(argv: tuple[str, ...], **settings: object) -> SupervisedRun:
            supervisor.start(order(argv, tmp_path, **settings))
            run = await_run(supervisor)
            if request.param != "as it comes":
                assert run.control in {"", "the process tree"}
            return run

        yield run


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", script)


@pytest.mark.parametrize("program", ["burns_below.py", "burning_daemon.py"])
def test_cpu_time_of_all_processes_is_limited(execute: Execute, marker: str, program: str) -> None:
    run = execute(misbehaving(program, marker), cpu_limit_s=0.4)
    assert run.ended_by == "cpu"
    assert run.cpu_s is not None
    assert 0.4 < run.cpu_s < 3.0
    assert run.n_survivors == 0
    assert alive_with(marker) == []


def test_waiting_costs_no_cpu_time(execute: Execute) -> None:
    run = execute(shell(f"sleep 0.5; echo '{RESULT}'"), cpu_limit_s=0.4)
    assert (run.ended_by, run.result_lines) == ("exit", [RESULT])


def test_wall_time_comes_first_when_nothing_is_done(execute: Execute) -> None:
    run = execute(shell("sleep 600"), limit_s=0.3, cpu_limit_s=0.3, memory_limit_bytes=1000 * MB)
    assert (run.ended_by, run.exit_status) == ("guard", -signal.SIGTERM)


def test_endless_allocation(execute: Execute, marker: str) -> None:
    run = execute(misbehaving("allocates.py", marker), memory_limit_bytes=100 * MB)
    assert run.ended_by == "memory"
    assert run.memory_bytes is not None
    assert run.memory_bytes > 80 * MB


def test_endless_allocation_gets_no_long_grace(execute: Execute, marker: str) -> None:
    """The memory of the machine would not last until the grace has passed."""
    run = execute(misbehaving("allocates.py", marker, "stubborn"), memory_limit_bytes=100 * MB, grace_s=600.0)
    assert (run.ended_by, run.exit_status) == ("memory", -signal.SIGKILL)


def test_memory_of_a_process_left_behind(execute: Execute, marker: str) -> None:
    script = f"{' '.join(misbehaving('allocates.py', marker))} & exit 3"
    run = execute(shell(script), memory_limit_bytes=100 * MB, grace_s=20.0)
    assert (run.ended_by, run.exit_status) == ("memory", 3)


def test_memory_is_that_of_all_processes_together(execute: Execute) -> None:
    grow = "import os, time\nos.fork()\nos.fork()\nx = bytearray(b'x') * 40_000_000\ntime.sleep(600)"
    run = execute(python(grow), memory_limit_bytes=120 * MB)
    assert run.ended_by == "memory"
    assert run.memory_bytes is not None
    assert run.memory_bytes > 120 * MB


def test_shared_memory_counts_once(execute: Execute) -> None:
    share = "import os, time\nx = bytearray(b'x') * 60_000_000\nos.fork()\nos.fork()\ntime.sleep(0.4)"
    run = execute(python(share), memory_limit_bytes=150 * MB)
    assert run.ended_by == "exit"
    assert run.memory_bytes is not None
    assert 60 * MB < run.memory_bytes < 150 * MB


def test_flood_of_output(execute: Execute) -> None:
    run = execute(misbehaving("flood.py", "1000000"), output_limit_bytes=5 * MB)
    assert run.ended_by == "output"
    assert run.n_output_bytes > 5 * MB


def test_output_up_to_the_limit(execute: Execute) -> None:
    assert execute(shell("echo 1234"), output_limit_bytes=5).ended_by == "exit"


def test_first_reason_is_kept(execute: Execute) -> None:
    script = "trap 'echo far too much; exit 3' TERM; while :; do :; done"
    run = execute(shell(script), cpu_limit_s=0.2, output_limit_bytes=3, grace_s=20.0)
    assert (run.ended_by, run.exit_status, run.n_output_bytes) == ("cpu", 3, 13)


def test_next_run_starts_from_nothing(execute: Execute, marker: str) -> None:
    execute(misbehaving("burns_below.py", marker), cpu_limit_s=0.3)
    run = execute(shell("true"), cpu_limit_s=0.2, memory_limit_bytes=1000 * MB)
    assert run.ended_by == "exit"
    assert run.cpu_s is not None
    assert run.cpu_s < 0.2


FAKE_GROUP = """
import sys
from bbopt.target.supervisor import station

class Group:
    abilities = ("memory",)
    def enter(self): return True
    def leave(self): sys.stderr.write("left;")
    def limit_memory(self, limit_bytes): sys.stderr.write(f"limit {limit_bytes};")
    def cpu_s(self): return 7.5
    def has_killed(self): return True
    def kill(self): sys.stderr.write("killed;")
    def close(self): sys.stderr.write("closed;")

station.ControlGroup.open = lambda pid: Group()
"""


@pytest.mark.parametrize(
    ("script", "calls"),
    [
        ("exit 5", "left;limit 100000000;closed;"),  # it was over before anybody looked
        ("trap 'exit 5' TERM; while :; do sleep 0.05; done", "left;limit 100000000;closed;"),
        ("trap '' TERM; while :; do sleep 0.05; done", "left;limit 100000000;killed;closed;"),
    ],
)
def test_what_the_kernel_says_of_the_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, calls: str
) -> None:
    path, rest = supervisor_process._BOOT.split("from ", 1)
    boot = f"{path}exec({FAKE_GROUP!r}); from {rest}"
    monkeypatch.setattr(supervisor_process, "_BOOT", boot)
    with running_supervisor() as supervisor:
        supervisor.start(order(shell(script), tmp_path, memory_limit_bytes=100 * MB))
        run = await_run(supervisor)
        supervisor.hang_up()
        supervisor._process.wait()
        supervisor._errors.seek(0)
        told = supervisor._errors.read().decode()
        assert re.sub("(killed;)+", "killed;", told) == calls  # again and again until nobody is left
    assert (run.ended_by, run.cpu_s, run.control) == (
        "memory",
        7.5,
        "the process tree and a control group (memory)",
    )


def test_what_limits_is_told(execute: Execute) -> None:
    assert execute(shell("true")).control == ""
    control = execute(shell("true"), cpu_limit_s=10.0).control
    assert control == "the process tree" or control.startswith("the process tree and a control group (")


def test_cancelled_under_limits(supervisor: SupervisorProcess, tmp_path: Path, marker: str) -> None:
    supervisor.start(order(misbehaving("ignores_sigterm.py", marker), tmp_path, memory_limit_bytes=1000 * MB))
    supervisor.cancel()
    assert await_run(supervisor).ended_by == "cancelled"


@dataclass
class Simulation:
    """A run that is looked at in simulated time; `cpu_per_s` processors work for it."""

    cpu_per_s: float = 0.0
    cost_s: float = 0.0001
    now_s: float = 0.0
    looks: list[float] = field(default_factory=list)

    def watch(self, monkeypatch: pytest.MonkeyPatch, **given: object) -> LimitWatch:
        simulation = self

        class SimulatedMeter(Meter):
            @property
            def cpu_s(self) -> float:
                return simulation.cpu_per_s * (simulation.looks or [0.0])[-1]

            def look(self) -> None:
                simulation.looks.append(simulation.now_s)
                self.look_cost_s = simulation.cost_s

        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(limits, "N_PROCESSORS", 8)
        return LimitWatch(order(("x",), Path("/"), **given), SimulatedMeter(), None, 0.0)

    def go_on(self, watch: LimitWatch, until_s: float) -> str | None:
        """Handle one event after the other, as the supervisor does."""
        while watch.next_look_s < until_s:
            self.now_s = watch.next_look_s
            if reason := watch.violation(0):
                return reason
        return None


def test_a_quiet_run_is_looked_at_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    watch = simulation.watch(monkeypatch)
    assert simulation.go_on(watch, 1000.0) is None
    assert len(simulation.looks) < 1010
    assert simulation.looks[0] == pytest.approx(0.1)


@pytest.mark.parametrize("n_busy", [1, 3, 8])
def test_cpu_limit_is_met_closely(monkeypatch: pytest.MonkeyPatch, n_busy: int) -> None:
    simulation = Simulation(cpu_per_s=n_busy)
    watch = simulation.watch(monkeypatch, cpu_limit_s=100.0)
    assert simulation.go_on(watch, 1000.0) == "cpu"
    assert 100.0 <= n_busy * simulation.now_s < 100.2
    assert len(simulation.looks) < 200


@pytest.mark.parametrize(("free_s", "end_s"), [(5.0, 12.5), (20.0, 20.0)])
def test_cpu_limit_that_holds_only_later(
    monkeypatch: pytest.MonkeyPatch, free_s: float, end_s: float
) -> None:
    simulation = Simulation(cpu_per_s=8)
    watch = simulation.watch(monkeypatch, cpu_limit_s=100.0, cpu_free_s=free_s)
    assert simulation.go_on(watch, 1000.0) == "cpu"
    assert simulation.now_s == pytest.approx(end_s, abs=0.05)
    assert len(simulation.looks) < 100


def test_memory_limit_is_looked_at_often_and_steadily(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    watch = simulation.watch(monkeypatch, memory_limit_bytes=MB)
    simulation.go_on(watch, 10.05)
    assert len(simulation.looks) == 100


def test_dear_looks_are_taken_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """With thousands of processes, say."""
    simulation = Simulation(cost_s=0.01)
    simulation.go_on(simulation.watch(monkeypatch, memory_limit_bytes=MB), 10.0)
    assert simulation.cost_s * len(simulation.looks) <= 0.021 * 10.0
    simulation.cost_s = 1.0
    watch = simulation.watch(monkeypatch, memory_limit_bytes=MB)
    simulation.now_s = watch.next_look_s
    watch.violation(0)
    assert watch.next_look_s - simulation.now_s == pytest.approx(1.0)
