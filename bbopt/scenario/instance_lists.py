"""Instance files: one instance a line, as `name`, `seed name`, `name info` or `seed name info`.

The form is that of the first line, and all lines must have it.  Fields stand apart by blanks or, in the whole
file, by commas; either way they may be quoted.  SMAC v2 wants every field quoted where commas separate them;
bbopt also reads them without quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bbopt.errors import FileProblems
from bbopt.scenario.delimited_lines import Delimiter, located_fields, split_fields
from bbopt.scenario.instance_names import tidy_name
from bbopt.text_files import numbered_lines

__all__ = ["InstanceList", "ListedInstance", "parse_instance_list"]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_BLANK = re.compile(r"[ \t\v\f]")
_LARGEST_SEED = 2**63 - 1  # of SMAC v2, a Java long
_LOWEST_SEED = -1  # of a deterministic target
_MOST_PROBLEMS = 20
_FORMS = {
    1: "name",
    2: "name info",
    3: "seed name info",
}
_SEED_AND_NAME = "seed name"
_DEFAULT_INFO = "0"


@dataclass(slots=True)
class ListedInstance:
    """An instance as listed; `line` is the first that names it, `seeds` are in the file's order."""

    name: str
    info: str
    line: int
    seeds: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InstanceList:
    """What an instance file says.

    seed_order: for each line the number of its instance, when the file names seeds; else empty.
    warnings: sentences about lines that may be meant otherwise.
    """

    instances: tuple[ListedInstance, ...]
    seed_order: tuple[int, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    fields: list[str]


def parse_instance_list(text: str, source: str) -> InstanceList:
    """The instances listed in `text`; messages name the file as `source`.

    What is listed twice counts once, as in SMAC v2.  Raises InputError (InputErrors) for an empty list, mixed
    forms, and an instance with different info.
    """
    numbered = list(numbered_lines(text))
    problems = FileProblems(source)
    if not numbered:
        problems.add(1, 0, "the file lists no instances", expected="one instance a line")
        problems.raise_if_any()
    delimiter = _delimiter([line for _, line in numbered])
    lines = [_Line(number, line, split_fields(line, delimiter)) for number, line in numbered]
    reader = _Reader(lines, delimiter, problems)
    for line in lines:
        reader.read(line)
        if len(problems) >= _MOST_PROBLEMS:
            break
    problems.raise_if_any()
    return InstanceList(tuple(reader.listed.values()), tuple(reader.seed_order), reader.warnings(source))


def _delimiter(lines: Sequence[str]) -> Delimiter:
    """Commas, if they divide all lines alike; or some lines so that nothing else can be meant."""
    counts = {_fields_by_comma(line) for line in lines}
    if len(counts) == 1 and 0 not in counts:
        return Delimiter.COMMAS
    if counts != {0} and any(_must_be_commas(line) for line in lines):
        return Delimiter.COMMAS
    return Delimiter.BLANKS


def _fields_by_comma(line: str) -> int:
    """Into how many fields commas divide the line, 0 if it does not look as if they should."""
    if "," not in line:
        return 0
    fields = located_fields(line, Delimiter.COMMAS)
    is_plausible = all(f.is_quoted or (f.text and not _BLANK.search(f.text)) for f in fields)
    return len(fields) if is_plausible and len(fields) in {2, 3} else 0


def _must_be_commas(line: str) -> bool:
    """Whether the line begins with a seed and a comma, or all its fields are quoted."""
    if not _fields_by_comma(line):
        return False
    fields = located_fields(line, Delimiter.COMMAS)
    return bool(_INTEGER.fullmatch(fields[0].text)) or all(f.is_quoted for f in fields)


class _Reader:
    """Takes one line after the other, noting what is wrong with them."""

    def __init__(self, lines: Sequence[_Line], delimiter: Delimiter, problems: FileProblems) -> None:
        self._first = lines[0]
        self._delimiter = delimiter
        self._problems = problems
        self._width = len(self._first.fields)
        starts_with_number = bool(_INTEGER.fullmatch(self._first.fields[0]))
        self._has_seeds = self._width == 3 or (self._width == 2 and starts_with_number)
        self._has_info = self._width == 3 or (self._width == 2 and not starts_with_number)
        self._lines_of_pairs: dict[tuple[str, int | None], int] = {}
        self._numbers: dict[str, int] = {}
        self._saw_plain_commas = False
        self._duplicates: list[str] = []
        self.listed: dict[str, ListedInstance] = {}
        self.seed_order: list[int] = []

    def read(self, line: _Line) -> None:
        if self._is_broken(line) or self._is_of_another_form(line):
            return
        name = tidy_name(line.fields[1] if self._has_seeds else line.fields[0])
        seed = self._seed(line) if self._has_seeds else None
        if (self._has_seeds and seed is None) or self._is_impossible(name, line):
            return
        info = line.fields[-1] if self._has_info else _DEFAULT_INFO
        entry = self.listed.setdefault(name, ListedInstance(name, info, line.number))
        if self._has_other_info(entry, info, line) or self._is_duplicate(entry, seed, line) or seed is None:
            return
        entry.seeds.append(seed)
        self.seed_order.append(self._numbers.setdefault(name, len(self._numbers)))

    def warnings(self, source: str) -> tuple[str, ...]:
        return tuple(f"{source}:{text}" for text in (*self._doubt_of_commas(), *self._told_duplicates()))

    def _doubt_of_commas(self) -> Iterator[str]:
        """SMAC v2 takes commas between plain fields for a part of the name."""
        if self._saw_plain_commas and not self._has_seeds:
            yield (
                f"{self._first.number}: read as a name and its info, separated by a comma; "
                "where the comma belongs to the name, write the name in double quotes"
            )

    def _told_duplicates(self) -> Iterator[str]:
        if self._duplicates:
            n_more = len(self._duplicates) - 1
            more = f" ({_counted(n_more, 'more line')} like this)" if n_more else ""
            yield f"{self._duplicates[0]}; what is listed twice counts once, as in SMAC v2{more}"

    def _is_broken(self, line: _Line) -> bool:
        is_plain = '"' not in line.text
        self._saw_plain_commas |= is_plain and self._delimiter is Delimiter.COMMAS
        if is_plain:
            return False
        for found in located_fields(line.text, self._delimiter):
            if found.is_broken:
                self._problems.add(
                    line.number,
                    found.column,
                    "a quoted field does not end where its quotation marks do",
                    got=found.text,
                    expected=f'"..." followed by {self._delimiter.value} or the end of the line',
                    remedy='inside quotes, write "" for a quotation mark',
                )
                return True
        return False

    def _is_of_another_form(self, line: _Line) -> bool:
        count = len(line.fields)
        if count > 3:
            self._note(
                line,
                3,
                "too many fields for an instance",
                got=f"{count} fields",
                expected="name, seed name, name info, or seed name info",
                remedy="put a name or an info with blanks in it into double quotes",
            )
            return True
        if count == self._width or self._width > 3:
            return False
        self._note(
            line,
            min(count, self._width) - (count < self._width),
            "the lines have different forms",
            got=f"{_counted(count)} here, {_counted(self._width)} in line {self._first.number}",
            expected=f"every line as {self._form}",
            remedy="put a name or an info with blanks in it into double quotes",
        )
        return True

    @property
    def _form(self) -> str:
        return _SEED_AND_NAME if self._has_seeds and not self._has_info else _FORMS[self._width]

    def _seed(self, line: _Line) -> int | None:
        text = line.fields[0]
        if _INTEGER.fullmatch(text) and len(text) < 25 and _LOWEST_SEED <= int(text) <= _LARGEST_SEED:
            return int(text)
        self._note(
            line,
            0,
            "this is no seed",
            got=repr(text),
            expected=f"an integer from {_LOWEST_SEED} up: the lines have the form {self._form}",
        )
        return None

    def _is_impossible(self, name: str, line: _Line) -> bool:
        if name.strip() and "\x00" not in name:
            return False
        self._note(
            line,
            int(self._has_seeds),
            "this can't be an instance's name",
            got=repr(name),
            expected="some text",
        )
        return True

    def _has_other_info(self, entry: ListedInstance, info: str, line: _Line) -> bool:
        if info == entry.info:
            return False
        self._note(
            line,
            2 if self._has_seeds else 1,
            "an instance has different info in two lines",
            got=f"{info!r}, and {entry.info!r} in line {entry.line}",
            expected=f"the same info on all lines of {entry.name}",
        )
        return True

    def _is_duplicate(self, entry: ListedInstance, seed: int | None, line: _Line) -> bool:
        earlier = self._lines_of_pairs.setdefault((entry.name, seed), line.number)
        if earlier == line.number:
            return False
        shown = entry.name if seed is None else f"{seed} {entry.name}"
        self._duplicates.append(f"{line.number}: {shown} stands also in line {earlier}")
        return True

    def _note(
        self,
        line: _Line,
        index: int,
        what: str,
        *,
        got: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Note a problem of the field `index` of the line."""
        fields = located_fields(line.text, self._delimiter)
        column = fields[min(index, len(fields) - 1)].column
        self._problems.add(line.number, column, what, got=got, expected=expected, remedy=remedy)


def _counted(count: int, noun: str = "field") -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
