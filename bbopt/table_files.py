"""Tables as spreadsheets write them: CSV with a header, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.text_files import read_text

__all__ = ["Table", "TableRow", "read_table"]

_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class TableRow:
    """The fields of a row, without the blanks around those that have no quotes; `line` counts from 1."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of as many fields; `texts` are the lines of the file.

    problems: the errors of rows with more or fewer fields, which are not among the `rows`.
    """

    path: Path
    header: TableRow
    rows: list[TableRow]
    problems: list[InputError]
    texts: list[str]
    separator: str

    def place(self, row: TableRow, column: int) -> Place:
        """Where a field stands; without the column where the row goes over several lines."""
        field = (
            rf' *(?:"(?:[^"]|"")*"[^{self.separator}\r\n]*|[^"{self.separator}\r\n][^{self.separator}\r\n]*|)'
        )
        before = re.match(rf"(?:{field}{self.separator}){{{column}}} *", self.texts[row.line - 1])
        return Place(self.path, row.line, before.end() + 1 if before else None)


def read_table(path: Path, role: str) -> Table:
    """The table in a file that the user knows as the `role`; lines without any text are passed over.

    Raises InputError for a file that can't be read, has no header, or two columns of one name.
    """
    texts = read_text(path, role).splitlines(keepends=True)
    head = next((text for text in texts if text.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    rows = _rows(texts, separator)
    header = next(rows, None)
    if header is None:
        raise InputError(
            f"the {role} is empty", place=Place(path), expected="a line with the names of columns"
        )
    twice = sorted({name for name in header.fields if header.fields.count(name) > 1})
    if twice:
        raise InputError(f"two columns have the name {twice[0]!r}", place=Place(path, header.line))
    fitting, problems = [], []
    for row in rows:
        if len(row.fields) == len(header.fields):
            fitting.append(row)
        else:
            problems.append(_other_length(path, row, header))
    return Table(path, header, fitting, problems, texts, separator)


def _other_length(path: Path, row: TableRow, header: TableRow) -> InputError:
    n_fields = len(row.fields)
    return InputError(
        "the row has not as many fields as the header",
        place=Place(path, row.line),
        got="1 field" if n_fields == 1 else f"{n_fields} fields",
        expected=f"{len(header.fields)}: {', '.join(header.fields)}",
    )


def _rows(texts: list[str], separator: str) -> Iterator[TableRow]:
    csv.field_size_limit(sys.maxsize)  # arrays and bytes may be long
    reader = csv.reader(texts, delimiter=separator, skipinitialspace=True)
    end = 0
    for fields in reader:
        if any(field.strip() for field in fields):
            line = reader.line_num
            quoted = _quoted("".join(texts[end:line]), separator) if '"' in "".join(texts[end:line]) else ()
            yield TableRow(line, [field if n in quoted else field.strip() for n, field in enumerate(fields)])
        end = reader.line_num


def _quoted(text: str, separator: str) -> set[int]:
    """The numbers of a row's fields that stand in quotes."""
    fields = re.finditer(rf' *("[^"]*(?:""[^"]*)*")?[^{separator}]*(?:{separator}|\Z)', text)
    return {number for number, match in enumerate(fields) if match[1] is not None}
