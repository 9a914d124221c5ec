"""The numbers of a parameter with steps, as exact decimals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["StepGrid"]

_Numbers = TypeVar("_Numbers", float, NDArray[np.float64])

_MOST_DECIMALS = 22
"""Larger powers of ten are no doubles."""

_EXACT_BELOW = 2.0**53
"""Every smaller whole number is a double."""


@dataclass(frozen=True, slots=True)
class StepGrid:
    """The numbers low, low + step, low + 2 step, ... up to the last one that is not above a bound.

    Number k is (first + k stride) / denominator, of whole numbers that are doubles.  So one division rounds
    once, and the third step of 0.1 is 0.3, not 0.30000000000000004.
    """

    first: float
    stride: float
    denominator: float
    count: int

    @classmethod
    def between(cls, low: float, high: float, step: float) -> StepGrid | None:
        """The grid of decimals, each read as the shortest text of its double; None for too many digits."""
        exact_low, exact_high, exact_step = (Decimal(repr(number)) for number in (low, high, step))
        decimals = max(0, *(-_exponent(number) for number in (exact_low, exact_step)))
        if decimals > _MOST_DECIMALS:
            return None
        denominator = Decimal(10) ** decimals
        first, stride = exact_low * denominator, exact_step * denominator
        if max(abs(first), abs(exact_high * denominator), stride) >= _EXACT_BELOW:
            return None
        count = int((exact_high - exact_low) / exact_step) + 1
        return cls(float(first), float(stride), float(denominator), count)

    @property
    def step(self) -> float:
        """How far neighbours are apart."""
        return self.stride / self.denominator

    @property
    def last(self) -> float:
        """The largest of the numbers."""
        return self.at(self.count - 1.0)

    def at(self, position: _Numbers) -> _Numbers:
        """The numbers at whole positions from 0 to count - 1."""
        return (self.first + position * self.stride) / self.denominator

    def position(self, number: float) -> float:
        """Where a number stands between the positions."""
        return (number * self.denominator - self.first) / self.stride

    def around(self, number: float) -> tuple[float, ...]:
        """The one or two numbers of the grid that are next to a number."""
        position = min(max(self.position(number), 0.0), self.count - 1.0)
        return tuple(self.at(float(place)) for place in sorted({math.floor(position), math.ceil(position)}))

    def nearest(self, number: float) -> float:
        """The number of the grid that is next to a number."""
        return self.at(min(max(math.floor(self.position(number) + 0.5), 0.0), self.count - 1.0))


def _exponent(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
