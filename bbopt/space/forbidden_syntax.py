"""Lines that forbid configurations: combinations of values, and expressions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from bbopt.errors import FileProblems
from bbopt.space.declarations import DomainError, Parameter
from bbopt.space.expression_syntax import Name, Vocabulary, parse_expression
from bbopt.space.expressions import ExpressionClause, PushChoice, PushColumn, PushNumber
from bbopt.space.forbidden import CombinationClause, ForbiddenClause
from bbopt.space.parameter_syntax import split_values
from bbopt.space.source_text import FaultError, SourceLine, native_at, unknown_at
from bbopt.space.value_order import OrderError, finite_number, value_numbers

__all__ = ["ClauseReader"]

_ASSIGNMENT = re.compile(r"(?<![<>=!])=(?!=)")
_EQUALS = re.compile(r"\s*=(?!=)\s*")
_END_OF_ITEM = re.compile(r"\s*(,|$)")


def _value_candidates(parameter: Parameter, content: str, start: int) -> Iterator[tuple[str, int]]:
    """Texts that may be the value at `start`, each with the end of its item; choices may hold commas."""
    for choice in sorted(parameter.choices, key=len, reverse=True):
        end = _END_OF_ITEM.match(content, start + len(choice))
        if end and content.startswith(choice, start):
            yield choice, end.end()
    comma = content.find(",", start)
    stop = comma if comma >= 0 else len(content)
    yield content[start:stop].strip(), stop + 1


def _native_or_none(parameter: Parameter, text: str) -> float | None:
    try:
        return parameter.native(text)
    except DomainError:
        return None


class ClauseReader:
    """Reads forbidden clauses of one file; `faulty` names have been reported and are passed over.

    `parameters` are in the order of the space's columns.
    """

    def __init__(
        self, parameters: Sequence[Parameter], faulty: Collection[str], problems: FileProblems
    ) -> None:
        self._parameters = parameters
        self._columns = {parameter.name: column for column, parameter in enumerate(parameters)}
        self._by_length = sorted(parameters, key=lambda parameter: -len(parameter.name))
        self._faulty = faulty
        self._problems = problems

    def read(self, line: SourceLine) -> ForbiddenClause | None:
        """The clause in a line, or None after noting what is wrong."""
        try:
            return self._clause(line)
        except FaultError as fault:
            self._note(line, fault)
            return None

    def _note(self, line: SourceLine, fault: FaultError, start: int = 0) -> None:
        """Note a fault at its column, which counts from `start`."""
        if fault.name not in self._faulty:
            self._problems.note(line.number, start + fault.column, fault)

    def _clause(self, line: SourceLine) -> ForbiddenClause | None:
        start = line.text.index("{") + 1
        end = line.text.find("}", start)
        if end < 0:
            what = "the forbidden clause is not closed"
            raise FaultError(len(line.text), what, got="end of line", expected="}")
        inside, rest = line.text[start:end], line.text[end + 1 :].strip()
        if rest:
            column = line.text.index(rest, end + 1)
            raise FaultError(
                column, "text after a forbidden clause", got=rest, expected="the end of the line"
            )
        if not inside.strip():
            expected = "{a=x, b=y} or an expression"
            raise FaultError(start, "an empty forbidden clause", got="{}", expected=expected)
        settings = self._declared_settings(inside)
        if settings is not None:
            return CombinationClause(*settings, line.number, line.text.strip())
        if all(len(_ASSIGNMENT.findall(item)) == 1 for item, _ in split_values(inside, 0)):
            self._note_faulty_settings(line, inside, start)
            return None
        return self._expression(line, inside, start)

    def _declared_settings(self, inside: str) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
        """Columns and values of a combination whose names and values are all declared, else None."""
        content = inside.rstrip(" \t,")
        columns: list[int] = []
        values: list[float] = []
        position = 0
        while position < len(content):
            found = self._declared_setting(content, position)
            if found is None:
                return None
            column, value, position = found
            columns.append(column)
            values.append(value)
        return (tuple(columns), tuple(values)) if columns else None

    def _declared_setting(self, content: str, position: int) -> tuple[int, float, int] | None:
        """Column, native value and end of the setting at `position`, when it is a legal one."""
        start = position + len(content[position:]) - len(content[position:].lstrip())
        for parameter in self._by_length:
            equals = _EQUALS.match(content, start + len(parameter.name))
            if not (equals and content.startswith(parameter.name, start)):
                continue
            for text, end in _value_candidates(parameter, content, equals.end()):
                value = _native_or_none(parameter, text)
                if value is not None:
                    return self._columns[parameter.name], value, end
        return None

    def _note_faulty_settings(self, line: SourceLine, inside: str, start: int) -> None:
        """Note what keeps settings separated by commas from being a combination."""
        for item, column in split_values(inside, start):
            name_text, value_text = _ASSIGNMENT.split(item)
            name, value_column = name_text.strip(), column + len(item) - len(value_text.lstrip())
            try:
                if name not in self._columns:
                    raise unknown_at(column, name, self._columns)
                native_at(value_column, value_text.strip(), self._parameters[self._columns[name]])
            except FaultError as fault:
                self._note(line, fault)

    def _expression(self, line: SourceLine, inside: str, start: int) -> ForbiddenClause | None:
        try:
            steps = parse_expression(inside, self._vocabulary)
        except FaultError as fault:
            self._note(line, fault, start)
            return None
        pushes = [step for step in steps if isinstance(step, PushColumn | PushChoice)]
        if self._order_error and any(isinstance(push, PushChoice) for push in pushes):
            raise FaultError(
                start,
                "the values of ordinals contradict each other, so that expressions can't compare them",
                got=self._order_error,
                expected="ordinals with a common order, numbers increasing",
            )
        columns = tuple(dict.fromkeys(push.column for push in pushes))
        return ExpressionClause(steps, columns, line.number, line.text.strip())

    @cached_property
    def _numbers(self) -> tuple[Mapping[str, float], str]:
        """The numbers of all values, and why there are none."""
        try:
            return value_numbers(self._parameters), ""
        except OrderError as error:
            texts = (choice for parameter in self._parameters for choice in parameter.choices)
            return dict.fromkeys(texts, 0.0), str(error)

    @property
    def _order_error(self) -> str:
        return self._numbers[1]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        numbers = self._numbers[0]
        names: dict[str, Name] = {}
        for text, number in numbers.items():
            # Numbers are read as numbers, and bare signs as operators.
            if any(sign.isalnum() for sign in text) and finite_number(text) is None:
                names[text] = Name(PushNumber(number))
        for column, parameter in enumerate(self._parameters):
            step = (
                PushChoice(column, tuple(numbers[choice] for choice in parameter.choices))
                if parameter.kind.is_discrete
                else PushColumn(column)
            )
            names[parameter.name] = Name(step, is_ambiguous=parameter.name in names)
        return Vocabulary(names)
