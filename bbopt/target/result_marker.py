"""How a result line starts (light: the supervisor process imports this).

Written once, compiled for text and for the raw output.  Each quantifier is followed by something that it
can't match itself, so that matching takes linear time on any output.
"""

from __future__ import annotations

import re

__all__ = ["LINE_BREAK", "RESULT_IN_OUTPUT", "RESULT_START", "RESULT_WORD", "has_json"]

_BLANK = r"[ \t\x0b\x0c]"
_OF_ALGORITHM_RUN = rf"Result{_BLANK}*of{_BLANK}*(?:this{_BLANK}*)?[Aa]lgorithm{_BLANK}*[Rr]un{_BLANK}*:"
_FOR_CONFIGURATOR = (
    rf"(?:Final{_BLANK}+)?[Rr]esult{_BLANK}+(?:[Ff]or|[Oo]f){_BLANK}+"
    rf"(?:HAL|ParamILS|SMAC|[Tt]his{_BLANK}+[Ww]rapper):"
)
_START = rf"{_BLANK}*(?:{_OF_ALGORITHM_RUN}|{_FOR_CONFIGURATOR})"

LINE_BREAK = r"\r\n|\r|\n"
"""What ends a line: a bare carriage return does too, as for SMAC2 (progress bars print it)."""

RESULT_START = re.compile(_START)
"""Matches at the start of a line that is a result line; the fields follow."""

RESULT_IN_OUTPUT = re.compile(rf"(?:\A|[\r\n])({_START}[^\r\n]*)".encode())
"""Finds the result lines in output that begins at the start of a line."""

RESULT_WORD = b"esult"
"""Stands in every result line; output without it needs no closer look."""


def has_json(line: str) -> bool:
    """Whether a result line is AClib 2's: a JSON object takes the place of the fields."""
    start = RESULT_START.match(line)
    return start is not None and line[start.end() :].lstrip().startswith("{")
