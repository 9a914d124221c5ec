"""Values of states for tests with hypothesis, and how they are compared."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bbopt.jobs.nested import DD

KEYS = st.sampled_from(["a", "b.c", "__builder__", "", "é", "\ud800\0"])
PLAIN_KEYS = st.sampled_from(["a", "b", "__builder__"])


def values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """What a state may hold, with these keys in dictionaries."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=4)
        | st.text("a#'\"\\ ", max_size=6),
        lambda below: (
            st.lists(below, max_size=3)
            | st.lists(below, max_size=3).map(tuple)
            | st.dictionaries(keys, below, max_size=3).map(DD)
        ),
        max_leaves=6,
    )


def as_typed(value: Any) -> Any:
    """The value with its types, nan equal to itself."""
    if isinstance(value, (list, tuple)):
        return type(value), [as_typed(item) for item in value]
    if isinstance(value, dict):
        return dict, {key: as_typed(item) for key, item in value.items()}
    return type(value), repr(value)
