"""Control groups: in a folder that looks like one, and for real where the system lets us."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bbopt.target.supervisor import control_group
from bbopt.target.supervisor.control_group import ControlGroup
from bbopt.target.supervisor.wire import SupervisedRun
from tests.target.processes import (
    RESULT,
    alive_with,
    await_run,
    misbehaving,
    order,
    shell,
    supervisor_process,
)

RUNS = f"bbopt-runs-0-{os.getpid()}"
OPTIMIZER = 4242


class FakeSystem:
    """A `/proc` and a mounted hierarchy made of plain files; what is written can be read again."""

    def __init__(self, root: Path) -> None:
        self.proc = root / "proc"
        self.mount = root / "sys" / "fs cgroup"
        (self.proc / "self").mkdir(parents=True)
        (self.proc / str(os.getpid())).mkdir()
        self.lives_in("/user/session")

    def lives_in(self, path: str, root: str = "/") -> None:
        mount = str(self.mount).replace(" ", "\\040")
        (self.proc / "self" / "cgroup").write_text(f"3:cpu:/elsewhere\n0::{path}\n")
        (self.proc / "self" / "mountinfo").write_text(
            "21 1 0:20 / /sys rw - sysfs sysfs rw\n"
            f"30 21 0:26 {root} {mount} rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
        )

    def process(self, pid: int, parent: int) -> None:
        (self.proc / str(pid)).mkdir()
        (self.proc / str(pid) / "stat").write_text(f"{pid} (a (b) c) S {parent} 1 1\n")

    def folder(self, path: str, **files: str) -> Path:
        folder = self.mount / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {"cgroup__procs": "", **files}.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder

    def open(self) -> ControlGroup | None:
        return ControlGroup.open(OPTIMIZER, self.proc)


@pytest.fixture
def system(tmp_path: Path) -> FakeSystem:
    return FakeSystem(tmp_path)


CPU = "usage_usec {}\nuser_usec 1\n"


def test_entering_and_leaving(system: FakeSystem) -> None:
    home = system.folder("user/session")
    runs = system.folder(f"user/session/{RUNS}", cpu__stat=CPU.format(5_000_000))
    group = system.open()
    assert group is not None
    assert group.abilities == ("cpu",)
    assert (home / "cgroup.procs").read_text() == "0"  # home again after a trial
    assert group.enter()
    assert (runs / "cgroup.procs").read_text().startswith("0")
    group.leave()
    (runs / "cpu.stat").write_text(CPU.format(7_500_000))
    cpu_s = group.cpu_s()
    assert cpu_s is not None
    assert 2.0 < cpu_s <= 2.5  # less what this process itself has used in there


def test_mount_of_a_part_of_the_hierarchy(system: FakeSystem) -> None:
    """As in a container that sees only its own part."""
    system.lives_in("/docker/abc/inner", root="/docker/abc")
    system.folder("inner")
    system.folder(f"inner/{RUNS}")
    assert system.open() is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cgroup", "3:cpu:/elsewhere\n"),
        ("cgroup", "0::/deleted\n"),
        ("mountinfo", "21 1 0:20 / /sys rw - sysfs sysfs rw\n"),
        ("mountinfo", "30 21 0:26 /other /mnt rw - cgroup2 cgroup2 rw\n"),
    ],
)
def test_no_group_of_ours(system: FakeSystem, name: str, text: str) -> None:
    system.folder("user/session")
    (system.proc / "self" / name).write_text(text)
    assert system.open() is None


def test_no_proc(tmp_path: Path) -> None:
    assert ControlGroup.open(OPTIMIZER, tmp_path) is None


def test_group_that_can_not_be_entered_is_not_left_behind(system: FakeSystem) -> None:
    home = system.folder("user/session")
    assert system.open() is None  # a plain folder has no cgroup.procs
    assert [path.name for path in home.iterdir()] == ["cgroup.procs"]


def test_groups_of_the_dead_are_removed(system: FakeSystem) -> None:
    system.process(777, OPTIMIZER)
    home = system.folder("user/session")
    for pid in (776, 777):
        (home / f"bbopt-runs-0-{pid}").mkdir()
    system.open()
    assert [path.name for path in home.glob("bbopt-runs-*")] == ["bbopt-runs-0-777"]


def test_memory_limit(system: FakeSystem) -> None:
    system.folder("user/session", cgroup__subtree_control="cpu memory")
    runs = system.folder(
        f"user/session/{RUNS}",
        memory__max="max",
        memory__swap__max="max",
        memory__events="low 0\noom 3\noom_kill 2\n",
        cgroup__kill="",
    )
    group = system.open()
    assert group is not None
    assert group.abilities == ("memory", "kill")
    assert group.enter()
    group.leave()
    group.limit_memory(5_000_000)
    assert (runs / "memory.max").read_text() == "5000000"
    assert (runs / "memory.swap.max").read_text() == "0ax"  # nothing shortens a plain file
    assert not group.has_killed()
    (runs / "memory.events").write_text("low 0\noom 4\noom_kill 3\n")
    assert group.has_killed()
    assert group.enter()
    assert not group.has_killed()
    group.limit_memory(None)
    assert (runs / "memory.max").read_text().startswith("max")
    assert group.cpu_s() is None
    group.kill()
    assert (runs / "cgroup.kill").read_text() == "1"


def test_a_group_of_our_own_hands_memory_on(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    system.process(OPTIMIZER, 1)
    system.process(777, OPTIMIZER)
    pids = [OPTIMIZER, 777, os.getpid()]
    home = system.folder(
        "user/session",
        cgroup__procs="\n".join(map(str, pids)),
        cgroup__controllers="cpu memory",
        cgroup__subtree_control="",
    )
    leaf = system.folder("user/session/bbopt-main")
    system.folder(f"user/session/{RUNS}")
    written: list[tuple[Path, str]] = []
    monkeypatch.setattr(control_group, "_write", lambda *what: written.append(what))
    assert system.open() is not None
    assert sorted(written[:-1]) == sorted((leaf / "cgroup.procs", str(pid)) for pid in pids)
    assert written[-1] == (home / "cgroup.subtree_control", "+memory")  # once nobody is left in there


def test_a_group_with_others_in_it_is_left_as_it_is(system: FakeSystem) -> None:
    system.process(OPTIMIZER, 1)
    system.process(777, 1)
    home = system.folder(
        "user/session",
        cgroup__procs=f"{OPTIMIZER}\n777\n{os.getpid()}\n",
        cgroup__controllers="cpu memory",
        cgroup__subtree_control="",
    )
    system.folder(f"user/session/{RUNS}")
    assert system.open() is not None
    assert (home / "cgroup.subtree_control").read_text() == ""
    assert not (home / "bbopt-main").exists()


def test_home_was_moved_meanwhile(system: FakeSystem) -> None:
    """By another supervisor, in the moment in which this one has looked for its home."""
    system.folder("user/session")
    leaf = system.folder("user/session/bbopt-main")
    system.folder(f"user/session/{RUNS}")
    group = system.open()
    assert group is not None
    assert group.enter()
    group._home_fd = -1
    group.leave()
    assert (leaf / "cgroup.procs").read_text() == "0"
    (leaf / "cgroup.procs").unlink()
    group._home_fd = -1
    with pytest.raises(OSError, match="descriptor"):
        group.leave()


def test_the_next_supervisor_finds_the_others(system: FakeSystem) -> None:
    system.lives_in("/user/session/bbopt-main")
    system.folder("user/session", cgroup__subtree_control="memory")
    system.folder("user/session/bbopt-main")
    system.folder(f"user/session/{RUNS}")
    assert system.open() is not None


# The real thing

Execute = Callable[..., SupervisedRun]


@pytest.fixture
def real(execute: Execute) -> Execute:
    """Execute runs in a real control group."""
    control = execute(shell("true"), cpu_limit_s=100.0).control
    if "cpu" not in control or "kill" not in control:
        pytest.skip(f"the system does not let this user make a full control group (runs have {control})")
    return execute


def test_time_that_nobody_waited_for_counts(real: Execute, marker: str) -> None:
    """Four children with 0.15 s each, whose parent ignores SIGCHLD."""
    run = real(misbehaving("forgets_children.py", marker), cpu_limit_s=100.0)
    assert run.result_lines == [RESULT]
    assert run.cpu_s is not None
    assert 0.59 < run.cpu_s < 2.0


def test_tree_of_forks_is_killed_at_once(real: Execute, marker: str) -> None:
    run = real(misbehaving("fork_tree.py", marker), limit_s=1.0, cpu_limit_s=100.0)
    assert (run.ended_by, run.n_survivors) == ("guard", 0)
    assert alive_with(marker) == []


def test_kernel_enforces_the_memory_limit(real: Execute, marker: str) -> None:
    if "memory" not in real(shell("true"), cpu_limit_s=100.0).control:
        pytest.skip("the memory controller is not handed on to groups of this user")
    run = real(misbehaving("allocates.py", marker, "stubborn"), memory_limit_bytes=50_000_000)
    assert run.ended_by == "memory"


def test_no_group_is_left_behind() -> None:
    with supervisor_process() as supervisor:
        pid = supervisor.pid
        supervisor.start(order(shell("cat /proc/self/cgroup"), Path("/"), cpu_limit_s=100.0))
        run = await_run(supervisor)
    if run.control == "the process tree":
        pytest.skip("the system does not let this user make a control group")
    name = f"bbopt-runs-{os.stat('/proc/self/ns/pid').st_ino}-{pid}"
    assert name in run.tail
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{name}"))
