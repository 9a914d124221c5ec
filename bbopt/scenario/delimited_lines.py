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


_BLANKS = " \t\v\f"  # only these: other white space of Unicode may stand in names
_B = f"[{_BLANKS}]"
_QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.|"")*)"'
_FIELD = {
    Delimiter.BLANKS: re.compile(rf"{_B}*(?:{_QUOTED}(?={_B}|$)|(?P<plain>[^{_BLANKS}]+)){_B}*", re.DOTALL),
    Delimiter.COMMAS: re.compile(
        rf"{_B}*(?:{_QUOTED}(?={_B}*(?:,|$))|(?P<plain>[^,]*)){_B}*(?:,|$)", re.DOTALL
    ),
}
_PLAIN = re.compile(f"[^{_BLANKS}]+")
_ESCAPED = re.compile(r'\\(["\\])|""')


def split_fields(line: str, delimiter: Delimiter) -> list[str]:
    """The texts of the fields, without quotes and surrounding blanks; none of a blank line."""
    if '"' in line:
        return [field.text for field in located_fields(line, delimiter)]
    if delimiter is Delimiter.BLANKS:
        return _PLAIN.findall(line)
    return [text.strip(_BLANKS) for text in line.split(",")] if line.strip(_BLANKS) else []


def located_fields(line: str, delimiter: Delimiter) -> list[LocatedField]:
    """The same with their places."""
    found: list[LocatedField] = []
    position, pattern, end = 0, _FIELD[delimiter], len(line.rstrip(_BLANKS))
    is_open = end > 0
    while is_open and (match := pattern.match(line, position, end)):
        found.append(_field(match))
        position = match.end()
        # a comma opens one more field, even at the end of the line
        is_open = match[0].endswith(",") if delimiter is Delimiter.COMMAS else position < end
    return found


def _field(match: re.Match[str]) -> LocatedField:
    quoted, plain = match["quoted"], match["plain"]
    if quoted is not None:
        text = _ESCAPED.sub(lambda escape: escape[1] or '"', quoted)
        return LocatedField(text, match.start("quoted") - 1, is_quoted=True, is_broken=False)
    return LocatedField(
        plain.strip(_BLANKS), match.start("plain"), is_quoted=False, is_broken=plain.startswith('"')
    )
