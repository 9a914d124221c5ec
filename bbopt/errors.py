"""The error tree: every failure that a user can cause or must know of, each class with its exit code.

Only `bbopt.cli` prints these or exits.  A message says what failed and where; `got`, `expected` and
`remedy` say the rest.  Exit codes are SMAC v2's (protocol: 1 wrong arguments or input files, 2 a run
diverged from a replayed one, 3 state could not be saved or restored, 255 anything else).
"""

from __future__ import annotations

import bisect
import difflib
import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = [
    "BboptError",
    "CommandError",
    "FileProblems",
    "InputError",
    "InputErrors",
    "InternalError",
    "LostFileError",
    "OtherScenarioError",
    "OutputError",
    "Place",
    "Problems",
    "StateError",
    "TargetAbortError",
    "UnavailableError",
    "did_you_mean",
    "lack_of_descriptors",
    "nearest",
]

T = TypeVar("T")

_LONGEST_QUOTE = 300


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
    """Base of all errors that bbopt raises on purpose.

    With the line of a file as its place it quotes no more than a part of long texts: the rest stands there.
    """

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
        is_in_a_file = place is not None and place.line is not None
        self.what = _quote(what) if is_in_a_file else what
        self.place = place
        self.got = _quote(got) if is_in_a_file and got else got
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

    def at(self, place: Place) -> InputError:
        """The same problem, said to be at `place`."""
        return InputError(self.what, place=place, got=self.got, expected=self.expected, remedy=self.remedy)


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

    def raise_if_any(self) -> None:
        """Raise what was gathered: the one InputError, or InputErrors."""
        if self:
            raise self[0] if len(self) == 1 else InputErrors(self)

    def raise_by_line_if_any(self) -> None:
        """The same for those of one file, in the order of its lines."""
        self.sort(key=_line_and_column)
        self.raise_if_any()


class FileProblems(Problems):
    """Those of the file that messages call `source`, in the order of its lines."""

    def __init__(self, source: str | Path) -> None:
        super().__init__()
        self.source = source

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
        self.note(line, column, InputError(what, got=got, expected=expected, remedy=remedy))

    def note(self, line: int, column: int, error: InputError) -> None:
        """Note that `error` is at a line and a 0-based column."""
        bisect.insort(self, error.at(Place(self.source, line, column + 1)), key=_line_and_column)


def _line_and_column(error: InputError) -> tuple[int, int]:
    place = error.place
    return (place.line or 0, place.column or 0) if place else (0, 0)


class StateError(BboptError):
    """State that could not be saved or restored."""

    exit_code = 3


class OtherScenarioError(StateError):
    """A record that was to be gone on with is about something else."""


class LostFileError(StateError):
    """A file is not where this process has written it, not whole, or another's: no use in trying again."""


class UnavailableError(StateError):
    """A database that can't be used at this moment, because it is being restarted, say: worth waiting for."""


class OutputError(BboptError):
    """What a command prints can't be written; `is_unread` where nobody reads it any more."""

    def __init__(self, stream: str, error: OSError) -> None:
        super().__init__(f"{stream} can't be written", got=error.strerror)
        self.is_unread = isinstance(error, BrokenPipeError)


def lack_of_descriptors(error: BaseException) -> BboptError | None:
    """What `error` stands for where it is due to the limit on open files, wherever it was raised."""
    if not isinstance(error, OSError) or error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    return BboptError(
        "no more files can be opened: there are no file descriptors left",
        got=str(error.filename) if error.filename else error.strerror,
        remedy="raise the limit on open files (ulimit -n)",
    )


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
    """The known names most like `name`, capitals or not, best first; empty when none is near."""
    folded: dict[str, list[str]] = {}
    for one in known:
        folded.setdefault(one.casefold(), []).append(one)
    near = difflib.get_close_matches(name.casefold(), list(folded), n=limit, cutoff=0.6)
    return tuple(one for text in near for one in folded[text])[:limit]


def did_you_mean(near: Sequence[str]) -> str | None:
    """The remedy where a name is wrong and `near` are those most like it, best first."""
    return f"did you mean {near[0]}?" if near else None


def _quote(text: str) -> str:
    """`text`, without the middle of a very long one."""
    if len(text) <= _LONGEST_QUOTE:
        return text
    return f"{text[: _LONGEST_QUOTE * 2 // 3]} ... {text[-_LONGEST_QUOTE // 4 :]}"
