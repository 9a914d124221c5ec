"""Patterns and exit codes as options."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError, Place
from bbopt.scenario.result_patterns import ResultPattern, ResultPatterns, parse_exit_codes, parse_patterns

PLACE = Place("scenario.txt", 6, 18)


def pattern(text: str) -> ResultPattern:
    return parse_patterns([(text, PLACE)])[0]


@pytest.mark.parametrize(
    ("text", "expected", "meanings"),
    [
        ("quality: cost (.*)", ResultPattern("cost (.*)", "quality"), {"quality"}),
        ("quality: [0-9.]+$", ResultPattern("[0-9.]+$", "quality"), {"quality"}),
        ('quality: "loss": ([0-9]+)', ResultPattern('"loss": ([0-9]+)', "quality"), {"quality"}),
        ("SAT:   ^s SAT", ResultPattern("^s SAT", "SAT"), {"SAT"}),
        ("SAT: [[]done", ResultPattern("[[]done", "SAT"), {"SAT"}),
        ("SAT: (?i)^s sat", ResultPattern("(?i)^s sat", "SAT"), {"SAT"}),
        ("-quality: acc (.*)", ResultPattern("acc (.*)", "quality", True), {"quality"}),
        (
            "runtime: (?P<runtime>.*)",
            ResultPattern("runtime: (?P<runtime>.*)"),
            {"runtime"},
        ),
        (
            "^s ((?P<SAT>SAT)|(?P<UNSAT>UNSAT))",
            ResultPattern("^s ((?P<SAT>SAT)|(?P<UNSAT>UNSAT))"),
            {"SAT", "UNSAT"},
        ),
    ],
)
def test_patterns(text: str, expected: ResultPattern, meanings: set[str]) -> None:
    assert pattern(text) == expected
    assert pattern(text).meanings == meanings


@pytest.mark.parametrize(
    ("text", "column", "parts"),
    [
        ("quality: cost ([0-9", 33, ["not a regular expression", "unterminated character set"]),
        ("(?P<quality>x", 18, ["not a regular expression", "missing )"]),
        ("qualty: cost (.*)", 18, ["unknown name: qualty", "did you mean quality? Else"]),
        (r"loss: (\S+)", 18, [r"remedy:   if this is text of the output, write metric = loss instead, with"]),
        (r"-loss: (\S+)", 18, ["unknown name: -loss", "write metric = loss"]),
        (r"'quality: loss: (\S+)'", 18, ["the quotes around result-pattern", "write [']"]),
        (r'quality: "loss: (\S+)"', 18, ["the quotes around result-pattern", 'write ["]']),
        ("quality: loss:", 18, ["no group for the quality", r"write quality: loss: (\S+)"]),
        ("-quality: ^accuracy", 18, ["no group for the quality"]),
        ("sat: ^s SAT", 18, ["unknown name: sat", "did you mean SAT?"]),
        ("cost (?P<qualty>.*)", 18, ["unknown name: qualty", "did you mean quality?"]),
        ("cost (.*)", 18, ["does not say what it finds", "write quality: cost (.*), with maximize"]),
    ],
)
def test_patterns_that_cannot_be_used(text: str, column: int, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        pattern(text)
    assert str(caught.value).startswith(f"scenario.txt:6:{column}: ")
    for part in parts:
        assert part in str(caught.value)


def test_exit_codes() -> None:
    assert parse_exit_codes("10:SAT, 20 : unsat,0:TIMEOUT", PLACE) == (
        (10, "SAT"),
        (20, "UNSAT"),
        (0, "TIMEOUT"),
    )


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("10:SAT, 20=UNSAT", 26, "can't be read"),
        ("300:SAT", 18, "from 0 to 255"),
        ("-1:SAT", 18, "from 0 to 255"),
        ("10:SATT", 18, "did you mean SAT?"),
        ("10:SAT,10:UNSAT", 25, "exit code 10 has two meanings"),
        ("10:SAT,", 25, "can't be read"),
    ],
)
def test_exit_codes_that_cannot_be_used(text: str, column: int, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_exit_codes(text, PLACE)
    assert str(caught.value).startswith(f"scenario.txt:6:{column}: ")
    assert part in str(caught.value)


def test_whether_rules_tell_anything() -> None:
    assert not ResultPatterns()
    assert not ResultPatterns(parse_patterns([("additional: x", PLACE)])).tell_how_runs_end
    for text in ("quality: x", "runtime: x", "TIMEOUT: x", "status: x"):
        assert ResultPatterns(parse_patterns([(text, PLACE)])).tell_how_runs_end
    assert ResultPatterns(exit_codes=((0, "SAT"),)).tell_how_runs_end
