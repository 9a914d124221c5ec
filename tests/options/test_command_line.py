"""The command line as assignments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.options import (
    Assignments,
    Kind,
    Option,
    OptionTable,
    Words,
    looks_like_option,
    option_table,
    read_command_line,
)


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
        "command line: unknown option --wallclok-limit\n  remedy:   did you mean --wallclock-limit or "
        "--run-wallclock-limit or --wallclock-limit-ends-runs?"
    ]


@pytest.mark.parametrize("argv", [("--seed",), ("--seed", "--validation", "false"), ("--seed", "--")])
def test_missing_value(argv: tuple[str, ...]) -> None:
    found = problems(*argv)
    assert len(found) == 1
    assert found[0] == "command line: --seed needs a value\n  expected: --seed INTEGER"


@pytest.mark.parametrize("stray", ["scenario.txt", "-", "---", ""])
def test_stray_arguments(stray: str) -> None:
    found = problems("--seed", "1", stray)
    assert len(found) == 1
    assert "--scenario FILE" in found[0]


def test_different_values_for_one_option() -> None:
    assert "twice" in problems("--seed", "1", "--seed", "2")[0]
    assert problems("--seed", "1", "--num-run", "2") == []


def test_the_case_of_a_single_letter_counts() -> None:
    assert texts("-p", "a.pcs", "-T", "a=1") == [("pcs-file", "a.pcs"), ("T", "a=1")]
    assert "unknown option -P" in problems("-P", "a.pcs")[0]
    assert read("-Px=1").entries[0].option.name == "P"


def test_everything_wrong_is_reported_at_once() -> None:
    assert len(problems("stray", "--nonsense-xyzzy", "--seed", "1", "--seed=2", "--cores")) == 4


def own_option(name: str, kind: Kind) -> Option:
    return replace(option_table()["engine"], name=name, kind=kind, domain="", default=None)


OWN = OptionTable(
    (own_option("folders", Kind.PATHS), own_option("P", Kind.PAIRS), own_option("limit", Kind.NUMBER))
)


def read(*argv: str, words: Words | None = None) -> Assignments:
    return read_command_line(argv, OWN, words, "bbopt that --help")


def test_all_words_up_to_the_next_option_belong_to_one_that_takes_several() -> None:
    found = read("--folders", "a", "b", "--limit", "3", "--Folders=-c", "--folders", "d", "-Px=1")
    assert found.problems == ()
    assert [(entry.option.name, entry.text) for entry in found.entries] == [
        ("folders", "a"), ("folders", "b"), ("limit", "3"), ("folders", "-c"), ("folders", "d"), ("P", "x=1"),
    ]  # fmt: skip


def test_two_dashes_end_the_options() -> None:
    found = read("--limit=1", "a", "--", "--limit", "--", words=Words("FILES", are_a_command=True))
    assert found.words == ("a", "--", "--limit", "--")
    found = read("--folders", "a", "--", "--limit", words=Words("FILE"))
    assert ([entry.text for entry in found.entries], found.words) == (["a"], ("--limit",))
    assert read("--limit", "1", "--").problems == ()
    assert len(read("--", "--limit", "b").problems) == 2


def test_a_command_begins_with_the_first_word_and_has_all_that_follows() -> None:
    command = Words("COMMAND", are_a_command=True)
    assert read("--limit", "1", "ls", "-l", "--limit", words=command).words == ("ls", "-l", "--limit")
    assert read("--", "--limit", words=command).words == ("--limit",)


@pytest.mark.parametrize(
    ("argv", "are_a_command", "got"),
    [
        ((), False, "none"),
        (("--limit", "1", "--"), True, "none"),
        (("a", "--limit", "1", "b"), False, "'a' 'b'"),
    ],
)
def test_wrong_words(argv: tuple[str, ...], are_a_command: bool, got: str) -> None:
    (problem,) = read(*argv, words=Words("DIR", are_a_command)).problems
    what = f"command line: one DIR is needed\n  got:      {got}"
    assert str(problem) == f"{what}\n  remedy:   bbopt that --help shows what to write"


def test_an_unknown_option_makes_no_word_of_its_value() -> None:
    (problem,) = read("--lmit", "3", words=Words("DIR")).problems
    assert "did you mean --limit?" in str(problem)
    (problem,) = read("--xyzzy", "3", words=Words("DIR")).problems
    assert "bbopt that --help lists all options" in str(problem)


@pytest.mark.parametrize("argument", ["-x", "--x", "--x=y", "/?", "-?", "-1", "--"])
def test_what_looks_like_an_option(argument: str) -> None:
    assert looks_like_option(argument)


@pytest.mark.parametrize("argument", ["", "-", "---", "x", "/x", "x=-y"])
def test_what_does_not(argument: str) -> None:
    assert not looks_like_option(argument)


@given(st.lists(st.text(max_size=12), max_size=6))
def test_no_arguments_raise(argv: list[str]) -> None:
    for words in (None, Words("DIR"), Words("COMMAND", are_a_command=True)):
        found = read_command_line(argv, option_table(), words)
        assert len(found.entries) + len(found.problems) + len(found.words) <= 2 * len(argv) + 1
