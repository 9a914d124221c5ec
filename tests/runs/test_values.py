"""What travels between engine, executor and store."""

from __future__ import annotations

import pytest

from bbopt.runs import RunStatus


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("SAT", "SATISFIABLE", "SUCCESS", "sat", "Success"), RunStatus.SAT),
        (("UNSAT", "UNSATISFIABLE", "unsatisfiable"), RunStatus.UNSAT),
        (("TIMEOUT", "Timeout"), RunStatus.TIMEOUT),
        (("CRASHED", "crashed"), RunStatus.CRASHED),
        (("ABORT", "abort"), RunStatus.ABORT),
        (("KILLED", "RUNNING", "", "SAT ", "SATISFIED"), None),
    ],
)
def test_words_of_a_status(words: tuple[str, ...], status: RunStatus | None) -> None:
    assert [RunStatus.from_text(word) for word in words] == [status] * len(words)
