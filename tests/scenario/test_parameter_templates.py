"""How parameters become arguments."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, Place
from bbopt.scenario.parameter_templates import (
    ParameterTemplates,
    parse_flag_styles,
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


def with_flags(*styles: str, special: tuple[str, ...] = ()) -> ParameterTemplates:
    flags = parse_flag_styles([(text, PLACE) for text in styles])
    parsed = parse_parameter_templates([(text, PLACE) for text in special])
    return ParameterTemplates(parse_parameter_format("--{name} {value}", PLACE), parsed, True, flags)


@pytest.mark.parametrize(
    ("styles", "on", "off"),
    [
        ((), ["--foo", "true"], ["--foo", "false"]),
        (("value",), ["--foo", "true"], ["--foo", "false"]),
        (("pair",), ["--foo"], ["--no-foo"]),
        (("foo: BooleanOptionalAction",), ["--foo"], ["--no-foo"]),
        (("switch",), ["--foo"], []),
        (("pair", "foo: store_true"), ["--foo"], []),
        (("pair", "foo: value"), ["--foo", "true"], ["--foo", "false"]),
        (("bar: pair",), ["--foo", "true"], ["--foo", "false"]),
    ],
)
def test_switches(styles: tuple[str, ...], on: list[str], off: list[str]) -> None:
    found = with_flags(*styles)
    assert (found.words({"foo": "true"}), found.words({"foo": "false"})) == (on, off)


def test_which_values_are_on_and_off() -> None:
    values = {"a": "True", "b": "FALSE", "c": "1", "d": "on", "e": "auto"}
    assert with_flags("pair").words(values) == ["--a", "--no-b", "--c", "1", "--d", "on", "--e", "auto"]
    named = with_flags("c: switch", "d: pair", "e: pair")
    assert named.words({"c": "1", "d": "off", "e": "auto"}) == ["--c", "--no-d", "--e", "auto"]
    assert named.words({"c": "0", "d": "on"}) == ["--d"]


def test_words_of_its_own_win_over_the_style() -> None:
    found = with_flags("pair", special=("a=false: -q", "*=true: --every"))
    assert found.words({"a": "false", "b": "true"}) == ["-q", "--b"]


def test_a_real_parser_understands_the_styles() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--foo", action=argparse.BooleanOptionalAction)
    parser.add_argument("--bar", action="store_true")
    parser.add_argument("--baz", type=lambda text: text == "true")
    words = with_flags("foo: BooleanOptionalAction", "bar: store_true")
    for value in (True, False):
        settings = dict.fromkeys(("foo", "bar", "baz"), str(value).lower())
        parsed = vars(parser.parse_args(words.words(settings)))
        assert parsed == {"foo": value, "bar": value, "baz": value}


@pytest.mark.parametrize(
    ("styles", "words"),
    [
        (["flag"], "one of value, switch, pair, store_true"),
        (["foo: store_tru"], "NAME: STYLE"),
        (["foo: pair", "foo: switch"], "a second flag-style for parameter foo"),
        (["pair", "switch"], "a second flag-style for all parameters"),
    ],
)
def test_styles_that_are_none(styles: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        with_flags(*styles)
    assert words in str(caught.value)
