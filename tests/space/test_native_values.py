"""Values as Python has them, there and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bbopt.errors import InputError
from bbopt.space import parse_pcs
from bbopt.space.native_values import choice_values, native_settings, settings_as_text

SPACE = parse_pcs(
    "x real [1e-7, 1] [0.001] log\nn integer [1, 100000000] [64]\nflag categorical {True, False} [True]\n"
    "units ordinal {2, 16, 128} [16]\nshare categorical {0.1, 1} [1]\nname categorical {1, a} [a]\n"
    "m real [0, 1] [0.5]\nm | flag == False\n"
)


@pytest.mark.parametrize(
    ("choices", "values"),
    [
        (("true", "False"), (True, False)),
        (("0", "1"), (0, 1)),
        (("1", "2.5"), (1.0, 2.5)),
        (("1", "true"), ("1", "true")),
        (("yes", "no"), ("yes", "no")),
    ],
)
def test_choices_have_one_type(choices: tuple[str, ...], values: tuple[Any, ...]) -> None:
    found = choice_values(choices)
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


def test_settings_go_there_and_back() -> None:
    rows = SPACE.sample(50, np.random.default_rng(1))
    for configuration in SPACE.configurations(rows):
        settings = native_settings(configuration)
        assert ("m" in settings) == (settings["flag"] is False)
        again = {**SPACE.default.values, **settings_as_text(SPACE, settings)}
        assert SPACE.configuration(again) == configuration


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("n", np.int64(3), "3"),
        ("x", np.float64(0.5), "0.5"),
        ("units", 16.0, "16"),
        ("units", np.int32(128), "128"),
        ("flag", False, "False"),
        ("flag", "True", "True"),
        ("share", 0.1, "0.1"),
    ],
)
def test_what_python_writes_otherwise(name: str, value: Any, text: str) -> None:
    assert settings_as_text(SPACE, {name: value}) == {name: text}


def test_true_is_no_one() -> None:
    with pytest.raises(InputError, match="units"):
        SPACE.configuration({**SPACE.default.values, **settings_as_text(SPACE, {"units": True})})
