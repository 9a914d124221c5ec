"""The essentials of a report as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bbopt.report.report import Part, Report

__all__ = ["show_report"]

_BAR = 30
_MOST_BARS = 8
_MOST_FAILURES = 5
_WIDEST = 110


def show_report(report: Report, width: int) -> Iterator[str]:
    """The lines, for a terminal of so many columns."""
    width = min(width, _WIDEST)
    for number, part in enumerate(report.parts):
        if number:
            yield ""
        yield from _part(part, width)


def _part(part: Part, width: int) -> Iterator[str]:
    study, result = part.study, part.result
    yield study.label
    yield "=" * min(len(study.label), width)
    for problem in study.problems[:3]:
        yield from _wrapped(f"not everything could be read: {problem}", width)
    if not study.runs:
        yield "no run yet"
        return
    if result is None:
        yield "no run has worked"
    else:
        yield from _wrapped(f"{study.metric} {result.estimate}", width)
        yield from _wrapped(result.default, width)
        yield ""
        yield result.command
    yield ""
    wide = max(len(name) for name, _ in part.facts)
    for name, text in part.facts:
        yield f"{name:<{wide}}  {text}"
    if part.reasons:
        yield ""
        yield "Why this configuration"
        for reason in part.reasons:
            yield from _wrapped(reason, width, "- ")
    yield from _importance(part)
    yield from _failures(part, width)


def _importance(part: Part) -> Iterator[str]:
    found = part.analysis.importances[:_MOST_BARS]
    if not found:
        return
    names = part.study.space.names
    wide = max(len(names[one.column]) for one in found)
    yield ""
    yield "Which parameters matter (share by itself, 80% of the forests)"
    for one in found:
        bar = "█" * round(_BAR * one.share)
        doubt = "" if one.column in part.analysis.telling else "  not told from noise"
        yield (
            f"{names[one.column]:<{wide}}  {one.share:4.0%}  {one.low:4.0%} to {one.high:4.0%}  {bar}{doubt}"
        )


def _failures(part: Part, width: int) -> Iterator[str]:
    figure = next((f for _, some in part.sections for f in some if f.key == "failures" and f.rows), None)
    if figure is None:
        return
    yield ""
    yield "Failures and runs ended early"
    for status, reason, count, such_as in figure.rows[:_MOST_FAILURES]:
        first = str(such_as).partition(" ")[0]
        line = f"{count:>5} {status}  {reason} (such as {first})"
        yield line if len(line) <= width else line[: width - 1] + "…"
    if len(figure.rows) > _MOST_FAILURES:
        yield f"      and {len(figure.rows) - _MOST_FAILURES} other reasons"


def _wrapped(text: str, width: int, head: str = "") -> Iterator[str]:
    yield from textwrap.wrap(text, width, initial_indent=head, subsequent_indent=" " * len(head)) or [""]
