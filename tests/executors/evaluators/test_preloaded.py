from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbopt.executors.evaluators import PreloadedAnswer, PreloadedEvaluator, parse_answers
from bbopt.runs import RunStatus
from tests.executors.evaluators.runs import asked

WORDS = ("SAT", "UNSAT", "TIMEOUT", "CRASHED", "ABORT", "KILLED", "RUNNING", "SUCCESS")


@pytest.mark.parametrize(
    "text", ["[SAT=1.5],[TIMEOUT=10]", " [sat = 1.5] , [Timeout= 10 ],", "SAT=1.5,TIMEOUT=1e1"]
)
def test_spellings(text: str) -> None:
    assert parse_answers(text) == (PreloadedAnswer("SAT", 1.5), PreloadedAnswer("TIMEOUT", 10.0))


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.floats(0, 1e9)), max_size=9), st.booleans())
def test_what_is_written_is_read(answers: list[tuple[str, float]], in_brackets: bool) -> None:
    form = "[{}={!r}]" if in_brackets else "{}={!r}"
    text = ",".join(form.format(*answer) for answer in answers)
    assert [(one.status_word, one.runtime_s) for one in parse_answers(text)] == answers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[SAT=1],[MAYBE=2]", "'MAYBE' in '\\[MAYBE=2\\]' is no status"),
        ("[SAT=1],[SAT=many]", "'many' in '\\[SAT=many\\]' is no number"),
        ("[SAT=-1]", "not finite and at least 0"),
        ("[SAT=nan]", "not finite and at least 0"),
        ("[SAT]", "not of the form"),
        ("[SAT=1", "not of the form"),
        ("SAT=1]", "not of the form"),
        ("[SAT=1][SAT=2]", "not of the form"),
    ],
)
def test_what_is_no_answer(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_answers(text)


def test_answers_are_given_in_order_and_then_the_search_ends() -> None:
    evaluator = PreloadedEvaluator(
        parse_answers("[SAT=1],[UNSAT=2],[KILLED=3]"), runlength=4.0, quality=0.5, additional="more"
    )
    results = [evaluator.evaluate(asked()) for _ in range(5)]
    assert [(one.status, one.runtime_s) for one in results] == [
        (RunStatus.SAT, 1.0),
        (RunStatus.UNSAT, 2.0),
        (RunStatus.CRASHED, 3.0),
        (RunStatus.ABORT, 0.0),
        (RunStatus.ABORT, 0.0),
    ]
    assert {(one.runlength, one.quality, one.additional) for one in results} == {(4.0, 0.5, "more")}
    assert results[3].reason == "the 3 answers of preload-response-data are used up"
