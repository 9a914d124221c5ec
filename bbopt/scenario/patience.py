"""How long a search goes on without improvement: `stop-after-no-improvement`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["Patience", "read_patience"]

_NAME = "stop-after-no-improvement"
_TEXT = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)\s*", re.IGNORECASE)
_RUNS = frozenset(("", "run", "runs"))
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Patience:
    """So many runs, or seconds by the clock on the wall; None: for ever."""

    runs: int | None = None
    seconds: float | None = None


def read_patience(values: OptionValues) -> Patience:
    """What the option says; InputError for what is neither runs nor a time."""
    text = values.optional_text(_NAME)
    if text is None:
        return Patience()
    match = _TEXT.fullmatch(text)
    unit = match["unit"].lower() if match else "?"
    if match and unit in _RUNS and match["number"].isdecimal() and int(match["number"]) > 0:
        return Patience(runs=int(match["number"]))
    if match and unit in _SECONDS and float(match["number"]) > 0:
        return Patience(seconds=float(match["number"]) * _SECONDS[unit])
    raise InputError(
        f"{_NAME} can't be read",
        place=values.place(_NAME),
        got=text,
        expected="a number of runs, such as 50, or a time: 600 s, 30 min, 2 h, 1 d",
    )
