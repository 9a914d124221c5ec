"""States with attributes, and with dots."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.jobs.nested import DD, expand, flatten


def test_attributes_are_items() -> None:
    state = DD(a=1)
    state.b = DD()
    state.b.c = "hello"
    assert state == {"a": 1, "b": {"c": "hello"}}
    assert state["b"].c == "hello"
    del state.a
    assert not hasattr(state, "a")
    assert repr(state) == "{'b': {'c': 'hello'}}"


def test_what_a_state_lacks() -> None:
    state = DD(learning_rate=1)
    with pytest.raises(AttributeError, match=r"no 'learnin_rate': did you mean learning_rate\?"):
        _ = state.learnin_rate
    with pytest.raises(AttributeError, match="no 'x'"):
        del state.x
    assert getattr(state, "x", 3) == 3


def test_methods_are_not_hidden() -> None:
    state = DD()
    with pytest.raises(AttributeError, match=r"write state\['items'\] = "):
        state.items = 3  # type: ignore[assignment, method-assign]
    state["items"] = 3
    assert list(state.items()) == [("items", 3)]


def test_copies() -> None:
    state = DD(a=[1], b=DD(c=2))
    for other in (copy.deepcopy(state), pickle.loads(pickle.dumps(state))):
        assert other == state
        assert isinstance(other.b, DD)
        assert other.a is not state.a


def test_flat_and_nested() -> None:
    state = DD(a=1, c=DD(d="hello", e=DD(f=[1, {"g": 2}])), empty=DD())
    flat = {"a": 1, "c.d": "hello", "c.e.f": [1, {"g": 2}], "empty": {}}
    assert flatten(state) == flat
    assert expand(flat) == state
    assert expand(flat).c.e.f == [1, {"g": 2}]


def test_what_is_half_flat_is_nested_wholly() -> None:
    state = expand({"a": {"b": 1}, "a.c": 2, "d": {}, "d.e": 3, "f.g": 4, "f": {}})
    assert state == {"a": {"b": 1, "c": 2}, "d": {"e": 3}, "f": {"g": 4}}
    assert isinstance(state.a, DD)


@pytest.mark.parametrize(
    "flat",
    [
        {"a": 1, "a.b": 2},
        {"a.b": 2, "a": 1},
        {"a": 1, "a.b": {}},
        {"a.b": 1, "a.b.c": 2},
        {"x": {"a": 1}, "x.a": 2},
    ],
)
def test_a_value_is_not_above_others(flat: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="two values"):
        expand(flat)


@pytest.mark.parametrize("key", ["", ".a", "a.", "a..b"])
def test_keys_that_are_not_whole(key: str) -> None:
    with pytest.raises(InputError, match="lacks a name"):
        expand({key: 1})


def test_keys_that_are_no_texts() -> None:
    with pytest.raises(InputError, match="dictionary a is no text") as caught:
        flatten({"a": {1: 2}})
    assert caught.value.remedy == "write '1' in place of 1"


NAMES = st.sampled_from(["a", "b", "c"])
STATES = st.recursive(
    st.integers(), lambda below: st.dictionaries(NAMES, below, max_size=3).map(DD), max_leaves=8
)


@given(st.dictionaries(NAMES, STATES))
def test_expand_is_the_inverse_of_flatten(state: dict[str, Any]) -> None:
    assert expand(flatten(state)) == state
