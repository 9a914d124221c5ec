"""Messages say what failed, where, what was got and expected, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bbopt import errors
from bbopt.errors import (
    BboptError,
    FileProblems,
    InputError,
    InputErrors,
    InternalError,
    Place,
    Problems,
    StateError,
    did_you_mean,
    lack_of_descriptors,
    nearest,
)


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


def test_long_texts_are_shortened_where_their_line_is_named() -> None:
    text = "begin " + "x" * 5000 + " end"
    error = InputError(f"unknown name {text!r}", place=Place("a.pcs", 3, 18), got=text, remedy=text)
    for shown in (error.what, error.got or ""):
        assert len(shown) <= 300
        assert "begin xxx" in shown
        assert "xxx ... xxx" in shown
        assert shown.rstrip("'").endswith("xxx end")
    assert error.remedy == text
    assert InputError("crashed", place=Place("command line"), got=text).got == text
    assert InputError("short", place=Place("a.pcs", 1), got="x" * 300).got == "x" * 300


def test_a_place_leaves_out_what_is_unknown() -> None:
    assert str(Place("command line")) == "command line"
    assert str(Place("a.pcs", 4)) == "a.pcs:4"


def test_several_problems_are_one_error() -> None:
    many = InputErrors([InputError("one"), InputError("two")])
    assert str(many) == "one\ntwo"
    assert many.exit_code == 1


def test_problems_are_gathered_and_raised_at_once() -> None:
    problems = Problems()
    problems.raise_if_any()
    assert problems.attempt(lambda: 7) == 7

    def fail(*whats: str) -> None:
        raise InputErrors(map(InputError, whats))

    problems.attempt(lambda: fail("one"))
    with pytest.raises(InputError, match="one") as caught:
        problems.raise_if_any()
    assert not isinstance(caught.value, InputErrors)
    problems.attempt(lambda: fail("two", "three"))
    with pytest.raises(InputErrors) as several:
        problems.raise_if_any()
    assert [error.what for error in several.value.errors] == ["one", "two", "three"]


def test_problems_of_a_file_are_in_the_order_of_its_lines() -> None:
    problems = FileProblems("a.pcs")
    problems.add(3, 0, "third", got="x")
    problems.add(1, 7, "second", expected="y", remedy="z")
    problems.note(1, 7, InputError("second, too", got="x", expected="y", remedy="z"))
    problems.note(1, 0, InputError("first", place=Place("elsewhere")))
    with pytest.raises(InputErrors) as caught:
        problems.raise_if_any()
    assert [str(error).splitlines()[0] for error in caught.value.errors] == [
        "a.pcs:1:1: first",
        "a.pcs:1:8: second",
        "a.pcs:1:8: second, too",
        "a.pcs:3:1: third",
    ]
    assert str(problems[2]).splitlines()[1:] == ["  got:      x", "  expected: y", "  remedy:   z"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("BboptError", 255), ("InputError", 1), ("InputErrors", 1), ("StateError", 3),
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
    assert did_you_mean(("runcount", "rungroup")) == "did you mean runcount?"
    assert did_you_mean(()) is None


def test_the_limit_on_open_files_is_no_fault_of_ours() -> None:
    lack = lack_of_descriptors(OSError(errno.EMFILE, "Too many open files", "/some/file"))
    assert str(lack) == (
        "no more files can be opened: there are no file descriptors left\n"
        "  got:      /some/file\n  remedy:   raise the limit on open files (ulimit -n)"
    )
    assert lack_of_descriptors(OSError(errno.ENOENT, "No such file")) is None
    assert lack_of_descriptors(ValueError("24")) is None
