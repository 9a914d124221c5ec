"""A parameter file's text as lines, and the problems found in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place

__all__ = ["Problems", "SourceLine", "source_lines"]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line without its comment and line end; `number` counts from 1."""

    number: int
    text: str


def source_lines(text: str) -> list[SourceLine]:
    """The lines that say something: no comments, no blank lines."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = (SourceLine(i, line.split("#", 1)[0].rstrip()) for i, line in enumerate(plain.split("\n"), 1))
    return [line for line in lines if line.text]


@dataclass(slots=True)
class Problems:
    """The errors found so far in one file."""

    source: str | Path
    errors: list[InputError] = field(default_factory=list)

    def add(
        self,
        line: int,
        column: int,
        what: str,
        *,
        got: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Note an error at a line and a 0-based column."""
        place = Place(self.source, line, column + 1)
        self.errors.append(InputError(what, place=place, got=got, expected=expected, remedy=remedy))

    def raise_if_any(self) -> None:
        """Raise what was noted: InputError, or InputErrors when there are several, in the file's order."""
        if not self.errors:
            return
        ordered = sorted(
            self.errors, key=lambda e: (e.place.line or 0, e.place.column or 0) if e.place else (0, 0)
        )
        raise ordered[0] if len(ordered) == 1 else InputErrors(ordered)
