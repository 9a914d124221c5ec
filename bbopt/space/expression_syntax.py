"""The text of a forbidden expression to the steps of its program: a lexer and a precedence parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bbopt.errors import did_you_mean, nearest
from bbopt.space.expressions import (
    BINARY_OPERATORS,
    FUNCTIONS,
    UNARY_OPERATORS,
    UNARY_PRECEDENCE,
    Apply,
    PushNumber,
    Step,
)
from bbopt.space.source_text import FaultError

__all__ = ["Name", "Vocabulary", "parse_expression"]

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(BINARY_OPERATORS, key=len, reverse=True)))
_WORD = re.compile(r"[^\s()+\-*/^%<>=!&|,]+")
_RUN = re.compile(r"[^\s()<>=!&|,]+")
_DEEPEST = 100
"""Nested parentheses and signs; deeper ones would exhaust Python's own stack."""


@dataclass(frozen=True, slots=True)
class Name:
    """A word that stands for something: the step that pushes it; `is_ambiguous` forbids its use."""

    step: Step
    is_ambiguous: bool = False


class Vocabulary:
    """The names that an expression may use, found by the longest one at a position."""

    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = dict(names)
        self._by_first: dict[str, list[str]] = {}
        for name in sorted(names, key=len, reverse=True):
            self._by_first.setdefault(name[0], []).append(name)

    def longest_at(self, text: str, position: int) -> str:
        """The longest name at `position` that does not end inside a word; empty when there is none."""
        for name in self._by_first.get(text[position], ()):
            end = position + len(name)
            if text.startswith(name, position) and not (_is_word(name[-1]) and _is_word(text[end : end + 1])):
                return name
        return ""


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "number", "name", "function", "sign" or "end"
    text: str
    position: int


def parse_expression(text: str, vocabulary: Vocabulary) -> tuple[Step, ...]:
    """The program of an expression; raises FaultError with the column in `text`."""
    return _Parser(list(_tokens(text, vocabulary)), vocabulary).program()


def _tokens(text: str, vocabulary: Vocabulary) -> Iterable[_Token]:
    """The tokens; names may contain signs, so what may stand at a place decides how it is read."""
    position = 0
    is_operand_due = True
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _operand_at(text, position, vocabulary) if is_operand_due else _operator_at(text, position)
        yield token
        position += len(token.text)
        is_operand_due = token.kind in {"function", "sign"} and token.text != ")"
    yield _Token("end", "", len(text))


def _operand_at(text: str, position: int, vocabulary: Vocabulary) -> _Token:
    name = vocabulary.longest_at(text, position)
    number = _NUMBER.match(text, position)
    call = _CALL.match(text, position)
    if call and call[1] in FUNCTIONS and len(call[1]) >= len(name):
        return _Token("function", call[1], position)
    if number and len(number[0]) > len(name) and not _is_word(text[number.end() : number.end() + 1]):
        return _Token("number", number[0], position)
    if name:
        return _Token("name", name, position)
    if text[position] in UNARY_OPERATORS or text[position] in "()":
        return _Token("sign", text[position], position)
    raise _unknown_word(text, position, vocabulary, is_call=call is not None)


def _operator_at(text: str, position: int) -> _Token:
    sign = _SIGN.match(text, position)
    if sign or text[position] == ")":
        return _Token("sign", sign[0] if sign else ")", position)
    raise FaultError(
        position,
        "unexpected text in an expression",
        got=text[position:].strip(),
        expected="an operator: " + " ".join(BINARY_OPERATORS),
        remedy="compare with == where = was meant" if text[position] == "=" else None,
    )


def _unknown_word(text: str, position: int, vocabulary: Vocabulary, *, is_call: bool) -> FaultError:
    word = _WORD.match(text, position)
    if word is None:
        return FaultError(
            position, "incomplete expression", got=text[position:].strip(), expected="a name, a number or ("
        )
    if is_call:
        near = nearest(word[0], FUNCTIONS)
        known = ", ".join(FUNCTIONS)
        what = "unknown function"
    else:
        run = _RUN.match(text, position)
        near = nearest(run[0] if run else word[0], vocabulary.names) or nearest(word[0], vocabulary.names)
        known = "a parameter, one of the values, or a number"
        what = f"unknown name {word[0]!r} in an expression"
    return FaultError(position, what, got=word[0], expected=known, remedy=did_you_mean(near), name=word[0])


class _Parser:
    """Precedence climbing; operands are emitted before their operator."""

    def __init__(self, tokens: list[_Token], vocabulary: Vocabulary) -> None:
        self._tokens = tokens
        self._vocabulary = vocabulary
        self._next = 0
        self._depth = 0
        self._steps: list[Step] = []

    def program(self) -> tuple[Step, ...]:
        self._expression(0)
        token = self._tokens[self._next]
        if token.kind != "end":
            raise FaultError(
                token.position, "unexpected text in an expression", got=token.text, expected="an operator"
            )
        return tuple(self._steps)

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def _expression(self, least: int) -> None:
        """Read operands joined by operators that bind at least as tightly as `least`."""
        self._depth += 1
        self._operand()
        while True:
            operator = BINARY_OPERATORS.get(self._tokens[self._next].text)
            if operator is None or operator.precedence < least or self._tokens[self._next].kind != "sign":
                break
            self._take()
            self._expression(operator.precedence + (not operator.is_right_associative))
            self._steps.append(Apply(operator.function, 2))
        self._depth -= 1

    def _operand(self) -> None:
        token = self._take()
        if self._depth > _DEEPEST:
            raise FaultError(
                token.position, "expression nested too deeply", got=token.text, expected=f"{_DEEPEST} levels"
            )
        if token.kind == "number":
            self._steps.append(PushNumber(float(token.text)))
        elif token.kind == "name":
            self._steps.append(self._name(token))
        elif token.kind == "function":
            self._close_after(self._take())
            self._steps.append(Apply(FUNCTIONS[token.text], 1))
        elif token.text == "(":
            self._close_after(token)
        elif token.text in UNARY_OPERATORS and token.kind == "sign":
            self._expression(UNARY_PRECEDENCE)
            self._steps.append(Apply(UNARY_OPERATORS[token.text], 1))
        else:
            got = token.text or "end of expression"
            raise FaultError(
                token.position, "incomplete expression", got=got, expected="a name, a number or ("
            )

    def _close_after(self, opening: _Token) -> None:
        self._expression(0)
        closing = self._take()
        if (closing.kind, closing.text) != ("sign", ")"):
            raise FaultError(
                closing.position,
                f"the parenthesis of column {opening.position + 1} of the clause is not closed",
                got=closing.text or "end of expression",
                expected=")",
            )

    def _name(self, token: _Token) -> Step:
        name = self._vocabulary.names[token.text]
        if name.is_ambiguous:
            raise FaultError(
                token.position,
                f"{token.text!r} is both a parameter and a value",
                got=token.text,
                expected="a name with one meaning",
                remedy="rename the parameter or the value",
            )
        return name.step
