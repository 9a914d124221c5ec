from __future__ import annotations

import pytest

from bbopt.automl.keras_calls import KerasCall, read_calls
from bbopt.errors import InputError, Place

PLACE = Place("fit_params_grid")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (
            '[TensorBoard(log_dir="/tmp/logs/fit")]',
            [KerasCall("TensorBoard", (), {"log_dir": "/tmp/logs/fit"})],
        ),
        ("TerminateOnNaN()", [KerasCall("TerminateOnNaN", (), {})]),
        ("[keras.callbacks.CSVLogger('a', append=True)]", [KerasCall("CSVLogger", ("a",), {"append": True})]),
        ("[]", []),
    ],
)
def test_calls_are_read(text: str, calls: list[KerasCall]) -> None:
    assert list(read_calls(text, PLACE)) == calls


@pytest.mark.parametrize(
    "text",
    ["[TensorBoard(log_dir=open('x'))]", "TensorBoard", "f()()", "[A(**{'a': 1})]", "[A(", 3, None, ""],
)
def test_nothing_else_is(text: object) -> None:
    with pytest.raises(InputError, match="no list of callbacks"):
        read_calls(text, PLACE)
