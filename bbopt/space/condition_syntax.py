"""Lines that say when a parameter is active."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from bbopt.space.conditions import find_cycle
from bbopt.space.declarations import Condition, DomainError, Literal, Operator, Parameter
from bbopt.space.parameter_syntax import split_values
from bbopt.space.settings import unknown_parameter
from bbopt.space.source_text import Problems, SourceLine

__all__ = ["check_conditions", "parse_condition"]

_OPERATOR = re.compile(r"\s*(?P<sign>==|!=|<(?!=)|>(?!=))|\s+(?P<word>in)(?=[\s{])")
_ANY_OPERATOR = re.compile(r"\s*(?P<sign><=|>=|=)")
_JOIN = re.compile(r"\s*(&&|\|\|)")
_END_OF_VALUE = re.compile(r"\s|&&|\|\||$")
_NAME = re.compile(r"[^\s=!<>]+")
_SIGNS = "==, !=, <, > or in"


class _UnusableError(Exception):
    """The line has been reported, or depends on a declaration that has been."""


def parse_condition(
    line: SourceLine, parameters: Mapping[str, Parameter], faulty: Collection[str], problems: Problems
) -> Condition | None:
    """The condition in a line, or None after noting what is wrong.

    `faulty` are names whose own declaration has been reported; lines about them are passed over.
    """
    reader = _ConditionReader(line, parameters, faulty, problems)
    try:
        return reader.read()
    except _UnusableError:
        return None


class _ConditionReader:
    """Reads one line from left to right; names and values are recognised by what is declared."""

    def __init__(
        self,
        line: SourceLine,
        parameters: Mapping[str, Parameter],
        faulty: Collection[str],
        problems: Problems,
    ) -> None:
        self._line = line
        self._text = line.text
        self._parameters = parameters
        self._faulty = faulty
        self._problems = problems
        self._position = 0

    def read(self) -> Condition:
        child = self._child()
        alternatives: list[tuple[Literal, ...]] = []
        literals = [self._literal()]
        while True:
            join = _JOIN.match(self._text, self._position)
            if join is None:
                break
            self._position = join.end()
            if join[1] == "||":
                alternatives.append(tuple(literals))
                literals = []
            literals.append(self._literal())
        self._skip()
        if self._position < len(self._text):
            rest = self._text[self._position :]
            self._fail("unexpected text in a condition", got=rest, expected="&&, || or the end of the line")
        alternatives.append(tuple(literals))
        return Condition(child, tuple(alternatives), self._line.number, self._text.strip())

    def _skip(self) -> None:
        while self._position < len(self._text) and self._text[self._position].isspace():
            self._position += 1

    def _fail(
        self,
        what: str,
        *,
        got: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
        column: int | None = None,
    ) -> None:
        at = self._position if column is None else column
        self._problems.add(self._line.number, at, what, got=got, expected=expected, remedy=remedy)
        raise _UnusableError

    def _fail_unknown(self, name: str, column: int) -> None:
        if name in self._faulty:
            raise _UnusableError
        error = unknown_parameter(name, self._parameters)
        self._fail(error.what, got=error.got, expected=error.expected, remedy=error.remedy, column=column)

    def _child(self) -> str:
        """The name before the bar; bars may also be part of names."""
        bars = [index for index, sign in enumerate(self._text) if sign == "|"]
        for bar in bars:
            name = self._text[:bar].strip()
            if name in self._parameters:
                self._position = bar + 1
                return name
        name = self._text[: bars[0]].strip()
        self._fail_unknown(name, len(self._text) - len(self._text.lstrip()))
        return name

    def _literal(self) -> Literal:
        self._skip()
        start = self._position
        parent, operator = self._parent()
        sign_column = self._position - len(operator.value)
        if operator in {Operator.LESS, Operator.GREATER} and parent.is_unordered:
            self._fail(
                f"{operator.value} needs an ordered parent, but {parent.name!r} is categorical",
                got=self._text[start:],
                expected="==, != or in",
                remedy=f"declare {parent.name} as ordinal if its values have an order",
                column=sign_column,
            )
        self._skip()
        values = self._value_set(parent) if operator is Operator.IN else (self._value(parent),)
        return Literal(parent.name, operator, values)

    def _parent(self) -> tuple[Parameter, Operator]:
        for name in sorted(self._parameters, key=len, reverse=True):
            if self._text.startswith(name, self._position):
                match = _OPERATOR.match(self._text, self._position + len(name))
                if match:
                    self._position = match.end()
                    return self._parameters[name], Operator(match["sign"] or match["word"])
        word = _NAME.match(self._text, self._position)
        name = word[0] if word else ""
        if not name:
            rest = self._text[self._position :] or "end of line"
            self._fail("a condition needs a parent", got=rest, expected="parent operator value")
        if name not in self._parameters:
            self._fail_unknown(name, self._position)
        self._position += len(name)
        wrong = _ANY_OPERATOR.match(self._text, self._position)
        self._skip()
        got = wrong["sign"] if wrong else self._text[self._position :] or "end of line"
        self._fail("no operator after the parent", got=got, expected=_SIGNS)
        raise _UnusableError

    def _value(self, parent: Parameter) -> float:
        for choice in sorted(parent.choices, key=len, reverse=True):
            end = self._position + len(choice)
            if self._text.startswith(choice, self._position) and _END_OF_VALUE.match(self._text, end):
                self._position = end
                return parent.native(choice)
        end_match = _END_OF_VALUE.search(self._text, self._position)
        end = end_match.start() if end_match else len(self._text)
        value = self._native(parent, self._text[self._position : end], self._position)
        self._position = end
        return value

    def _value_set(self, parent: Parameter) -> tuple[float, ...]:
        end = self._text.find("}", self._position)
        if self._text[self._position : self._position + 1] != "{" or end < 0:
            rest = self._text[self._position :] or "end of line"
            self._fail("in needs a list of values", got=rest, expected="{value, value, ...}")
        natives: list[float] = []
        for text, column in split_values(self._text[self._position + 1 : end], self._position + 1):
            value = self._native(parent, text, column)
            if value in natives:
                self._fail("a value occurs twice", got=text, expected="different values", column=column)
            natives.append(value)
        self._position = end + 1
        return tuple(natives)

    def _native(self, parent: Parameter, text: str, column: int) -> float:
        try:
            return parent.native(text)
        except DomainError as error:
            self._fail(
                f"not a value of {parent.name!r}",
                got=text or "nothing",
                expected=error.expected,
                remedy=f"did you mean {error.near[0]}?" if error.near else None,
                column=column,
            )
            raise


def check_conditions(conditions: Sequence[Condition], problems: Problems) -> None:
    """Note what is wrong between conditions: several lines for a child, circles."""
    first: dict[str, Condition] = {}
    for condition in conditions:
        known = first.setdefault(condition.child, condition)
        if known is not condition and not (_is_single_in(known) and _is_single_in(condition)):
            problems.add(
                condition.line or 0,
                0,
                f"a second condition for {condition.child!r}; the first is in line {known.line}",
                got=condition.text,
                expected="several lines only in the form child | parent in {...}",
                remedy="join them with &&",
            )
    cycle = find_cycle(conditions)
    if cycle:
        line = first[cycle[0]].line or 0
        problems.add(
            line,
            0,
            "conditions run in a circle",
            got=" -> ".join(cycle),
            expected="no parameter above itself",
        )


def _is_single_in(condition: Condition) -> bool:
    literals = [literal for alternative in condition.alternatives for literal in alternative]
    return len(literals) == 1 and literals[0].operator is Operator.IN
