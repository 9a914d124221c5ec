"""A text file with `${name}` where a run's values belong, as Rescale's templates have them.

`${name}` becomes the text that a call would have, `${name?string("0.00##")}` the number in that format, and
`$${name}` stands for the text `${name}` itself.  Nothing else is looked at and nothing is evaluated, so that
braces and dollars of other languages stay as they are.  Encoding and line ends are kept.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import FileProblems, InputError, InputErrors, Place, did_you_mean, nearest
from bbopt.target.run_folder.number_format import NumberFormat, parse_number_format

__all__ = ["DOLLAR_BRACES", "Delimiters", "FileTemplate", "read_file_template"]

_FORMATTED = re.compile(
    r"""(?P<name>.*?)\s*\?\s*string\s*\(\s*(?P<quote>["'])(?P<format>.*)(?P=quote)\s*\)"""
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What stands before and behind a name; the first character twice means the text itself."""

    before: str
    behind: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches a placeholder within a line, `escaped` where it is meant as text."""
        before, behind = re.escape(self.before), re.escape(self.behind)
        return re.compile(f"(?P<escape>{re.escape(self.before[0])})?{before}(?P<inner>[^\r\n]*?){behind}")


DOLLAR_BRACES = Delimiters("${", "}")


@dataclass(frozen=True, slots=True)
class _Placeholder:
    name: str
    number_format: NumberFormat | None
    place: Place

    def filled(self, values: Mapping[str, str]) -> str:
        text = values[self.name]
        if self.number_format is None:
            return text
        try:
            return self.number_format.format(text)
        except InputError as error:
            raise error.at(self.place) from error


@dataclass(frozen=True, slots=True)
class FileTemplate:
    """The pieces of a file; `encoding` and `mark` (a byte order mark) are the file's own."""

    pieces: tuple[str | _Placeholder, ...]
    encoding: str = "utf-8"
    mark: bytes = b""

    @property
    def names(self) -> frozenset[str]:
        """The names that it has places for."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, _Placeholder))

    @property
    def places(self) -> tuple[tuple[str, Place], ...]:
        """The same with where they stand."""
        return tuple((piece.name, piece.place) for piece in self.pieces if isinstance(piece, _Placeholder))

    def check(self, name: str, text: str) -> None:
        """Raise InputError where `text` for `name` can't be filled in."""
        for piece in self.pieces:
            if isinstance(piece, _Placeholder) and piece.name == name:
                self._encoded(piece, {name: text})

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The file's content with `values` for all `names`.

        Raises InputError for a value that its number format or the file's encoding can't take.
        """
        return self.mark + b"".join(self._encoded(piece, values) for piece in self.pieces)

    def _encoded(self, piece: str | _Placeholder, values: Mapping[str, str]) -> bytes:
        if isinstance(piece, str):
            return piece.encode(self.encoding)
        text = piece.filled(values)
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise InputError(
                f"a value that a file in {self.encoding} can't hold",
                place=piece.place,
                got=text,
                remedy="save the template as UTF-8",
            ) from error


def read_file_template(
    path: Path, known: Iterable[str], delimiters: Delimiters = DOLLAR_BRACES, *, keeps_unknown: bool = False
) -> FileTemplate:
    """The template in the file `path`, whose placeholders are among the names `known`.

    With `keeps_unknown` others stay in the text as they are.  Raises InputError for a file that can't be read
    or is no text, and InputErrors for all its unknown names and unreadable formats.
    """
    text, encoding, mark = _decoded(path)
    reader = _Reader(frozenset(known), delimiters, keeps_unknown, FileProblems(path))
    pieces = tuple(_joined(reader.pieces(text)))
    if reader.problems:
        raise InputErrors(reader.problems)
    return FileTemplate(pieces, encoding, mark)


def _decoded(path: Path) -> tuple[str, str, bytes]:
    """The text of a file, its encoding, and the mark before it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"the template can't be read: {error.strerror}", place=Place(path)) from error
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    body = content[len(mark) :]
    for candidate in (encoding,) if encoding else ("utf-8", "latin-1"):
        try:
            text = body.decode(candidate)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, candidate, mark
    raise InputError(
        "the template is no text file",
        place=Place(path),
        expected="text in UTF-8, Latin-1 or UTF-16",
        remedy="bring files that are not text into the run folder with copy-files or link-files",
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    known: frozenset[str]
    delimiters: Delimiters
    keeps_unknown: bool
    problems: FileProblems

    def pieces(self, text: str) -> Iterator[str | _Placeholder]:
        """What `text` consists of; what is wrong with it is noted."""
        pattern = self.delimiters.pattern
        for number, line in enumerate(_LINE.findall(text), start=1):
            end = 0
            for match in pattern.finditer(line):
                yield line[end : match.start()]
                try:
                    yield self._piece(match, Place(self.problems.source, number, match.start() + 1))
                except InputError as error:
                    self.problems.note(number, match.start(), error)
                end = match.end()
            yield line[end:]

    def _piece(self, match: re.Match[str], place: Place) -> str | _Placeholder:
        if match["escape"]:
            return match[0][1:]
        formatted = _FORMATTED.fullmatch(match["inner"].strip())
        name = formatted["name"] if formatted else match["inner"].strip()
        if name in self.known:
            return _Placeholder(name, parse_number_format(formatted["format"]) if formatted else None, place)
        if self.keeps_unknown:
            return match[0]
        escape = f"write {self.delimiters.before[0]}{match[0]} for the text itself"
        hint = did_you_mean(nearest(name, sorted(self.known)))
        raise InputError(
            "the template has a placeholder that is no parameter",
            got=match[0],
            expected=f"one of {', '.join(sorted(self.known))}",
            remedy=f"{hint} If not, {escape}" if hint else escape,
        )


def _joined(pieces: Iterable[str | _Placeholder]) -> Iterator[str | _Placeholder]:
    """The same with neighbouring texts as one, so that filling is quick."""
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if text := "".join(texts):
            yield text
        texts.clear()
        yield piece
    if text := "".join(texts):
        yield text
