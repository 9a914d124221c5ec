"""The command line as assignments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.scenario import read_command_line


def texts(*argv: str) -> list[tuple[str, str]]:
    assignments = read_command_line(argv)
    assert assignments.problems == ()
    return [(entry.option.name, entry.text) for entry in assignments.entries]


def problems(*argv: str) -> list[str]:
    return [str(problem) for problem in read_command_line(argv).problems]


def test_value_after_blank_or_equals_sign() -> None:
    assert texts("--scenario", "s.txt", "--seed=3", "-e", "..") == [
        ("scenario-file", "s.txt"),
        ("num-run", "3"),
        ("experiment-dir", ".."),
    ]


def test_an_equals_sign_within_the_value_stays() -> None:
    assert texts("--algo=env A=1 ./run") == [("algo-exec", "env A=1 ./run")]


def test_switches_take_no_value() -> None:
    assert texts("-h", "--version", "/?", "-v", "-?") == [
        ("help", "true"),
        ("version", "true"),
        ("help", "true"),
        ("version", "true"),
        ("help", "true"),
    ]
    assert texts("--help", "--help-level", "ADVANCED")[1] == ("help-level", "ADVANCED")


def test_values_may_begin_with_a_dash() -> None:
    assert texts("--initial-incumbent", "-x '1' -y '2'", "--seed-offset", "-3") == [
        ("initial-incumbent", "-x '1' -y '2'"),
        ("seed-offset", "-3"),
    ]


def test_pairs_joined_or_apart() -> None:
    assert texts("-T", "a=1", "-Tb=2", "-S", "c=3", "-Sd=4") == [
        ("T", "a=1"),
        ("T", "b=2"),
        ("S", "c=3"),
        ("S", "d=4"),
    ]


def test_unknown_option_with_its_value() -> None:
    assert problems("--wallclok-limit", "5", "--seed", "1") == [
        "command line: unknown option --wallclok-limit\n  remedy:   did you mean --wallclock-limit?"
    ]


@pytest.mark.parametrize("argv", [("--seed",), ("--seed", "--validation", "false")])
def test_missing_value(argv: tuple[str, ...]) -> None:
    found = problems(*argv)
    assert len(found) == 1
    assert found[0].startswith("command line: --seed needs a value")


@pytest.mark.parametrize("stray", ["scenario.txt", "-", "--", ""])
def test_stray_arguments(stray: str) -> None:
    found = problems("--seed", "1", stray)
    assert len(found) == 1
    assert "--scenario FILE" in found[0]


def test_different_values_for_one_option() -> None:
    assert "twice" in problems("--seed", "1", "--num-run", "2")[0]
    assert problems("--seed", "1", "--num-run", "1") == []


def test_everything_wrong_is_reported_at_once() -> None:
    assert len(problems("stray", "--nonsense-xyzzy", "--seed", "1", "--numrun=2", "--cores")) == 4


@given(st.lists(st.text(max_size=12), max_size=6))
def test_no_arguments_raise(argv: list[str]) -> None:
    assignments = read_command_line(argv)
    assert len(assignments.entries) + len(assignments.problems) <= 2 * len(argv)
