"""The answer of a program that knows nothing of any configurator: its output and its exit code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bbopt.java_numbers import parse_double
from bbopt.runs import RunRequest, RunStatus
from bbopt.scenario.result_patterns import ResultPatterns
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["PatternAnswer"]

_SHOWN_CHARS = 200


class _UnusableError(ValueError):
    """Something was not found, or is no value of its kind; the message says what."""


@dataclass(frozen=True, slots=True)
class PatternAnswer:
    """What `rules` find in the output and in the exit code (an `AnswerFormat`).

    Of several matches the last one in the output counts.  The status is that of a pattern, else of the exit
    code, else SAT where a quality or a runtime was found and the exit status is 0; a run that took its
    cutoff or longer is a TIMEOUT; the rest is CRASHED.  With `needs_quality`, SAT and UNSAT are nothing
    without one; `unknown_quality` stands for that of other runs.
    """

    rules: ResultPatterns
    needs_quality: bool
    unknown_quality: float = 0.0

    @property
    def patterns(self) -> tuple[str, ...]:
        """The regular expressions of the rules."""
        return tuple(pattern.regex for pattern in self.rules.patterns)

    @property
    def expected(self) -> str:
        """The rules in words."""
        patterns = [f"/{regex}/" for regex in self.patterns]
        codes = [f"{code} ({status})" for code, status in self.rules.exit_codes]
        wanted = [f"a line with {' or '.join(patterns)}"] if patterns else []
        wanted += [f"an exit status of {', '.join(codes)}"] if codes else []
        return ", or ".join(wanted)

    @property
    def is_from_wrapper(self) -> bool:
        """Any program can be read so."""
        return False

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """The status with its numbers, or why there is none."""
        if run.ended_by.is_fault:
            return crashed("the program was not run to its end")
        if run.search_problem:
            return crashed(run.search_problem)
        try:
            return self._report(self._found(run), request.cutoff_s, run)
        except _UnusableError as error:
            return crashed(str(error))

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """A run that was killed could not print all that is looked for."""
        return not run.search_problem

    def _found(self, run: SupervisedRun) -> dict[str, str]:
        """What was found by its meaning, each from the last line that has it."""
        by_line = sorted(self._matches(run), key=lambda match: match[0])
        return {meaning: text for _, meaning, text in by_line}

    def _matches(self, run: SupervisedRun) -> Iterator[tuple[int, str, str]]:
        """Line, meaning and text of every match; a status of any kind has the meaning "status"."""
        for pattern, finding in zip(self.rules.patterns, run.findings, strict=False):
            line, groups = finding or (0, {})
            for name, text in groups.items():
                meaning = name or pattern.meaning
                if meaning is None:
                    continue
                if RunStatus.from_text(meaning) is not None:
                    yield line, "status", meaning
                elif meaning != "status" or RunStatus.from_text(text.strip()) is not None:
                    # (another status, such as UNKNOWN, is none)
                    yield line, meaning, _negated(text.strip()) if pattern.is_negated else text.strip()

    def _report(self, found: Mapping[str, str], cutoff_s: float, run: SupervisedRun) -> TargetReport:
        told = self._told(found, run)
        runtime_s = self._runtime_s(found, run)
        if (told is None or told.is_solved) and runtime_s >= cutoff_s:
            status = RunStatus.TIMEOUT
        elif told is not None:
            status = told
        elif run.ended_by.is_out_of_time and "quality" in found:
            status, runtime_s = RunStatus.TIMEOUT, cutoff_s
        else:
            _refuse_failure(found, run)
            status = RunStatus.SAT
        quality = self._quality(found, status)
        return TargetReport(status, runtime_s, -1.0, quality, found.get("additional", ""))

    def _told(self, found: Mapping[str, str], run: SupervisedRun) -> RunStatus | None:
        """The status by the output, or else by the exit code."""
        if "status" in found:
            return RunStatus.from_text(found["status"])
        if run.ended_by is not EndedBy.EXIT or run.exit_status is None:
            return None
        return RunStatus.from_text(dict(self.rules.exit_codes).get(run.exit_status, ""))

    def _runtime_s(self, found: Mapping[str, str], run: SupervisedRun) -> float:
        if "runtime" not in found:
            return measured_runtime_s(run)
        runtime_s = _number("runtime", found)
        if not (math.isfinite(runtime_s) and runtime_s >= 0):
            raise _UnusableError(f"the runtime {found['runtime']} is not a finite number of at least 0")
        return runtime_s

    def _quality(self, found: Mapping[str, str], status: RunStatus) -> float:
        if "quality" in found:
            return _number("quality", found)
        if self.needs_quality and status.is_solved:
            raise _UnusableError("no quality was found in the output")
        return self.unknown_quality


def _negated(number: str) -> str:
    return number[1:] if number.startswith("-") else f"-{number.removeprefix('+')}"


def _refuse_failure(found: Mapping[str, str], run: SupervisedRun) -> None:
    """Without a status, only a run that ended well and said something has worked."""
    if not {"quality", "runtime"} & found.keys():
        raise _UnusableError("no status was found in the output")
    if run.exit_status != 0:
        raise _UnusableError("no status was found in the output, and the exit status tells an error")


def _number(name: str, found: Mapping[str, str]) -> float:
    try:
        number = parse_double(found[name])
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise _UnusableError(f"the {name} {found[name][:_SHOWN_CHARS]!r} is not a number")
    return number
