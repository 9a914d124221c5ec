"""Values as they are written, against Python's own reader."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.jobs.literals import read_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42),
        ("-2", -2),
        ("+2", 2),
        ("2.2", 2.2),
        ("1e-6", 1e-6),
        ("1_000", 1000),
        ("0x10", 16),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("1e999", math.inf),
        ("True", True),
        ("None", None),
        ('"hello"', "hello"),
        ("'a' 'b'", "ab"),
        ("  ' a '  ", " a "),
        ("[1, 'x', [inf, -2.5]]", [1, "x", [math.inf, -2.5]]),
        ("1,2", (1, 2)),
        ("()", ()),
        ("{'a': {'b': [1]}}", {"a": {"b": [1]}}),
        ("", ""),
        ("a_string", "a_string"),
        ("two words", "two words"),
        ("007", "007"),
        ("2*3", "2*3"),
        ("1/0", "1/0"),
        ("a-b", "a-b"),
        ("-True", "-True"),
        ("-'a'", "-'a'"),
        ("relu()", "relu()"),
        ("__import__('os').system('false')", "__import__('os').system('false')"),
        ("[1, x]", "[1, x]"),
        ("{**a}", "{**a}"),
        ("{a, b}", "{a, b}"),
        ("f'{1}'", "f'{1}'"),
        ("...", "..."),
        ("Inf", "Inf"),
        ("true", "true"),
        ("it's", "it's"),
        ("C:\\d", "C:\\d"),
        ("'\\d'", "\\d"),
        ("a\0b", "a\0b"),
        ("1if x", "1if x"),
        ("/data/x.csv", "/data/x.csv"),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


def test_nan() -> None:
    assert repr(read_value("nan")) == "nan"
    assert repr(read_value("[nan, -nan]")) == "[nan, nan]"


@pytest.mark.parametrize("text", ["{1, 2}", "{{20, 30}}", "b'x'", "1j", "[1, b'x']", "{1: 2}", "{None: 2}"])
def test_literals_that_no_state_may_hold(text: str) -> None:
    with pytest.raises(InputError):
        read_value(text)


def test_a_set_is_often_meant_for_choices() -> None:
    with pytest.raises(InputError) as caught:
        read_value("{20, 30}")
    assert caught.value.got == "{20, 30}"
    assert "{{a,b}}" in str(caught.value.remedy)


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 5000 + "1", "1+" * 5000 + "1", "[" * 90 + "]" * 90])
def test_deep_texts_end(text: str) -> None:
    read_value(text)


TEXTS = st.text(max_size=4)
PYTHON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.lists(below, max_size=3).map(tuple)
        | st.dictionaries(TEXTS, below, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(PYTHON)
def test_what_python_writes_is_read(value: Any) -> None:
    assert read_value(repr(value)) == ast.literal_eval(repr(value)) == value
