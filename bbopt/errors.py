"""The error tree: every failure that a user can cause or must know of, each class with its exit code.

Only `bbopt.cli` prints these or exits.  A message says what failed and where; `got`, `expected` and
`remedy` say the rest.  Exit codes are SMAC v2's (protocol: 1 wrong arguments or input files, 2 a run
diverged from a replayed one, 3 state could not be saved or restored, 255 anything else).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = [
    "BboptError",
    "CommandError",
    "DivergenceError",
    "InputError",
    "InputErrors",
    "InternalError",
    "Place",
    "Problems",
    "StateError",
    "TargetAbortError",
    "nearest",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's input something stands; line and column count from 1."""

    source: str | Path
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [str(self.source)]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class BboptError(Exception):
    """Base of all errors that bbopt raises on purpose."""

    exit_code = 255

    def __init__(
        self,
        what: str,
        *,
        place: Place | None = None,
        got: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.got = got
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.place}: {self.what}" if self.place else self.what
        details = [
            f"  {label + ':':<10}{text}"
            for label, text in (
                ("got", self.got),
                ("expected", self.expected),
                ("remedy", self.remedy),
            )
            if text
        ]
        return "\n".join([head, *details])


class InputError(BboptError):
    """Arguments or input files that can't be used as they are."""

    exit_code = 1

    @property
    def errors(self) -> tuple[InputError, ...]:
        """Each problem on its own: this one."""
        return (self,)


class InputErrors(InputError):
    """Several input errors found in one reading."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self._errors = tuple(errors)
        super().__init__(f"{len(self._errors)} problems found")

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self._errors)

    @property
    def errors(self) -> tuple[InputError, ...]:
        """Each problem on its own."""
        return self._errors


class Problems(list[InputError]):
    """The input errors of several steps, gathered to be told at once."""

    def attempt(self, make: Callable[[], T]) -> T | None:
        """What `make` makes; None where that is not possible, with the reasons kept."""
        try:
            return make()
        except InputError as error:
            self.extend(error.errors)
            return None


class DivergenceError(BboptError):
    """A run gave another answer than the record that is being replayed."""

    exit_code = 2


class StateError(BboptError):
    """State that could not be saved or restored."""

    exit_code = 3


class InternalError(BboptError):
    """A fault of bbopt itself; the traceback was saved in the file `saved_in`."""

    exit_code = 255

    def __init__(self, error: BaseException, saved_in: str) -> None:
        super().__init__(
            f"internal error: {type(error).__name__}: {error}",
            remedy=f"this is a fault of bbopt, not of your files; its traceback was saved in {saved_in}",
        )
        self.saved_in = saved_in


class TargetAbortError(BboptError):
    """The target algorithm's answers forbid going on (ABORT, or a crash that must stop the run)."""

    exit_code = 255


class CommandError(BboptError):
    """A command before or after the search failed where that is to be an error."""

    exit_code = 255


def nearest(name: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first; empty when none is near."""
    return tuple(difflib.get_close_matches(name, list(known), n=limit, cutoff=0.6))
