"""Numbers as text, in the forms that SMAC v2 (a Java program) reads and writes."""

from __future__ import annotations

import functools
import math
import re
from decimal import Decimal

__all__ = ["LARGEST_DOUBLE", "LARGEST_INT", "format_double", "parse_double"]

LARGEST_DOUBLE = 1.7976931348623157e308
"""SMAC v2 passes this as the cutoff when there is none."""

LARGEST_INT = 2147483647
"""SMAC v2 passes this as the run length when there is none."""

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?", re.ASCII)


def format_double(value: float) -> str:
    """`value` as Java's Double.toString prints it: `2.0`, `1.0E-4`, `1.7976931348623157E308`."""
    if 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1.0, value) < 0 else "0.0"
    return _scientific(float(value))


@functools.lru_cache(maxsize=1024)  # the largest double, for one, stands in every record
def _scientific(value: float) -> str:
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    scientific = int(exponent) + len(text) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{scientific}"


def parse_double(text: str) -> float:
    """The number that Java's Double.valueOf reads from `text`, surrounding blanks allowed.

    Raises ValueError for what Java refuses, such as `1_000` or `inf`; an overflow gives infinity.
    """
    stripped = text.strip()
    if _DECIMAL.fullmatch(stripped):
        return float(stripped.rstrip("fFdD"))
    signless = stripped.lstrip("+-")
    if signless in {"NaN", "Infinity"} and len(stripped) - len(signless) <= 1:
        # One object for NaN: what holds it (an instance's features, say) is equal to what was read again.
        return math.nan if signless == "NaN" else float(stripped.replace("Infinity", "inf"))
    raise ValueError(f"not a number: {text!r}")
