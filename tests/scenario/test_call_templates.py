"""Words with placeholders."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError, Place
from bbopt.scenario.call_templates import Template, parse_template, split_words

PLACE = Place("scenario.txt", 3, 17)
NAMES = ("instance", "seed", "cutoff", "params")


def template(text: str) -> Template:
    return parse_template(split_words(text, PLACE), NAMES, text, PLACE)


def filled(text: str, settings: dict[str, str] | None = None, params: tuple[str, ...] = ()) -> list[str]:
    facts = {"instance": "my file.cnf", "seed": "7", "cutoff": "2.5"}
    return template(text).filled(facts, settings or {}, params)


def test_words_are_split_before_they_are_filled() -> None:
    assert filled("./solver -s {seed} --file={instance} 'a {seed}'") == [
        "./solver", "-s", "7", "--file=my file.cnf", "a 7",
    ]  # fmt: skip


def test_params_are_any_number_of_words() -> None:
    assert filled("run {params} {instance}", params=("-a", "b c")) == ["run", "-a", "b c", "my file.cnf"]
    assert filled("run {params}") == ["run"]


def test_a_word_with_an_inactive_parameter_is_left_out() -> None:
    text = "run -k={param:k} --both={param:k},{param:l} {seed}"
    assert filled(text, {"k": "3"}) == ["run", "-k=3", "7"]
    assert filled(text, {"k": "3", "l": "x y"}) == ["run", "-k=3", "--both=3,x y", "7"]


def test_square_brackets_hold_what_may_be_left_out() -> None:
    text = "--restarts={param:kind}[,{param:base}][,{param:factor}]"
    assert filled(text, {"kind": "x", "base": "100", "factor": "1.5"}) == ["--restarts=x,100,1.5"]
    assert filled(text, {"kind": "x", "factor": "1.5"}) == ["--restarts=x,1.5"]
    assert filled(text, {"kind": "no"}) == ["--restarts=no"]
    assert filled(text, {"base": "100"}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{seed}}", "{seed}"),
        ("{{param:x}}", "{param:x}"),
        ('\'{"a": {"b": 1}}\'', '{"a": {"b": 1}}'),
        ("{}", "{}"),
        ("[{seed}]", "[7]"),
        ("a[1]", "a[1]"),
    ],
)
def test_other_braces_and_brackets_stay(text: str, expected: str) -> None:
    assert filled(text) == [expected]


def test_names_and_parameters() -> None:
    parsed = template("run {seed} -k={param:k}[,{param:l}] {params}")
    assert (parsed.names, parsed.parameters) == ({"seed", "params"}, {"k", "l"})
    assert parsed.begins_plainly
    assert not template("{seed} x").begins_plainly


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_values_survive_as_they_are(values: list[str]) -> None:
    """Braces and placeholders within a value mean nothing."""
    settings = {f"p{number}": value for number, value in enumerate(values)}
    text = " ".join(f"x={{param:{name}}}" for name in settings)
    assert filled(text, settings) == [f"x={value}" for value in values]


@given(st.lists(st.text(st.characters(exclude_characters="{}[]\0"), min_size=1), min_size=1))
def test_text_without_braces_is_split_as_a_shell_does(words: list[str]) -> None:
    assert filled(shlex.join(words)) == words


@pytest.mark.parametrize(
    ("text", "column", "parts"),
    [
        ("./solver {sed} {params}", 26, ["unknown placeholder {sed}", "did you mean {seed}?", "{{sed}}"]),
        ("run {parameters:x}", 21, ["unknown placeholder {parameters:x}", "{param:NAME}"]),
        (
            "run {lr}",
            21,
            ["write {param:lr} for the value of a parameter lr", "{{lr}} for the text {lr} itself"],
        ),
        ("run --all={params}", 27, ["{params}", "a word of its own"]),
        ("run {seed:x}", 21, ["unknown placeholder {seed:x}"]),
    ],
)
def test_what_no_placeholder_is(text: str, column: int, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        template(text)
    assert str(caught.value).startswith(f"scenario.txt:3:{column}: ")
    for part in parts:
        assert part in str(caught.value)


def test_open_quotes() -> None:
    with pytest.raises(InputError, match="split into words") as caught:
        template("./solver '{seed}")
    assert caught.value.remedy == "No closing quotation"
