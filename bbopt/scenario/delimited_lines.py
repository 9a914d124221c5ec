"""Lines of fields, separated by blanks or by commas; a field may stand in double quotes.

Inside quotes, `""` and `\\"` mean a quotation mark and `\\\\` a backslash, as SMAC v2's reader has it.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["Delimiter", "LocatedField", "located_fields", "split_fields"]


class Delimiter(enum.Enum):
    """What separates the fields of a line."""

    BLANKS = "blanks"
    COMMAS = "commas"


@dataclass(frozen=True, slots=True)
class LocatedField:
    """A field without its quotes; `column` counts from 0, `is_broken` says that its quotes do not close."""

    text: str
    column: int
    is_quoted: bool
    is_broken: bool


_QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.|"")*)"'
_FIELD = {
    Delimiter.BLANKS: re.compile(rf"\s*(?:{_QUOTED}(?=\s|$)|(?P<plain>\S+))\s*"),
    Delimiter.COMMAS: re.compile(rf"\s*(?:{_QUOTED}(?=\s*(?:,|$))|(?P<plain>[^,]*))\s*(?:,|$)"),
}
_ESCAPED = re.compile(r'\\(["\\])|""')


def split_fields(line: str, delimiter: Delimiter) -> list[str]:
    """The texts of the fields, without quotes and surrounding blanks; none of a blank line."""
    if '"' in line:
        return [field.text for field in located_fields(line, delimiter)]
    if delimiter is Delimiter.BLANKS:
        return line.split()
    return [text.strip() for text in line.split(",")] if line.strip() else []


def located_fields(line: str, delimiter: Delimiter) -> list[LocatedField]:
    """The same with their places."""
    found: list[LocatedField] = []
    position, pattern, end = 0, _FIELD[delimiter], len(line.rstrip())
    is_open = end > 0
    while is_open and (match := pattern.match(line, position, end)):
        found.append(_field(match))
        position = match.end()
        # a comma opens one more field, even at the end of the line
        is_open = line[position - 1] == "," if delimiter is Delimiter.COMMAS else position < end
    return found


def _field(match: re.Match[str]) -> LocatedField:
    quoted, plain = match["quoted"], match["plain"]
    if quoted is not None:
        text = _ESCAPED.sub(lambda escape: escape[1] or '"', quoted)
        return LocatedField(text, match.start("quoted") - 1, is_quoted=True, is_broken=False)
    return LocatedField(plain.strip(), match.start("plain"), is_quoted=False, is_broken=plain.startswith('"'))
