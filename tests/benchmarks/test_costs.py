"""What measures time and memory: that it measures what it says."""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.comparison.memory import MemoryUse
from benchmarks.overhead import memory_table, race, time_table, window_mean
from benchmarks.spawn import make_folder

PROJECT = Path(__file__).resolve().parents[2]


def test_the_window_is_the_last_tenth_and_not_less_than_twenty() -> None:
    own_s = [float(n) for n in range(1000)]
    assert window_mean(own_s, 1000) == pytest.approx(sum(range(900, 1000)) / 100)
    assert window_mean(own_s[:100], 100) == pytest.approx(sum(range(80, 100)) / 20)
    assert math.isnan(window_mean(own_s[:99], 100))


def test_ratios_are_to_the_first() -> None:
    figures = {"bbopt": {100: 0.01, 300: 0.02}, "slow": {100: 0.5, 300: math.nan}, "out": {100: math.nan}}
    lines = time_table("mixed10", figures, [100, 300]).splitlines()
    cells = [[word.strip() for word in line.strip("|").split("|")] for line in lines[2:]]
    assert cells == [
        ["bbopt", "10.00 (1.0)", "20.00 (1.0)"],
        ["slow", "500.00 (50.0)", "-"],
        ["out", "-", "-"],
    ]


@pytest.mark.slow
def test_searches_take_turns_and_the_one_that_is_too_slow_is_out() -> None:
    given = argparse.Namespace(cpu=True, max_seconds=0.0)
    found = race("branin", ["random", "bbopt"], 20, given)
    assert math.isnan(found["random"])
    assert found["bbopt"] > 0


def test_memory_is_in_megabytes() -> None:
    text = memory_table([MemoryUse("mixed30", 5, before=100_000_000, told=200_400_000, asked=300_000_000)])
    assert [word.strip() for word in text.splitlines()[2].strip("|").split("|")][1:] == ["100", "200", "300"]


def test_the_target_of_the_spawn_benchmark_answers_with_its_last_parameter(tmp_path: Path) -> None:
    make_folder(tmp_path, compiler=None)
    words = ["./target", "no_instance", "0", "1", "1", "-1", "-w", "0.25", "-z", "0.75"]
    answer = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert answer == "Result of this algorithm run: SAT, 0, 0, 0.75, -1\n"


def test_the_spawn_benchmark_runs() -> None:
    words = ["--runs", "10", "--repeats", "1", "--cores", "1", "--engines", "random", "--target", "sh"]
    command = [sys.executable, "-m", "benchmarks.spawn", *words]
    text = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    rows = [[word.strip() for word in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    assert [row[0] for row in rows] == ["posix_spawn and wait", "bbopt --engine random"]
    assert rows[0][3] == "1.00"
    assert float(rows[1][3]) == pytest.approx(int(rows[1][2]) / int(rows[0][2]), abs=0.02)
