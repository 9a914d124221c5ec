"""PRELOADED: results that the user has prepared, one run after the other."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.executors.evaluators.evaluator import UNKNOWN_RUNLENGTH
from bbopt.executors.evaluators.statuses import is_status_word, status_of
from bbopt.runs import RunRequest, RunResult, RunStatus

__all__ = ["PreloadedAnswer", "PreloadedEvaluator", "parse_answers"]

_ANSWER = re.compile(r"\[?\s*([A-Za-z]+)\s*=\s*([^\s\]]+)\s*\]?")


@dataclass(frozen=True, slots=True)
class PreloadedAnswer:
    """A status in SMAC v2's words, and a runtime."""

    status_word: str
    runtime_s: float


def parse_answers(text: str) -> tuple[PreloadedAnswer, ...]:
    """The answers of `[SAT=1],[UNSAT=1.1],...`; the brackets may be left out.

    ValueError names the part that is none.
    """
    return tuple(_answer(part.strip()) for part in text.split(",") if part.strip())


def _answer(text: str) -> PreloadedAnswer:
    match = _ANSWER.fullmatch(text)
    if match is None or text.startswith("[") != text.endswith("]"):
        raise ValueError(f"{text!r} is not of the form [STATUS=runtime]")
    word, number = match.groups()
    if not is_status_word(word):
        raise ValueError(f"{word!r} in {text!r} is no status")
    try:
        runtime_s = float(number)
    except ValueError:
        raise ValueError(f"{number!r} in {text!r} is no number") from None
    if not (math.isfinite(runtime_s) and runtime_s >= 0):
        raise ValueError(f"the runtime in {text!r} is not finite and at least 0")
    return PreloadedAnswer(word.upper(), runtime_s)


class PreloadedEvaluator:
    """Answers the first run with the first of `answers`, and so on; counted from the start of this process.

    When they are used up, the answer is ABORT, which ends the search, as in SMAC v2.
    """

    def __init__(
        self,
        answers: Sequence[PreloadedAnswer],
        *,
        runlength: float = UNKNOWN_RUNLENGTH,
        quality: float = 0.0,
        additional: str = "",
    ) -> None:
        self._answers = tuple(answers)
        self._n_used = 0
        self._runlength = runlength
        self._quality = quality
        self._additional = additional

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""
        return f"{len(self._answers)} prepared results, then the end"

    def evaluate(self, request: RunRequest) -> RunResult:
        """See Evaluator."""
        del request
        if self._n_used == len(self._answers):
            reason = f"the {len(self._answers)} answers of preload-response-data are used up"
            return self._result(RunStatus.ABORT, 0.0, reason)
        answer = self._answers[self._n_used]
        self._n_used += 1
        status, reason = status_of(answer.status_word)
        return self._result(status, answer.runtime_s, reason)

    def _result(self, status: RunStatus, runtime_s: float, reason: str) -> RunResult:
        return RunResult(status, runtime_s, self._runlength, self._quality, self._additional, reason=reason)
