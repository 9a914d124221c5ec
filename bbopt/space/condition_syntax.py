"""Lines that say when a parameter is active."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from bbopt.errors import FileProblems
from bbopt.space.conditions import find_cycle
from bbopt.space.declarations import Condition, Literal, Operator, Parameter
from bbopt.space.parameter_syntax import split_values
from bbopt.space.source_text import FaultError, SourceLine, native_at, unknown_at

__all__ = ["check_conditions", "parse_condition"]

_OPERATOR = re.compile(r"\s*(?P<sign>==|!=|<(?!=)|>(?!=))|\s+(?P<word>in)(?=[\s{])")
_ANY_OPERATOR = re.compile(r"\s*(?P<sign><=|>=|=)")
_JOIN = re.compile(r"\s*(&&|\|\|)")
_END_OF_VALUE = re.compile(r"\s|&&|\|\||$")
_NAME = re.compile(r"[^\s=!<>]+")
_SIGNS = "==, !=, <, > or in"


def parse_condition(
    line: SourceLine, parameters: Mapping[str, Parameter], faulty: Collection[str], problems: FileProblems
) -> Condition | None:
    """The condition in a line, or None after noting what is wrong.

    `faulty` are names whose own declaration has been reported; lines about them are passed over.
    """
    try:
        return _ConditionReader(line, parameters).read()
    except FaultError as fault:
        if fault.name not in faulty:
            problems.note(line.number, fault.column, fault)
        return None


class _ConditionReader:
    """Reads one line from left to right; names and values are recognised by what is declared."""

    def __init__(self, line: SourceLine, parameters: Mapping[str, Parameter]) -> None:
        self._line = line
        self._text = line.text
        self._parameters = parameters
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
            raise self._fault("unexpected text in a condition", "&&, || or the end of the line")
        alternatives.append(tuple(literals))
        return Condition(child, tuple(alternatives), self._line.number, self._text.strip())

    def _skip(self) -> None:
        while self._position < len(self._text) and self._text[self._position].isspace():
            self._position += 1

    def _fault(self, what: str, expected: str, got: str | None = None) -> FaultError:
        """A fault of what stands here: `got`, by default all the rest of the line."""
        got = got or self._text[self._position :] or "end of line"
        return FaultError(self._position, what, got=got, expected=expected)

    def _child(self) -> str:
        """The name before the bar; bars may also be part of names."""
        bars = [index for index, sign in enumerate(self._text) if sign == "|"]
        for bar in bars:
            name = self._text[:bar].strip()
            if name in self._parameters:
                self._position = bar + 1
                return name
        name = self._text[: bars[0]].strip()
        raise unknown_at(len(self._text) - len(self._text.lstrip()), name, self._parameters)

    def _literal(self) -> Literal:
        self._skip()
        start = self._position
        parent, operator = self._parent()
        if operator in {Operator.LESS, Operator.GREATER} and parent.is_unordered:
            raise FaultError(
                self._position - len(operator.value),
                f"{operator.value} needs an ordered parent, but {parent.name!r} is categorical",
                got=self._text[start:],
                expected="==, != or in",
                remedy=f"declare {parent.name} as ordinal if its values have an order",
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
            raise self._fault("a condition needs a parent", "parent operator value")
        if name not in self._parameters:
            raise unknown_at(self._position, name, self._parameters)
        self._position += len(name)
        wrong = _ANY_OPERATOR.match(self._text, self._position)
        self._skip()
        raise self._fault("no operator after the parent", _SIGNS, wrong and wrong["sign"])

    def _value(self, parent: Parameter) -> float:
        for choice in sorted(parent.choices, key=len, reverse=True):
            end = self._position + len(choice)
            if self._text.startswith(choice, self._position) and _END_OF_VALUE.match(self._text, end):
                self._position = end
                return parent.native(choice)
        end_match = _END_OF_VALUE.search(self._text, self._position)
        end = end_match.start() if end_match else len(self._text)
        value = native_at(self._position, self._text[self._position : end], parent)
        self._position = end
        return value

    def _value_set(self, parent: Parameter) -> tuple[float, ...]:
        end = self._text.find("}", self._position)
        if self._text[self._position : self._position + 1] != "{" or end < 0:
            raise self._fault("in needs a list of values", "{value, value, ...}")
        natives: list[float] = []
        for text, column in split_values(self._text[self._position + 1 : end], self._position + 1):
            value = native_at(column, text, parent)
            if value in natives:
                raise FaultError(column, "a value occurs twice", got=text, expected="different values")
            natives.append(value)
        self._position = end + 1
        return tuple(natives)


def check_conditions(conditions: Sequence[Condition], problems: FileProblems) -> None:
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
