"""The answer of SMAC v2's wrappers, and AClib 2's in JSON: one result line.  The verdict is SMAC v2's."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bbopt.java_numbers import parse_double
from bbopt.runs import RunRequest, RunStatus
from bbopt.target.answers.answer_format import TargetReport, crashed, measured_runtime_s
from bbopt.target.result_marker import LINE_BREAK, RESULT_START, has_json
from bbopt.target.supervisor.wire import SupervisedRun

__all__ = ["ResultLineAnswer", "judge", "parse_output"]

_EXPECTED = "Result for SMAC: <status>, <runtime>, <runlength>, <quality>, <seed>[, <additional data>]"
_EXPECTED_JSON = 'Result of this algorithm run: {"status": "SUCCESS", "cost": 0.5, "runtime": 1.5}'
"""The result line in the form to show to a user."""

_OUT_OF_MEMORY = "MEMOUT"
_NAMED_NUMBER = re.compile(r"([A-Za-z_][\w.]*(?: [A-Za-z_][\w.]*){0,2}[\"']? ?[:=] ?)[+-]?\.?[0-9]")
_N_NEAR_END = 10

_INTEGER = re.compile(r"[+-]?[0-9]+")
_N_FIELDS = 5
_DECIMAL_COMMA = re.compile(r"(?<![0-9.])[0-9]+,[0-9]+(?![0-9.])")


class _MalformedError(ValueError):
    """A result line that breaks the protocol; the message says where."""


@dataclass(frozen=True, slots=True)
class ResultLineAnswer:
    """The result line decides, whatever the exit status (an `AnswerFormat`).

    With `prefers_json`, only lines with JSON count where there are any: wrappers for AClib 2 print the other
    one, too.  With `needs_quality` the quality is minimised, and has to be finite.
    """

    prefers_json: bool = False
    needs_quality: bool = True

    @property
    def patterns(self) -> tuple[str, ...]:
        """None: result lines are looked for in any case."""
        return ()

    @property
    def expected(self) -> str:
        """The line in the form to show to a user."""
        return _EXPECTED_JSON if self.prefers_json else _EXPECTED

    @property
    def is_from_wrapper(self) -> bool:
        """Nothing else prints result lines."""
        return True

    def report(self, request: RunRequest, run: SupervisedRun) -> TargetReport:
        """The verdict on the result lines of the run."""
        lines: Sequence[str] = run.result_lines
        if self.prefers_json:
            lines = [line for line in lines if has_json(line)] or lines
        if not lines:
            return self._nothing(run)
        return judge(lines, needs_quality=self.needs_quality, measured_s=measured_runtime_s(run))

    def is_unfinished(self, run: SupervisedRun) -> bool:
        """Whether no whole line was printed."""
        return run.n_result_lines == 0 or (run.n_result_lines == 1 and run.torn)

    def _nothing(self, run: SupervisedRun) -> TargetReport:
        if run.misplaced_line:
            problem = f"the result line {_shown(run.misplaced_line)} was printed to standard error"
            return crashed(problem, "print it to standard output; there it counts")
        pattern = _pattern_for(run.tail) if self.needs_quality and run.exit_status == 0 else ""
        remedy = (
            f"print such a line, or let the output be read: result-pattern = {pattern}" if pattern else ""
        )
        return crashed("no result line was printed", remedy)


def _pattern_for(tail: str) -> str:
    """What would read the last number with a name in the output, "" if there is none."""
    found = [match for line in tail.splitlines()[-_N_NEAR_END:] for match in _NAMED_NUMBER.finditer(line)]
    return f"quality: {re.escape(found[-1][1]).replace(chr(92) + ' ', ' ')}(\\S+)" if found else ""


def parse_output(text: str) -> TargetReport:
    """The verdict on a target's whole output."""
    return judge([line for line in re.split(LINE_BREAK, text) if RESULT_START.match(line)])


def judge(lines: Sequence[str], *, needs_quality: bool = True, measured_s: float = 0.0) -> TargetReport:
    """The verdict on the result lines of a run: there must be exactly one, and a valid one.

    `measured_s` is the runtime where JSON has none that is needed.
    """
    if not lines:
        return crashed("no result line was printed")
    if len(lines) > 1:
        return crashed(f"more than one result line was printed, the second is {_shown(lines[1])}")
    start = RESULT_START.match(lines[0])
    if start is None:
        return crashed(f"not a result line: {_shown(lines[0])}")
    fields = lines[0][start.end() :].strip()
    try:
        if fields.startswith("{"):
            return _report_from_json(fields, needs_quality, measured_s)
        return _report_from_fields(fields, needs_quality)
    except _MalformedError as error:
        return crashed(f"malformed result line: {error}, in {_shown(lines[0])}{_comma_doubt(fields)}")


def _report_from_fields(text: str, needs_quality: bool) -> TargetReport:
    fields = [field.strip() for field in text.split(",")]
    if len(fields) < _N_FIELDS:
        raise _MalformedError(f"{len(fields)} of {_N_FIELDS} comma-separated fields")
    status, runtime, runlength, quality, seed, *rest = fields
    if not _INTEGER.fullmatch(seed):
        raise _MalformedError(f"the seed {seed!r} is not an integer")
    while rest and not rest[-1]:
        del rest[-1]  # as Java splits
    warnings: tuple[str, ...] = ()
    if len(rest) > 1:
        ignored = f"{_N_FIELDS + len(rest)} fields, what follows the seed is ignored"
        warnings = (f"a result line with {ignored}: {_shown(text)}{_comma_doubt(text)}",)
    known = _status(status)
    return TargetReport(
        status=known,
        runtime_s=_runtime(_number("runtime", runtime)),
        runlength=_runlength(_number("runlength", runlength)),
        quality=_quality(_number("quality", quality), needs_quality and known is not RunStatus.ABORT),
        additional=rest[0] if len(rest) == 1 else "",
        warnings=warnings,
    )


def _report_from_json(text: str, needs_quality: bool, measured_s: float) -> TargetReport:
    """The AClib 2 form: an object with `status`, `runtime`, `cost`, perhaps `runlength` and `misc`.

    What is not minimised may be missing, and after a failure both; a null is missing, too.
    """
    try:
        report: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _MalformedError(f"the JSON can't be read ({error})") from error
    report = {name: value for name, value in report.items() if value is not None}
    if "status" not in report:
        raise _MalformedError("the JSON object lacks status")
    word = str(report["status"])
    is_memout = word.upper() == _OUT_OF_MEMORY
    status = (RunStatus.CRASHED if needs_quality else RunStatus.TIMEOUT) if is_memout else _status(word)
    minimised = "cost" if needs_quality else "runtime"
    if minimised not in report and (status.is_solved or (needs_quality and not status.is_failure)):
        raise _MalformedError(f"the JSON object lacks {minimised}")
    return TargetReport(
        status=status,
        runtime_s=_runtime(_json_number(report, "runtime")) if "runtime" in report else measured_s,
        runlength=_runlength(_json_number(report, "runlength") if "runlength" in report else -1.0),
        quality=_json_quality(report, needs_quality and not status.is_failure),
        additional=_json_text(report.get("misc", word if is_memout else "")),
    )


def _json_quality(report: dict[str, Any], is_needed: bool) -> float:
    if is_needed:
        return _quality(_json_number(report, "cost"), is_needed)
    try:
        quality = _json_number(report, "cost") if "cost" in report else 0.0
    except _MalformedError:
        return 0.0
    return quality if math.isfinite(quality) else 0.0


def _json_number(report: dict[str, Any], name: str) -> float:
    value = report[name]
    if isinstance(value, str):
        return _number(name, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _MalformedError(f"{name} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise _MalformedError(f"{name} is too large") from None


def _json_text(value: object) -> str:
    """Free text on one line."""
    text = value if isinstance(value, str) else json.dumps(value)
    return " ".join(re.split(LINE_BREAK, text)).strip()


def _status(text: str) -> RunStatus:
    status = RunStatus.from_text(text)
    if status is None:
        known = ", ".join(status.value for status in RunStatus if status is not RunStatus.KILLED)
        raise _MalformedError(f"the status {_shown(text)} is none of {known}")
    return status


def _number(name: str, text: str) -> float:
    try:
        return parse_double(text)
    except ValueError:
        raise _MalformedError(f"the {name} {_shown(text)} is not a number") from None


def _runtime(value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise _MalformedError(f"the runtime {value} is not a finite number of at least 0")
    return value


def _runlength(value: float) -> float:
    if not (value >= 0 or value == -1):
        raise _MalformedError(f"the runlength {value} is neither -1 nor at least 0")
    return value


def _quality(value: float, is_needed: bool) -> float:
    if math.isnan(value):
        raise _MalformedError("the quality is not a number")
    if is_needed and math.isinf(value):
        raise _MalformedError("the quality is not a finite number")
    return value


def _comma_doubt(text: str) -> str:
    """A hint where commas without a blank among others may be those of decimals."""
    found = _DECIMAL_COMMA.search(text) if ", " in text else None
    return f" (decimals have a point: {found[0].replace(',', '.')}, not {found[0]})" if found else ""


def _shown(text: str, limit: int = 200) -> str:
    """Text for a message, cut when it is long."""
    stripped = text.strip()
    return repr(stripped if len(stripped) <= limit else stripped[:limit] + "...")
