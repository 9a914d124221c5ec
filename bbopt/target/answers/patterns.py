"""The answer of a program that knows nothing of any configurator: its output and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bbopt.runs import RunRequest, RunStatus
from bbopt.scenario.metric_lines import MARKED
from bbopt.scenario.result_patterns import QUALITY, ResultPattern, ResultPatterns
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s, unfinished_runtime_s
from bbopt.target.answers.metrics import MetricReader
from bbopt.target.found_numbers import UnusableError, found_number, missing_number
from bbopt.target.process_words import exit_code, exit_in_words
from bbopt.target.supervisor.findings import Finding
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
        return found_number(self.meaning, self.finding, self.group, self.pattern.regex)


@dataclass(frozen=True, slots=True)
class PatternAnswer:
    """What `rules` find in the output and in the exit code, and the quality in `metrics` (an `AnswerFormat`).

    Of several matches the last one in the output counts, and a line that would match, had it a number, is one
    of them.  The status is that of a pattern, else of the exit code, else SAT where a quality or a runtime
    was found and the exit status is 0; a run that took its cutoff or longer is a TIMEOUT; the rest is
    CRASHED.  With `needs_quality`, SAT and UNSAT are nothing without one; `unknown_quality` stands for that
    of other runs.
    """

    rules: ResultPatterns
    metrics: MetricReader
    needs_quality: bool
    unknown_quality: float = 0.0

    @property
    def patterns(self) -> tuple[str, ...]:
        """The regular expressions of the rules, then those of lines that lack a number."""
        return (
            *(pattern.regex for pattern in self.rules.patterns),
            *(pattern.metric_line or "" for pattern in self.rules.patterns if _finds_runtime_line(pattern)),
        )

    @property
    def expected(self) -> str:
        """The rules in words."""
        forms = [*(f"/{pattern.regex}/" for pattern in self.rules.patterns), *self.metrics.forms]
        codes = [f"{code} ({status})" for code, status in self.rules.exit_codes]
        wanted = [f"a line with {' or '.join(dict.fromkeys(forms))}"] if forms else []
        wanted += ["the metric in $BBOPT_RESULT_FILE"] if self.metrics.settings.optimised else []
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
            return self._report(_Reading(self._found(run), self.metrics, run), request.cutoff_s)
        except UnusableError as error:
            return crashed(str(error), error.remedy)

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """A run that was killed could not print all that is looked for."""
        return not run.search_problem

    def _found(self, run: SupervisedRun) -> dict[str, _Found]:
        """What was found by its meaning, each from the last place that has it."""
        by_place = sorted(self._matches(run), key=lambda match: match.place)
        values = {"runtime", "additional"}
        return {match.meaning if match.meaning in values else "status": match for match in by_place}

    def _matches(self, run: SupervisedRun) -> Iterator[_Found]:
        patterns = self.rules.patterns
        for pattern, finding in zip(patterns, run.found, strict=False):
            if finding is not None:
                yield from _meanings(pattern, finding)
        with_lines = [pattern for pattern in patterns if _finds_runtime_line(pattern)]
        for pattern, finding in zip(with_lines, run.found[len(patterns) :], strict=False):
            if finding is not None:
                yield _Found("runtime", pattern, finding, MARKED)

    def _report(self, reading: _Reading, cutoff_s: float) -> TargetReport:
        told, additional = self._told(reading.found, reading.run), reading.additional
        if told is not None and not told.is_solved:
            runtime_s = _or_else(measured_runtime_s(reading.run), reading.runtime_s)
            return TargetReport(told, runtime_s, -1.0, self._any_quality(reading), additional)
        runtime_s = reading.runtime_s()
        if runtime_s >= cutoff_s:
            status = RunStatus.TIMEOUT
        elif told is not None:
            status = told
        elif reading.run.ended_by.is_limit and reading.has_quality:
            status, runtime_s = RunStatus.TIMEOUT, unfinished_runtime_s(reading.run, cutoff_s)
        else:
            reading.refuse_failure()
            status = RunStatus.SAT
        is_needed = self.needs_quality and (status.is_solved or reading.has_quality)
        quality = reading.quality() if is_needed else self._any_quality(reading)
        return TargetReport(status, runtime_s, -1.0, quality, additional)

    def _told(self, found: Mapping[str, _Found], run: SupervisedRun) -> RunStatus | None:
        """The status by the output, or else by the exit code."""
        if "status" in found:
            return found["status"].status
        if run.ended_by is not EndedBy.EXIT or run.exit_status is None:
            return None
        return RunStatus.from_text(dict(self.rules.exit_codes).get(exit_code(run.exit_status), ""))

    def _any_quality(self, reading: _Reading) -> float:
        """That of a run in which it does not matter."""
        return _or_else(self.unknown_quality, reading.quality)


class _Reading:
    """What was found of a run."""

    def __init__(self, found: Mapping[str, _Found], metrics: MetricReader, run: SupervisedRun) -> None:
        self.found = found
        self.run = run
        self.additional = found["additional"].text if "additional" in found else ""
        self._metrics = metrics.read(run)
        self._is_optimised = bool(metrics.settings.optimised)
        self._metric = metrics.settings.optimised or QUALITY

    @property
    def has_quality(self) -> bool:
        """Whether something is where it should be."""
        return self._metric in self._metrics

    def quality(self) -> float:
        return self._metrics.number(self._metric)

    def runtime_s(self) -> float:
        if "runtime" not in self.found:
            return measured_runtime_s(self.run)
        runtime_s = self.found["runtime"].number()
        if runtime_s < 0:
            raise UnusableError(f"the runtime {self.found['runtime'].text} is negative")
        return runtime_s

    def refuse_failure(self) -> None:
        """Without a status, only a run that ended well and said something has worked."""
        told = self._told()
        status = self.run.exit_status
        if status == 0:
            return
        if status is None or self.run.ended_by is not EndedBy.EXIT:
            raise UnusableError(f"found the {told}, but no status")
        raise UnusableError(
            f"found the {told}, but the program {exit_in_words(status)}",
            f"where that is no failure, add result-exit-codes = {exit_code(status)}:SAT",
        )

    def _told(self) -> str:
        if "runtime" in self.found and not self.has_quality:
            return f"runtime {self.runtime_s():.6g}"
        if not (self.has_quality or self._is_optimised):
            raise self._metrics.missing("status")
        return f"{self._metric} {self.quality():.6g}"


def _finds_runtime_line(pattern: ResultPattern) -> bool:
    """Whether lines that lack a runtime can be told."""
    return "runtime" in pattern.meanings and pattern.metric_line is not None


def _meanings(pattern: ResultPattern, finding: Finding) -> Iterator[_Found]:
    for group in finding.spans:
        meaning = group or pattern.meaning
        if meaning is None or meaning == QUALITY:  # (the quality is a metric, found by itself)
            continue
        found = _Found(meaning, pattern, finding, group)
        if meaning != "status" or found.status is not None:  # (another one, such as UNKNOWN, is none)
            yield found


def _or_else(default: float, read: Callable[[], float]) -> float:
    """The number that is read, or the default where it can't be used."""
    try:
        return read()
    except UnusableError:
        return default
