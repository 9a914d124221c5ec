"""Cutting the text of a growing `live-rundata` file into its JSON values, in linear time.

Every run object of SMAC v2 and bbopt starts with its field `r-rc`, no run nests another, and quotes inside
JSON strings are escaped; so the start of a run can be told without parsing, and whatever does not parse costs
nothing but itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bbopt.stores.folder.java_json import JsonValue

__all__ = ["Piece", "first_value", "pieces"]

_RUN_START = re.compile(r'\{\s*"r-rc"\s*:')
_BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch `[start, end)` of a text: a run object with its `value`, or something else (`problem`)."""

    start: int
    end: int
    value: JsonValue = None
    problem: str = ""


def first_value(text: str) -> Piece | None:
    """The JSON array at the start of `text`, blanks behind it included; None when it may still be growing."""
    start = _after_blanks(text, 0)
    run_start = _RUN_START.search(text)
    limit = run_start.start() if run_start else len(text)
    if start < limit and text[start] == "[":
        parsed = _parse(text[:limit], start)
        if parsed is not None:
            return Piece(start, _after_blanks(text, parsed[1]), parsed[0])
    if run_start is None and (start == len(text) or text[start] == "["):
        return None
    return Piece(0, limit, problem="the file does not start with a list of instances")


def pieces(text: str, begin: int = 0) -> Iterator[Piece]:
    """The runs in `text` from `begin` on and what stands between them, in order.

    What may be the beginning of a run that is still being written, at the end of `text`, is left out.
    """
    position = _after_blanks(text, begin)
    starts = [match.start() for match in _RUN_START.finditer(text, begin)]
    for start, limit in zip(starts, [*starts, len(text)][1:], strict=True):
        if position < start:
            yield Piece(position, start, problem="this is no run")
        parsed = _parse(text[start:limit], 0)
        if parsed is not None:
            position = _after_blanks(text, start + parsed[1])
            yield Piece(start, position, parsed[0])
        elif limit < len(text):
            position = limit
            yield Piece(start, limit, problem="this run is cut short or damaged")
        else:
            return


def _parse(text: str, start: int) -> tuple[JsonValue, int] | None:
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def _after_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
