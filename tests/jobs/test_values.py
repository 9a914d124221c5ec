"""What a state may hold comes back as it was; what it may not is told."""

from __future__ import annotations

import enum
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import InputError, StateError
from bbopt.jobs.nested import DD, flatten
from bbopt.jobs.values import canonical, checked, fingerprint, from_json, to_json
from tests.jobs.states import KEYS, as_typed, values

VALUES = values(KEYS)


@settings(max_examples=60)
@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_what_is_written_is_read_back(state: dict[str, Any]) -> None:
    text = to_json(state)
    assert text.isascii()
    found = from_json(text)
    assert as_typed(found) == as_typed(state)
    assert isinstance(found, DD)


def test_it_is_json_for_all() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(to_json({"a": math.inf, "b": [math.nan, -math.inf], "c": (1,)}), parse_constant=refuse)


def test_numbers_of_numpy_are_numbers() -> None:
    state = {
        "a": np.float32(0.5),
        "b": np.int64(3),
        "c": np.bool_(True),
        "d": np.str_("x"),
        "e": np.array(2.5),
        "f": [np.float64("nan")],
    }
    assert as_typed(from_json(to_json(state))) == as_typed(DD(a=0.5, b=3, c=True, d="x", e=2.5, f=[math.nan]))


class Kind(str, enum.Enum):
    RELU = "relu"


def test_texts_of_a_subclass_are_texts() -> None:
    found = checked({Kind.RELU: [Kind.RELU]}, "state")
    assert repr(found) == "{'relu': ['relu']}"


class Unknown:
    """Something of the user's."""


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (Unknown(), "a value of type Unknown"),
        ({1, 2}, "a value of type set"),
        (b"x", "a value of type bytes"),
        (1j, "a value of type complex"),
        (Path("x"), "a value of type PosixPath"),
        (print, "a value of type builtin_function_or_method"),
        (np.arange(3), "a value of type ndarray"),
    ],
)
def test_what_no_state_may_hold(value: object, got: str) -> None:
    with pytest.raises(InputError, match=r"^state\.a\.b\[1\]\.c can't be recorded") as caught:
        to_json({"a": {"b": [1, {"c": value}]}})
    assert caught.value.got == got
    assert caught.value.remedy == ("record its .tolist()" if "ndarray" in got else None)


def test_what_holds_itself() -> None:
    state: dict[str, Any] = {}
    state["a"] = [state]
    with pytest.raises(InputError, match="can't be recorded") as caught:
        to_json(state)
    assert "holds itself" in str(caught.value)


@pytest.mark.parametrize("key", ["__tuple__", "__number__", 3, None])
def test_keys_that_no_state_may_have(key: Any) -> None:
    with pytest.raises(InputError, match="key"):
        to_json({"a": {key: 1}})


def test_endless_numbers() -> None:
    with pytest.raises(InputError, match="too long"):
        to_json({"a": 10**5000})


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "3", '{"a": {"__number__": "x"}}', '{"a": {"__tuple__": 3}}', "[" * 9999]
)
def test_texts_that_were_not_written_here(text: str) -> None:
    with pytest.raises(StateError, match="can't be read back"):
        from_json(text)


def test_equal_settings_have_one_fingerprint() -> None:
    state = {"a": 1, "b": DD(c=0.0, d=(1, 2)), "e": math.nan}
    for other in (
        dict(reversed(state.items())),
        flatten(state),
        {**state, "a": 1.0},
        {**state, "b": DD(c=-0.0, d=[1.0, 2])},
        {**state, "a": np.int32(1)},
    ):
        assert fingerprint(other) == fingerprint(state)
    for key, value in (("a", "1"), ("a", True), ("a", 1.5), ("b", DD(c=0.0)), ("e", math.inf), ("f", None)):
        assert fingerprint({**state, key: value}) != fingerprint(state)


@settings(max_examples=60)
@given(VALUES)
def test_a_canonical_form_is_that_of_what_is_read_back(value: Any) -> None:
    assert canonical(from_json(to_json({"a": value}))["a"]) == canonical(value)
