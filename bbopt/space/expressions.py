"""Forbidden expressions as programs for a stack of whole columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BINARY_OPERATORS",
    "FUNCTIONS",
    "UNARY_OPERATORS",
    "UNARY_PRECEDENCE",
    "Apply",
    "ExpressionClause",
    "PushChoice",
    "PushColumn",
    "PushNumber",
    "Step",
]

_Column = NDArray[np.float64]


# As in SMAC v2 there are only numbers: comparisons give 1 or 0, "&&" and "||" take what is above 0 for true,
# and yet a clause forbids where its value as a whole is anything but 0, be it negative.  Unlike there, what
# is not a number (the log of -1) makes no comparison true and forbids nothing: nobody means that by a clause.


def _is_true(values: _Column) -> NDArray[np.bool_]:
    return np.greater(values, 0.0)


def _and(left: _Column, right: _Column) -> _Column:
    return np.asarray(_is_true(left) & _is_true(right), dtype=float)


def _or(left: _Column, right: _Column) -> _Column:
    return np.asarray(_is_true(left) | _is_true(right), dtype=float)


def _not_equal(left: _Column, right: _Column) -> _Column:
    """As every comparison, false where a side is not a number."""
    return np.asarray((left < right) | (left > right), dtype=float)


def _equal(left: _Column, right: _Column) -> _Column:
    return np.asarray(np.equal(left, right), dtype=float)


def _less(left: _Column, right: _Column) -> _Column:
    return np.asarray(np.less(left, right), dtype=float)


def _greater(left: _Column, right: _Column) -> _Column:
    return np.asarray(np.greater(left, right), dtype=float)


def _at_most(left: _Column, right: _Column) -> _Column:
    return np.asarray(np.less_equal(left, right), dtype=float)


def _at_least(left: _Column, right: _Column) -> _Column:
    return np.asarray(np.greater_equal(left, right), dtype=float)


@dataclass(frozen=True, slots=True)
class BinaryOperator:
    """What an infix sign does and how tightly it binds."""

    function: Callable[[_Column, _Column], _Column]
    precedence: int
    is_right_associative: bool = False


BINARY_OPERATORS = {
    "||": BinaryOperator(_or, 1),
    "&&": BinaryOperator(_and, 2),
    "==": BinaryOperator(_equal, 3),
    "!=": BinaryOperator(_not_equal, 3),
    "<": BinaryOperator(_less, 4),
    ">": BinaryOperator(_greater, 4),
    "<=": BinaryOperator(_at_most, 4),
    ">=": BinaryOperator(_at_least, 4),
    "+": BinaryOperator(np.add, 5),
    "-": BinaryOperator(np.subtract, 5),
    "*": BinaryOperator(np.multiply, 6),
    "/": BinaryOperator(np.divide, 6),
    "%": BinaryOperator(np.fmod, 6),  # with the dividend's sign, unlike np.mod
    "^": BinaryOperator(np.power, 8, is_right_associative=True),
}
UNARY_PRECEDENCE = 7
"""Signs bind tighter than `*` and less than `^`: -2^2 is -4."""

UNARY_OPERATORS: dict[str, Callable[[_Column], _Column]] = {"-": np.negative, "+": np.positive}

FUNCTIONS: dict[str, Callable[[_Column], _Column]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "expm1": np.expm1,
    "floor": np.floor,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "signum": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}


@dataclass(frozen=True, slots=True)
class PushNumber:
    """Push a constant."""

    value: float


@dataclass(frozen=True, slots=True)
class PushColumn:
    """Push the native values of an integer or real."""

    column: int


@dataclass(frozen=True, slots=True)
class PushChoice:
    """Push the numbers that stand for a categorical's or ordinal's choices."""

    column: int
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """Replace the top `arity` entries by the function's result."""

    function: Callable[..., _Column]
    arity: int


Step = PushNumber | PushColumn | PushChoice | Apply


@dataclass(frozen=True, slots=True)
class ExpressionClause:
    """A forbidden clause given by an expression, as steps in postfix order.

    A row is forbidden where the value is neither 0 nor undefined.
    """

    steps: tuple[Step, ...]
    columns: tuple[int, ...]
    line: int | None
    text: str

    def matches(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows of native values (n, n_params) are forbidden."""
        with np.errstate(all="ignore"):
            result = np.broadcast_to(self.evaluate(values), (len(values),))
            forbidden: NDArray[np.bool_] = (result != 0.0) & ~np.isnan(result)
            return forbidden

    def evaluate(self, values: NDArray[np.float64]) -> _Column:
        """The expression's value per row, or one for all rows where it names no parameter."""
        stack: list[_Column] = []
        for step in self.steps:
            match step:
                case PushNumber(value):
                    stack.append(np.asarray(value))
                case PushColumn(column):
                    stack.append(values[:, column])
                case PushChoice(column, numbers):
                    stack.append(np.asarray(numbers)[values[:, column].astype(np.intp)])
                case Apply(function, arity):
                    operands = stack[-arity:]
                    del stack[-arity:]
                    stack.append(function(*operands))
        return stack[0]
