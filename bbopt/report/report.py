"""A report before it has a form: for each study the result in words, and the figures by sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, did_you_mean, nearest
from bbopt.options import COMMAND_LINE
from bbopt.report.analysis import Analysis
from bbopt.report.facts import Study, read_studies
from bbopt.report.figures import INSTANCES, SECTIONS, Figure, comparison
from bbopt.report.svg import Svg
from bbopt.report.words import Result, facts, reasons, result
from bbopt.stores import Results

__all__ = ["Part", "Report", "build_report", "one_figure"]

_COMPARISON = "comparison"
_OF_FAILURES = ("time", "failures")
"""Figures that need no run that has worked."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is told of one study; the figures by the titles of their sections."""

    analysis: Analysis
    facts: tuple[tuple[str, str], ...]
    result: Result | None
    reasons: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Figure, ...]], ...]

    @property
    def study(self) -> Study:
        """What it is about."""
        return self.analysis.study


@dataclass(frozen=True, slots=True)
class Report:
    """All of them, at least one, and where they are several the figure that compares them."""

    parts: tuple[Part, ...]
    comparison: Figure | None = None

    @property
    def title(self) -> str:
        """Of what it is a report."""
        return ", ".join(part.study.label for part in self.parts)

    @property
    def is_running(self) -> bool:
        """Whether any of the searches goes on."""
        return any(part.study.is_running for part in self.parts)

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        return [problem for part in self.parts for problem in part.study.problems]


def build_report(places: Sequence[Results]) -> Report:
    """The report of what is in these places.

    InputError where nothing was ever kept, StateError where nothing can be read.
    """
    analyses = [Analysis(study) for study in read_studies(places)]
    compared = comparison(analyses) if len(analyses) > 1 else None
    return Report(tuple(_part(one) for one in analyses), compared)


def _part(analysis: Analysis) -> Part:
    study = analysis.study
    if not study.runs:
        return Part(analysis, (), None, (), ())
    sections = []
    for title, makers in SECTIONS.items():
        wanted = [make for name, make in makers.items() if _can_draw(study, name)]
        figures = tuple(figure for make in wanted if (figure := make(analysis)) is not None)
        if figures:
            sections.append((f"{study.unit}s".capitalize() if title == INSTANCES else title, figures))
    told = tuple(facts(study))
    return Part(analysis, told, result(study), tuple(reasons(analysis)), tuple(sections))


def _can_draw(study: Study, key: str) -> bool:
    return bool(study.runs) and (study.has_worked or key in _OF_FAILURES)


def one_figure(places: Sequence[Results], key: str) -> Svg:
    """The figure of that name, of the first study that has it; InputError where there is none to draw."""
    known = {name: make for makers in SECTIONS.values() for name, make in makers.items()}
    if key != _COMPARISON and key not in known:
        raise InputError(
            "there is no such figure",
            place=COMMAND_LINE,
            got=f"--svg {key}",
            expected=f"one of {', '.join([*known, _COMPARISON])}",
            remedy=did_you_mean(nearest(key, [*known, _COMPARISON])),
        )
    analyses = [Analysis(study) for study in read_studies(places)]
    if key == _COMPARISON:
        found = [comparison(analyses)] if len(analyses) > 1 else []
    else:
        found = [known[key](one) for one in analyses if _can_draw(one.study, key)]
    drawn = [figure for figure in found if figure is not None]
    for figure in drawn:
        if figure.svg is not None:
            return figure.svg
    why = drawn[0].how if drawn and not drawn[0].rows else None
    raise InputError(
        f"there is nothing to draw for {key} here",
        place=COMMAND_LINE,
        got=why or ("it is a table: the page has it" if drawn else "no such data in these runs"),
    )
