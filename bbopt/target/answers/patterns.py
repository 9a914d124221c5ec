"""The answer of a program that knows nothing of any configurator: its output and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bbopt.runs import RunRequest, RunStatus
from bbopt.scenario.metric_lines import MARKED
from bbopt.scenario.result_patterns import NUMBERS, ResultPattern, ResultPatterns
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s, unfinished_runtime_s
from bbopt.target.found_numbers import UnusableError, found_number, missing_number
from bbopt.target.process_words import exit_code, exit_in_words
from bbopt.target.supervisor.findings import Finding
from bbopt.target.supervisor.pattern_scanner import MAX_SEARCHED_BYTES
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["PatternAnswer"]


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a meaning was found; the group `MARKED` is where a number should be."""

    meaning: str
    pattern: ResultPattern
    finding: Finding
    group: str

    @property
    def place(self) -> tuple[int, int, bool]:
        """The line, and where in it; a number comes after the lack of one in the same place."""
        return self.finding.line, self.finding.spans[self.group][0], self.group != MARKED

    @property
    def text(self) -> str:
        return self.finding.group(self.group).strip()

    @property
    def status(self) -> RunStatus | None:
        """The status by the name of the pattern or group, or else by the text."""
        return RunStatus.from_text(self.meaning) or RunStatus.from_text(self.text)

    def number(self) -> float:
        """The number; UnusableError where there is none, or not the whole of it."""
        if self.group == MARKED:
            raise missing_number(self.meaning, self.finding, MARKED)
        number = found_number(self.meaning, self.finding, self.group, self.pattern.regex)
        return -number if self.pattern.is_negated else number


@dataclass(frozen=True, slots=True)
class PatternAnswer:
    """What `rules` find in the output and in the exit code (an `AnswerFormat`).

    Of several matches the last one in the output counts, and a line that would match, had it a number, is one
    of them.  The status is that of a pattern, else of the exit code, else SAT where a quality or a runtime
    was found and the exit status is 0; a run that took its cutoff or longer is a TIMEOUT; the rest is
    CRASHED.  With `needs_quality`, SAT and UNSAT are nothing without one; `unknown_quality` stands for that
    of other runs.
    """

    rules: ResultPatterns
    needs_quality: bool
    unknown_quality: float = 0.0

    @property
    def patterns(self) -> tuple[str, ...]:
        """The regular expressions of the rules, then those of lines that lack a number."""
        return (
            *(pattern.regex for pattern in self.rules.patterns),
            *(pattern.metric_line for pattern in self.rules.patterns if pattern.metric_line is not None),
        )

    @property
    def expected(self) -> str:
        """The rules in words."""
        patterns = [f"/{pattern.regex}/" for pattern in self.rules.patterns]
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
        except UnusableError as error:
            return crashed(str(error), error.remedy)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """A run that was killed could not print all that is looked for."""
        return not run.search_problem

    def _found(self, run: SupervisedRun) -> dict[str, _Found]:
        """What was found by its meaning, each from the last place that has it."""
        by_place = sorted(self._matches(run), key=lambda match: match.place)
        values = {"quality", "runtime", "additional"}
        return {match.meaning if match.meaning in values else "status": match for match in by_place}

    def _matches(self, run: SupervisedRun) -> Iterator[_Found]:
        patterns = self.rules.patterns
        for pattern, finding in zip(patterns, run.found, strict=False):
            if finding is not None:
                yield from _meanings(pattern, finding)
        with_lines = [pattern for pattern in patterns if pattern.metric_line is not None]
        for pattern, finding in zip(with_lines, run.found[len(patterns) :], strict=False):
            if finding is not None:
                for meaning in pattern.meanings & NUMBERS:
                    yield _Found(meaning, pattern, finding, MARKED)

    def _report(self, found: Mapping[str, _Found], cutoff_s: float, run: SupervisedRun) -> TargetReport:
        told = self._told(found, run)
        additional = found["additional"].text if "additional" in found else ""
        if told is not None and not told.is_solved:
            runtime_s = _or_else(measured_runtime_s(run), lambda: _runtime_s(found, run))
            return TargetReport(told, runtime_s, -1.0, self._any_quality(found), additional)
        runtime_s = _runtime_s(found, run)
        if runtime_s >= cutoff_s:
            status = RunStatus.TIMEOUT
        elif told is not None:
            status = told
        elif run.ended_by.is_limit and "quality" in found:
            status, runtime_s = RunStatus.TIMEOUT, unfinished_runtime_s(run, cutoff_s)
        else:
            _refuse_failure(found, run)
            status = RunStatus.SAT
        if self.needs_quality and (status.is_solved or "quality" in found):
            return TargetReport(status, runtime_s, -1.0, _quality(found, run), additional)
        return TargetReport(status, runtime_s, -1.0, self._any_quality(found), additional)

    def _told(self, found: Mapping[str, _Found], run: SupervisedRun) -> RunStatus | None:
        """The status by the output, or else by the exit code."""
        if "status" in found:
            return found["status"].status
        if run.ended_by is not EndedBy.EXIT or run.exit_status is None:
            return None
        return RunStatus.from_text(dict(self.rules.exit_codes).get(exit_code(run.exit_status), ""))

    def _any_quality(self, found: Mapping[str, _Found]) -> float:
        """That of a run in which it does not matter."""
        if "quality" not in found:
            return self.unknown_quality
        return _or_else(self.unknown_quality, found["quality"].number)


def _meanings(pattern: ResultPattern, finding: Finding) -> Iterator[_Found]:
    for group in finding.spans:
        meaning = group or pattern.meaning
        if meaning is None:
            continue
        found = _Found(meaning, pattern, finding, group)
        if meaning != "status" or found.status is not None:  # (another one, such as UNKNOWN, is none)
            yield found


def _runtime_s(found: Mapping[str, _Found], run: SupervisedRun) -> float:
    if "runtime" not in found:
        return measured_runtime_s(run)
    runtime_s = found["runtime"].number()
    if runtime_s < 0:
        raise UnusableError(f"the runtime {found['runtime'].text} is negative")
    return runtime_s


def _quality(found: Mapping[str, _Found], run: SupervisedRun) -> float:
    if "quality" in found:
        return found["quality"].number()
    raise _nothing_of("quality", run)


def _nothing_of(what: str, run: SupervisedRun) -> UnusableError:
    limit = f" (only the first {MAX_SEARCHED_BYTES} characters of a line are searched)"
    return UnusableError(f"no {what} was found in the output{limit if run.has_cut_lines else ''}")


def _or_else(default: float, read: Callable[[], float]) -> float:
    """The number that is read, or the default where it can't be used."""
    try:
        return read()
    except UnusableError:
        return default


def _refuse_failure(found: Mapping[str, _Found], run: SupervisedRun) -> None:
    """Without a status, only a run that ended well and said something has worked."""
    told = found.get("quality") or found.get("runtime")
    if told is None:
        raise _nothing_of("status", run)
    told.number()
    if run.exit_status == 0:
        return
    if run.exit_status is None or run.ended_by is not EndedBy.EXIT:
        raise UnusableError(f"found the {told.meaning} {told.text}, but no status")
    raise UnusableError(
        f"found the {told.meaning} {told.text}, but the program {exit_in_words(run.exit_status)}",
        f"where that is no failure, add result-exit-codes = {exit_code(run.exit_status)}:SAT",
    )
