"""What processes use, measured in processes whose descendants are known."""

from __future__ import annotations

import json
import os
import sys

import pytest

from bbopt.target.supervisor.usage import Meter, proportional_bytes, tree_use
from tests.children import run_child

_PRELUDE = """
import json, os, sys, time
from bbopt.target.supervisor.process_tree import adopt_orphans
from bbopt.target.supervisor.usage import Meter, tree_use
adopt_orphans()

def burn(seconds):
    while time.process_time() < seconds:
        pass

def child(act):
    pid = os.fork()
    if pid == 0:
        act()
        os._exit(0)
    return pid

told, tell = os.pipe()

def tell_and_stay():
    os.write(tell, b"!")
    time.sleep(600)
"""


def measured(script: str) -> list[float]:
    process = run_child(_PRELUDE + script)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    found: list[float] = json.loads(out)
    return found


def test_time_of_children_that_an_intermediate_has_waited_for() -> None:
    (cpu_s,) = measured("""
def intermediate():
    for _ in range(3):
        os.waitpid(child(lambda: burn(0.2)), 0)
    tell_and_stay()

pid = child(lambda: (child(intermediate), tell_and_stay()))
os.read(told, 1)
os.read(told, 1)
print(json.dumps([tree_use().cpu_s]))
os.kill(tree_use().pids[-1], 9)
os.kill(pid, 9)
""")
    assert 0.5 < cpu_s < 1.1  # 0.6, and 1.2 if it were counted twice


def test_time_moves_from_the_living_to_the_waited_for() -> None:
    living_s, ended_s, waited_s, tree_s, both_s = measured("""
meter = Meter()
pid = child(lambda: (burn(0.3), tell_and_stay()))
os.read(told, 1)
meter.look()
found = [meter.cpu_s]
os.kill(pid, 9)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
meter.look()
found.append(meter.cpu_s)
meter.account(os.wait4(pid, 0)[2])
meter.look()
found += [meter.cpu_s, tree_use().cpu_s]
pid = child(lambda: (burn(0.3), tell_and_stay()))
os.read(told, 1)
meter.look()
os.kill(pid, 9)
print(json.dumps([*found, meter.cpu_s]))
""")
    for cpu_s in (living_s, ended_s, waited_s):
        assert 0.28 <= cpu_s < 0.5
    assert living_s <= ended_s <= waited_s
    assert tree_s == 0
    assert 0.56 <= both_s < 1.0


def test_an_orphan_is_not_lost() -> None:
    (cpu_s,) = measured("""
middle = child(lambda: child(lambda: (burn(0.3), tell_and_stay())))
os.waitpid(middle, 0)
os.read(told, 1)
use = tree_use()
os.kill(use.pids[0], 9)
print(json.dumps([use.cpu_s]))
""")
    assert 0.28 <= cpu_s < 0.5


def test_the_largest_sum_stands() -> None:
    """A child whose parent ignores SIGCHLD leaves nothing behind."""
    before_s, after_s = measured("""
import signal
def forgetful():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child(lambda: (burn(0.3), tell_and_stay()))
    time.sleep(600)

meter = Meter()
parent = child(forgetful)
os.read(told, 1)
meter.look()
before = meter.cpu_s
os.kill(tree_use().pids[1], 9)
while len(tree_use().pids) > 1:
    time.sleep(0.01)
meter.look()
print(json.dumps([before, meter.cpu_s]))
os.kill(parent, 9)
""")
    assert after_s >= before_s > 0.28


def test_this_process_is_not_part_of_its_tree() -> None:
    assert os.getpid() not in tree_use().pids


def test_shared_pages_count_once() -> None:
    alone_bytes, resident_bytes, proportional = measured("""
from bbopt.target.supervisor.usage import proportional_bytes
def parent():
    ballast = bytearray(b"x") * 50_000_000
    tell_and_stay()

def family():
    ballast = bytearray(b"x") * 50_000_000
    for _ in range(3):
        child(tell_and_stay)
    tell_and_stay()

def settle(n):
    while n:
        n -= len(os.read(told, n))
    return tree_use()

first = child(parent)
alone = settle(1)
os.kill(first, 9)
os.waitpid(first, 0)
child(family)
use = settle(4)
found = [alone.resident_bytes, use.resident_bytes, proportional_bytes(use.pids)]
for pid in use.pids:
    os.kill(pid, 9)
print(json.dumps(found))
""")
    assert alone_bytes > 50_000_000
    assert resident_bytes > 200_000_000
    assert 50_000_000 < proportional < 100_000_000


def test_a_process_that_is_gone_has_no_memory() -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", ""], {})
    os.waitpid(pid, 0)
    assert proportional_bytes((pid,)) == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="the kernel has no smaps_rollup")
def test_own_memory_is_plausible() -> None:
    assert 5_000_000 < proportional_bytes((os.getpid(),)) < 4_000_000_000


def test_nothing_is_known_before_anything_was_seen() -> None:
    meter = Meter()
    assert (meter.cpu_s, meter.memory_bytes) == (0.0, None)
