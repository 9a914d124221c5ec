"""Remedies for what programs often end with."""

from __future__ import annotations

import pytest

from bbopt.target.usual_failures import usual_remedy
from tests.target.test_outcome import outcome

NO_MODULE = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'torch.nn'\n"


@pytest.mark.parametrize(
    ("tail", "exit_status", "remedy"),
    [
        (NO_MODULE, 1, "the environment that has torch.nn is active"),
        ("train.py: error: unrecognized arguments: true\n", 2, "flag-style = NAME: store_true"),
        ("train.py: error: unrecognized arguments: --Lr 0.1\n", 2, "has no option Lr"),
        ("sh: 1: trian.py: not found\n", 127, "a shell has not found the command"),
        ("", -9, "where memory was short"),
        ("", 137, "where memory was short"),
        ("", 1, ""),
        ("", -11, ""),
        (NO_MODULE, 0, ""),
        (NO_MODULE, None, ""),
    ],
)
def test_what_to_do(tail: str, exit_status: int | None, remedy: str) -> None:
    found = usual_remedy(tail, exit_status)
    assert remedy in found
    assert bool(remedy) == bool(found)


def test_the_reason_of_a_crash_has_it() -> None:
    reason = outcome(exit_status=1, tail=NO_MODULE).result.reason
    assert "\n  remedy:   start bbopt where the environment that has torch.nn" in reason


def test_a_program_that_was_ended_is_not_meant() -> None:
    assert "memory was short" not in outcome("cpu", exit_status=-9).result.reason
