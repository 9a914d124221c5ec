"""JSON as SMAC v2's Jackson library writes and reads it: compact, numbers as Java doubles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted

from bbopt.java_numbers import format_double, parse_double

__all__ = ["JsonValue", "json_text", "number"]

JsonValue = str | bool | int | float | None | Mapping[str, "JsonValue"] | Sequence["JsonValue"]

_WORDS = {None: "null", True: "true", False: "false"}


def json_text(value: JsonValue) -> str:
    """`value` on one line of pure ASCII; numbers that JSON lacks (`Infinity`) as text, as Jackson does."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = format_double(value)
        return text if math.isfinite(value) else f'"{text}"'
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{quoted(key)}:{json_text(item)}" for key, item in value.items()) + "}"
    return "[" + ",".join(map(json_text, value)) + "]"


def number(value: object) -> float:
    """A JSON number, or one that Jackson wrote as text; ValueError for anything else."""
    if isinstance(value, str):
        return parse_double(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"not a double: {value}") from None
    raise ValueError(f"not a number: {value!r}")
