"""Feature files: CSV with a header row; the first column is the instance's name, the others its features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.errors import FileProblems
from bbopt.java_numbers import parse_double
from bbopt.scenario.delimited_lines import Delimiter, located_fields, split_fields
from bbopt.scenario.instance_names import tidy_name
from bbopt.text_files import numbered_lines

__all__ = ["FeatureRow", "FeatureTable", "parse_feature_table"]

_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """The features of one instance by name, sorted as SMAC v2 sorts them; `line` is where they stand."""

    line: int
    features: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """All rows by instance name, in the order of the file; `names` are the features."""

    names: tuple[str, ...]
    rows: dict[str, FeatureRow]


def parse_feature_table(text: str, source: str) -> FeatureTable:
    """The table in `text`; messages name the file as `source`.

    Values are those of the file, the codes -512 and -1024 for missing ones included, and NaN.  Raises
    InputError (InputErrors) for a header without unique, non-numeric names, and for ragged rows, values that
    are no numbers and instances that have two rows.
    """
    lines = list(numbered_lines(text))
    problems = FileProblems(source)
    if not lines:
        problems.add(1, 0, "the feature file is empty", expected="a header row, then a row for each instance")
        problems.raise_if_any()
    names = _header(*lines[0], problems)
    problems.raise_if_any()
    reader = _Rows(names, problems)
    for number, line in lines[1:]:
        reader.read(number, line)
        if len(problems) >= _MOST_PROBLEMS:
            break
    problems.raise_if_any()
    return FeatureTable(tuple(sorted(names)), reader.rows)


def _header(number: int, line: str, problems: FileProblems) -> list[str]:
    first, *fields = located_fields(line, Delimiter.COMMAS)
    if not fields:
        problems.add(
            number,
            first.column,
            "the header row names no features",
            got=line.strip(),
            expected="instance,first-feature,second-feature,...",
        )
    seen: dict[str, int] = {}
    for place, field in enumerate(fields, start=2):
        column_of_first = seen.setdefault(field.text, place)
        if not field.text:
            problems.add(number, field.column, "a feature has no name", got=f"nothing in column {place}")
        elif _is_number(field.text):
            problems.add(
                number,
                field.column,
                "a feature's name is a number",
                got=field.text,
                expected="a header row with names that are no numbers",
                remedy="put a row such as instance,f1,f2,... at the top of the file",
            )
        elif column_of_first != place:
            problems.add(
                number,
                field.column,
                "two features have the same name",
                got=f"{field.text} in columns {column_of_first} and {place}",
                expected="unique names",
            )
    return [field.text for field in fields]


class _Rows:
    """Takes one row after the other, noting what is wrong with them."""

    def __init__(self, names: Sequence[str], problems: FileProblems) -> None:
        self._names = names
        self._order = sorted(range(len(names)), key=lambda i: names[i])
        self._problems = problems
        self.rows: dict[str, FeatureRow] = {}

    def read(self, number: int, line: str) -> None:
        name, *texts = split_fields(line, Delimiter.COMMAS)
        name = tidy_name(name)
        if len(texts) != len(self._names):
            self._refuse_ragged(number, line, len(texts))
            return
        if name in self.rows:
            self._problems.add(
                number,
                0,
                "an instance has two rows of features",
                got=f"{name}, also in line {self.rows[name].line}",
                expected="one row for each instance",
                remedy="take out one of them",
            )
            return
        values = [self._value(number, line, i, text) for i, text in enumerate(texts)]
        self.rows[name] = FeatureRow(number, tuple((self._names[i], values[i]) for i in self._order))

    def _value(self, number: int, line: str, index: int, text: str) -> float:
        try:
            return parse_double(text)
        except ValueError:
            self._problems.add(
                number,
                located_fields(line, Delimiter.COMMAS)[index + 1].column,
                f"the feature {self._names[index]} is no number",
                got=repr(text),
                expected="a number",
                remedy="write NaN or -512 for a value that is missing",
            )
            return math.nan

    def _refuse_ragged(self, number: int, line: str, count: int) -> None:
        fields = located_fields(line, Delimiter.COMMAS)
        self._problems.add(
            number,
            fields[min(count, len(self._names) + 1)].column
            if count > len(self._names)
            else len(line.rstrip()),
            "a row has more or fewer values than the header has features",
            got=f"{count} value{'' if count == 1 else 's'}",
            expected=f"{len(self._names)}, as in the header row",
            remedy="a row is the instance's name and its values, separated by commas; NaN means missing",
        )


def _is_number(text: str) -> bool:
    try:
        parse_double(text)
    except ValueError:
        return False
    return True
