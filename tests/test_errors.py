"""Messages say what failed, where, what was got and expected, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt import errors
from bbopt.errors import BboptError, InputError, InputErrors, InternalError, Place, StateError, nearest


def test_a_message_has_all_its_parts_in_order() -> None:
    error = InputError(
        "runcount-limit can't have this value",
        place=Place(Path("scenario.txt"), 3, 18),
        got="'-1'",
        expected="an integer in [1, 9]",
        remedy="write 1",
    )
    assert str(error) == (
        "scenario.txt:3:18: runcount-limit can't have this value\n"
        "  got:      '-1'\n"
        "  expected: an integer in [1, 9]\n"
        "  remedy:   write 1"
    )


def test_a_place_leaves_out_what_is_unknown() -> None:
    assert str(Place("command line")) == "command line"
    assert str(Place("a.pcs", 4)) == "a.pcs:4"


def test_several_problems_are_one_error() -> None:
    many = InputErrors([InputError("one"), InputError("two")])
    assert str(many) == "one\ntwo"
    assert many.exit_code == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [("BboptError", 255), ("InputError", 1), ("InputErrors", 1), ("DivergenceError", 2), ("StateError", 3),
     ("TargetAbortError", 255), ("InternalError", 255)],
)  # fmt: skip
def test_exit_codes_are_smac2s(name: str, code: int) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, BboptError)
    assert kind.exit_code == code


def test_an_internal_error_names_the_saved_traceback() -> None:
    assert "saved in log-err1.txt" in str(InternalError(KeyError("x"), "log-err1.txt"))
    assert StateError("full").remedy is None


def test_nearest_names() -> None:
    assert nearest("runcont", ["runcount", "rungroup", "seed"])[0] == "runcount"
    assert nearest("zzz", ["runcount"]) == ()
