"""How parameters become arguments."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, Place
from bbopt.scenario.parameter_templates import (
    ParameterTemplates,
    parse_parameter_format,
    parse_parameter_templates,
)

PLACE = Place("scenario.txt", 5, 18)


def templates(general: str, *special: str, joins_dashed: bool = False) -> ParameterTemplates:
    parsed = parse_parameter_templates([(text, PLACE) for text in special])
    return ParameterTemplates(parse_parameter_format(general, PLACE), parsed, joins_dashed)


@pytest.mark.parametrize(
    ("general", "words"),
    [
        ("-{name} {value}", ["-a", "1", "-b", "x y"]),
        ("-{name}={value}", ["-a=1", "-b=x y"]),
        ("--{name}={value}", ["--a=1", "--b=x y"]),
        ("--set {name}:{value}", ["--set", "a:1", "--set", "b:x y"]),
    ],
)
def test_one_format_for_all(general: str, words: list[str]) -> None:
    assert templates(general).words({"a": "1", "b": "x y"}) == words


def test_the_most_special_rule_decides() -> None:
    found = templates(
        "-{name}={value}",
        "*=no: -no-{name}",
        "*=yes: -{name}",
        "reset: --reset={value}",
        "reset=never:",
    )
    settings = {"luby": "yes", "elim": "no", "freq": "0.1", "reset": "no"}
    assert found.words(settings) == ["-luby", "-no-elim", "-freq=0.1", "--reset=no"]
    assert found.words({"reset": "never"}) == []


def test_a_rule_for_every_parameter() -> None:
    assert templates("-{name} {value}", "*: {name}:{value}").words({"a": "1"}) == ["a:1"]


def test_a_parameter_within_the_words_of_another_is_not_passed_again() -> None:
    text = "restarts: --restarts={value},{param:base}[,{param:factor}]"
    found = templates("--{name}={value}", text)
    assert found.words({"base": "100", "factor": "1.5", "restarts": "x", "z": "1"}) == [
        "--restarts=x,100,1.5",
        "--z=1",
    ]
    both = templates("--{name}={value}", text, "base: --base={value}")
    assert both.words({"base": "100", "restarts": "F"}) == ["--base=100", "--restarts=F,100"]


def test_parameters_that_stand_elsewhere_are_left_out() -> None:
    assert templates("-{name} {value}").words({"a": "1", "b": "2"}, without=frozenset("a")) == ["-b", "2"]


@pytest.mark.parametrize("selector", ["a=x y", "a = x y", "a=x y "])
def test_values_with_blanks_can_be_selected(selector: str) -> None:
    assert templates("-{name} {value}", f"{selector}: -special").words({"a": "x y"}) == ["-special"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-1e-05", ["--x=-1e-05"]),
        ("-", ["--x=-"]),
        ("-0.5", ["--x", "-0.5"]),
        ("-3", ["--x", "-3"]),
        ("--y", ["--x=--y"]),
        ("5", ["--x", "5"]),
        ("", ["--x", ""]),
    ],
)
def test_what_argparse_would_take_for_an_option_is_joined(value: str, words: list[str]) -> None:
    assert templates("--{name} {value}", joins_dashed=True).words({"x": value}) == words


@given(st.text())
def test_argparse_reads_any_value(value: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--x")
    words = templates("--{name} {value}", joins_dashed=True).words({"x": value})
    assert parser.parse_args(words).x == value


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("luby", "can't be read"),
        ("luby yes: -luby", "can't be read"),
        ("luby: -l={valu}", "did you mean {value}?"),
        ("luby: 'x", "split into words"),
        ("luby: {seed}", "unknown placeholder {seed}"),
    ],
)
def test_rules_that_cannot_be_used(text: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_parameter_templates([(text, PLACE)])
    assert str(caught.value).startswith("scenario.txt:5:")
    assert part in str(caught.value)


def test_two_rules_for_the_same() -> None:
    with pytest.raises(InputError, match="a second param-template for a=x") as caught:
        parse_parameter_templates([("a=x: -b", Place("s", 1, 1)), ("a=x: -c", Place("s", 2, 1))])
    assert "the first is at s:1:1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("-{name}", "lacks {value}"),
        ("x", "lacks {name} and {value}"),
        ("-{name}={value},{param:k}", "can't name one"),
    ],
)
def test_formats_that_cannot_be_used(text: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_parameter_format(text, PLACE)
    assert part in str(caught.value)
