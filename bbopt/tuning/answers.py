"""Answers of a solver held against each other, and against what the instance file expects.

SAT and UNSAT for the same instance can't both be right, whatever configurations gave them: the target, or
its wrapper, is wrong, and what is tuned on such answers is worthless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bbopt.errors import TargetAbortError
from bbopt.once import Once
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.scenario import AnswerChecks

__all__ = ["Answers"]

_LOG = logging.getLogger(__name__)

_EXPECTED = {
    "SAT": RunStatus.SAT,
    "SATISFIABLE": RunStatus.SAT,
    "UNSAT": RunStatus.UNSAT,
    "UNSATISFIABLE": RunStatus.UNSAT,
}
"""The words of an instance's info, in capitals as in SMAC v2; any other, such as UNKNOWN, expects nothing."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A run that was answered; `peer` is the seed of another search that made it."""

    request: RunRequest
    status: RunStatus
    peer: int | None


class Answers:
    """The first answer to each instance, with which every later one is compared."""

    def __init__(self, checks: AnswerChecks, shown: Callable[[RunRequest], str]) -> None:
        """`shown` gives the command of a run as a user would type it."""
        self._checks = checks
        self._shown = shown
        self._first: dict[str, _Answer] = {}
        self._told = Once()

    def note(self, request: RunRequest, result: RunResult, peer: int | None = None) -> None:
        """Take in a finished run; anything but SAT and UNSAT is no answer.

        A wrong answer is logged as an error, once for each configuration and instance: as in SMAC v2, the run
        counts all the same.  Raises TargetAbortError for a contradiction, unless it shall only be warned of.
        """
        if not result.status.is_solved:
            return
        answer = _Answer(request, result.status, peer)
        if self._checks.are_verified:
            self._verify(answer)
        if self._checks.are_compared:
            self._compare(answer)

    def _verify(self, answer: _Answer) -> None:
        instance = answer.request.instance
        is_right = _EXPECTED.get(instance.info, answer.status) is answer.status
        if not is_right and self._is_news("wrong", answer):
            _LOG.error(
                "wrong answer to instance %s: the instance file expects %s\n  %s",
                instance.name, instance.info, self._told_of(answer),
            )  # fmt: skip

    def _compare(self, answer: _Answer) -> None:
        name = answer.request.instance.name
        first = self._first.setdefault(name, answer)
        if first.status is answer.status:
            return
        if self._checks.contradiction_stops:
            raise TargetAbortError(
                f"the target's answers to instance {name} contradict each other",
                got=f"{self._told_of(first)}\n  {'and:':<10}{self._told_of(answer)}",
                expected="only SAT, or only UNSAT, whatever the configuration and the seed",
                remedy="find out by the two commands which one is wrong; "
                "--check-sat-consistency-exception false goes on with a warning",
            )
        if self._is_news("contradiction", answer):
            _LOG.warning(
                "answers to instance %s contradict each other:\n  %s\n  %s",
                name, self._told_of(first), self._told_of(answer),
            )  # fmt: skip

    def _is_news(self, topic: str, answer: _Answer) -> bool:
        return self._told.is_news((topic, answer.request.instance.name, answer.request.configuration))

    def _told_of(self, answer: _Answer) -> str:
        of_peer = "" if answer.peer is None else f" (of seed {answer.peer})"
        return f"{answer.status.value}{of_peer} from {self._shown(answer.request)}"
