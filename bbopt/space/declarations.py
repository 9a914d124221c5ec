"""What a parameter file declares: parameters and conditions, as plain values."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbopt.errors import InputError, did_you_mean, nearest
from bbopt.java_numbers import parse_double
from bbopt.space.step_grid import StepGrid

__all__ = [
    "ON_AND_OFF",
    "Condition",
    "DomainError",
    "Literal",
    "Normal",
    "Operator",
    "Parameter",
    "ParameterKind",
    "Scale",
    "number_text",
    "unknown_parameter",
]

_MOST_SHOWN = 10

ON_AND_OFF = (("true", "false"), ("yes", "no"), ("on", "off"), ("1", "0"))
"""What the values of switches are called, in any case."""

_ROUNDING = 4 * 2.0**-52
"""SMAC v2 writes values that went through the unit cube and back; this is what they may lose there,
relative to the largest number of that way."""


class ParameterKind(enum.Enum):
    """The four types of parameters, by their words in the new PCS syntax."""

    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    INTEGER = "integer"
    REAL = "real"

    @property
    def is_discrete(self) -> bool:
        """True when the domain is a list of texts; native values are then positions in it, from 0."""
        return self in {ParameterKind.CATEGORICAL, ParameterKind.ORDINAL}


class Scale(enum.Enum):
    """What of a number is uniform, and what distances are measured in; by the words of a declaration."""

    LINEAR = ""
    LOG = "log"
    LOG_NEAR_ONE = "log_near_one"

    def of(self, number: float) -> float:
        """The number on this scale, rising with it."""
        match self:
            case Scale.LINEAR:
                return number
            case Scale.LOG:
                return math.log(number)
            case Scale.LOG_NEAR_ONE:
                return -math.log1p(-number)


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution of a number on its scale, to be cut to the range."""

    mean: float
    sd: float


class DomainError(ValueError):
    """A text that is no value of a parameter; `expected` describes the domain."""

    def __init__(self, text: str, expected: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(f"{text!r} is not {expected}")
        self.text = text
        self.expected = expected
        self.near = near


def unknown_parameter(name: str, names: Iterable[str]) -> InputError:
    """The error for a name that no parameter has."""
    known = list(names)
    near = nearest(name, known)
    shown = list(near) or known[:_MOST_SHOWN] + ["..."] * (len(known) > _MOST_SHOWN)
    return InputError(
        f"unknown parameter {name!r}",
        got=name or "nothing",
        expected="one of " + ", ".join(shown) if shown else "a declared parameter; there are none",
        remedy=did_you_mean(near),
    )


def number_text(value: float) -> str:
    """The shortest text that reads back as `value`; whole numbers without a fraction."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One tunable parameter.

    `default` is native: the number of an integer or real, the 0-based position in `choices` otherwise.
    `low` and `high` bound native values, and are two of them; `line` is where the parameter file declares it.
    A number is uniform on its `scale`, or `normal`; with a `grid` it has the values of that only.
    """

    name: str
    kind: ParameterKind
    default: float
    default_text: str
    low: float
    high: float
    choices: tuple[str, ...] = ()
    scale: Scale = Scale.LINEAR
    normal: Normal | None = None
    grid: StepGrid | None = None
    line: int | None = None

    @classmethod
    def discrete(
        cls, name: str, kind: ParameterKind, choices: Sequence[str], default: str, line: int | None = None
    ) -> Parameter:
        """A categorical or ordinal parameter; `default` must be one of `choices`."""
        position = float(list(choices).index(default))
        return cls(name, kind, position, default, 0.0, len(choices) - 1.0, tuple(choices), line=line)

    @property
    def log(self) -> bool:
        """Whether its logarithm is what is searched."""
        return self.scale is Scale.LOG

    @property
    def is_plain(self) -> bool:
        """Whether nothing is said of its distribution that SMAC v2 would not understand."""
        return self.scale is not Scale.LOG_NEAR_ONE and self.normal is None and self.grid is None

    @property
    def distribution(self) -> str:
        """The words that say it in a declaration; none for a uniform one."""
        words = [self.scale.value]
        if self.normal is not None:
            name = "lognormal" if self.log else "normal"
            words = [f"{name}({number_text(self.normal.mean)}, {number_text(self.normal.sd)})"]
        if self.grid is not None:
            words.append(f"step({number_text(self.grid.step)})")
        return " ".join(filter(None, words))

    @property
    def size(self) -> float:
        """How many values there are; infinite for a real without steps."""
        if self.grid is not None:
            return float(self.grid.count)
        return math.inf if self.kind is ParameterKind.REAL else self.high - self.low + 1.0

    @property
    def listed(self) -> NDArray[np.float64]:
        """All its native values in rising order; there must be finitely many."""
        if self.grid is not None:
            return self.grid.at(np.arange(float(self.grid.count)))
        return np.arange(self.low, self.high + 1.0)

    @property
    def is_unordered(self) -> bool:
        """True when its values have no order."""
        return self.kind is ParameterKind.CATEGORICAL

    @property
    def switch(self) -> tuple[str, str] | None:
        """The values that mean on and off, such as true and false; None where it has none."""
        by_word = {choice.lower(): choice for choice in self.choices}
        pairs = ((by_word.get(on), by_word.get(off)) for on, off in ON_AND_OFF)
        return next(((on, off) for on, off in pairs if on is not None and off is not None), None)

    @property
    def domain(self) -> str:
        """The domain in words, for messages."""
        if self.kind.is_discrete:
            return "one of {" + ", ".join(self.choices) + "}"
        article = "an integer" if self.kind is ParameterKind.INTEGER else "a real number"
        steps = "" if self.grid is None else f" in steps of {number_text(self.grid.step)}"
        return f"{article} in [{number_text(self.low)}, {number_text(self.high)}]{steps}"

    def native(self, text: str) -> float:
        """The native value that `text` stands for; raises DomainError.

        A real within rounding of the default or of a bound is that number: SMAC v2 prints a default of
        20 on a log scale as 20.000000000000004.
        """
        if self.kind.is_discrete:
            try:
                return float(self.choices.index(text))
            except ValueError:
                raise DomainError(text, self.domain, nearest(text, self.choices)) from None
        try:
            value = parse_double(text) + 0.0
        except ValueError:
            raise DomainError(text, self.domain) from None
        if self.kind is ParameterKind.REAL:
            value = self._snapped(value)
        if not self.low <= value <= self.high:
            raise DomainError(text, self.domain)
        if self.grid is not None and value != self.grid.nearest(value):
            raise DomainError(text, self.domain, tuple(map(self.text, self.grid.around(value))))
        if self.kind is ParameterKind.INTEGER and not value.is_integer():
            raise DomainError(text, self.domain)
        return value

    def _snapped(self, value: float) -> float:
        landmarks = [self.default, self.low, self.high]
        if self.grid is not None and math.isfinite(value):
            landmarks.append(self.grid.nearest(value))
        for landmark in landmarks:
            if abs(value - landmark) <= self.rounding(landmark):
                return landmark
        return value

    def rounding(self, at: float) -> float:
        """How far from `at` a number is still taken for it, on its way through the unit cube."""
        largest = max(abs(self.low), abs(self.high))
        if self.scale is Scale.LINEAR:
            return _ROUNDING * largest
        on_scale = max(1.0, abs(self.scale.of(self.low)), abs(self.scale.of(self.high)))
        return _ROUNDING * (at * on_scale if self.log else max(largest, (1.0 - at) * on_scale))

    def text(self, value: float) -> str:
        """`value` as the target gets it; the default as the parameter file has it."""
        if value == self.default:
            return self.default_text
        if self.kind.is_discrete:
            return self.choices[int(value)]
        return str(int(value)) if self.kind is ParameterKind.INTEGER else repr(float(value))


class Operator(enum.Enum):
    """A comparison in a condition, by its sign."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    GREATER = ">"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Literal:
    """A parent's value compared with native values; one of them, except for IN."""

    parent: str
    operator: Operator
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """`child` is active only when all literals of at least one of the `alternatives` hold."""

    child: str
    alternatives: tuple[tuple[Literal, ...], ...]
    line: int | None
    text: str
