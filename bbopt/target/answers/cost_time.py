"""The answer of irace's target runners: `cost [time]`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bbopt.java_numbers import parse_double
from bbopt.runs import RunRequest, RunStatus
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["CostTimeAnswer"]

_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class CostTimeAnswer:
    """One or two numbers on the last line of standard output (an `AnswerFormat`).

    The cost is the quality, or with `cost_is_runtime` the runtime; then a cost of at least the bound is a
    TIMEOUT.  As for irace, an exit status other than 0 is an error, and so is a cost that is no finite
    number (irace rejects a configuration whose cost is Inf).
    """

    cost_is_runtime: bool

    @property
    def patterns(self) -> tuple[str, ...]:
        """All lines that are not blank: the last one counts."""
        return (r"\S.*",)

    @property
    def expected(self) -> str:
        """The answer in the form to show to a user."""
        return "<cost> [<time>] as the last line of standard output, and exit status 0"

    @property
    def is_from_wrapper(self) -> bool:
        """irace's target runners get the bound and have to keep to it."""
        return True

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """What the last line says."""
        finding = next(iter(run.found), None)
        if finding is None:
            instead = ", but to standard error" if run.n_output_bytes else ""
            return crashed(f"nothing was printed to standard output{instead}")
        line = finding.text.strip()
        try:
            cost, time_s = _numbers(line)
        except ValueError as error:
            return crashed(f"the last line {line[:_SHOWN_CHARS]!r} is no cost with its time: {error}")
        if run.exit_status and run.ended_by is EndedBy.EXIT:
            return crashed(f"found {line}, but the program {exit_in_words(run.exit_status)}")
        if not self.cost_is_runtime:
            runtime_s = measured_runtime_s(run) if time_s is None else time_s
            return TargetReport(RunStatus.SAT, runtime_s, -1.0, cost)
        if cost < 0:
            return crashed(f"the runtime {line[:_SHOWN_CHARS]} is negative")
        return _of_runtime(cost, time_s, request.cutoff_s)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """Whatever stands on the last line, it need not be the last one of the whole run."""
        return True


def _of_runtime(cost: float, time_s: float | None, bound_s: float) -> TargetReport:
    """The cost of a run that reached the bound may have a penalty: its time is then what it took."""
    if cost < bound_s:
        return TargetReport(RunStatus.SAT, cost, -1.0, 0.0)
    return TargetReport(RunStatus.TIMEOUT, bound_s if time_s is None else time_s, -1.0, 0.0)


def _numbers(line: str) -> tuple[float, float | None]:
    """Cost and time; ValueError says what is wrong with them."""
    numbers = [_finite(word) for word in line.split()]
    if len(numbers) > 2:
        raise ValueError(f"{len(numbers)} numbers")
    time_s = numbers[1] if len(numbers) > 1 else None
    if time_s is not None and time_s < 0:
        raise ValueError("the time is negative")
    return numbers[0], time_s


def _finite(word: str) -> float:
    try:
        number = parse_double(word)
    except ValueError:
        raise ValueError(f"{word[:_SHOWN_CHARS]!r} is not a finite number") from None
    if not math.isfinite(number):
        raise ValueError(f"{word} is not a finite number")
    return number
