"""What to read from the output and the exit code of a program that prints no result line."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.scenario.call_templates import place_within
from bbopt.scenario.metric_lines import metric_line

__all__ = [
    "QUALITY",
    "RESERVED",
    "ResultPattern",
    "ResultPatterns",
    "compile_pattern",
    "parse_exit_codes",
    "parse_patterns",
    "refuse_number_without_group",
    "refuse_quotes",
]

STATUS_WORDS = ("SAT", "UNSAT", "SUCCESS", "TIMEOUT", "CRASHED", "ABORT")
"""Each of them is the name of a pattern, or of a group, whose match gives the run this status."""

QUALITY = "quality"
"""The metric that is optimised where none has another name."""

_NUMBERS = frozenset({QUALITY, "runtime"})
_VALUES = ("status", QUALITY, "runtime", "additional")
RESERVED = _MEANINGS = (*_VALUES, *STATUS_WORDS)
"""What the names of patterns mean."""

_OPTION = "result-pattern"
_NEGATED_QUALITY = f"-{QUALITY}"
_NAMED = re.compile(r"(?P<meaning>-?\w+)\s*:\s+(?P<regex>.+)")
_BEGINS_WITH_TEXT = re.compile(r"\^?[A-Za-z]{2}")
_EXIT_CODE = re.compile(r"\s*(?P<code>[0-9]{1,3})\s*:\s*(?P<status>\w+)\s*")
_LARGEST_EXIT_CODE = 255


@dataclass(frozen=True, slots=True)
class ResultPattern:
    """A regular expression to search each line of the output for.

    `meaning` says what its first group stands for, or all of the match if it has none; None when named
    groups say that.  `is_negated`: the number found is to be maximised.
    """

    regex: str
    meaning: str | None = None
    is_negated: bool = False

    @property
    def meanings(self) -> frozenset[str]:
        """What a match tells."""
        return frozenset(re.compile(self.regex).groupindex if self.meaning is None else (self.meaning,))

    @property
    def metric_line(self) -> str | None:
        """What finds the lines that lack the number to be found, where that can be told."""
        numbers = self.meanings & _NUMBERS
        return metric_line(self.regex, frozenset({""}) if self.meaning else numbers) if numbers else None


@dataclass(frozen=True, slots=True)
class ResultPatterns:
    """Patterns, and the statuses that exit codes stand for; none of both: a result line is expected."""

    patterns: tuple[ResultPattern, ...] = ()
    exit_codes: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns or self.exit_codes)

    @property
    def meanings(self) -> frozenset[str]:
        """What the patterns can tell."""
        return frozenset(meaning for pattern in self.patterns for meaning in pattern.meanings)

    @property
    def tell_how_runs_end(self) -> bool:
        """Whether a status can be derived from them at all."""
        return bool(self.exit_codes) or bool(self.meanings & {*STATUS_WORDS, "status", "quality", "runtime"})


def parse_patterns(texts: Sequence[tuple[str, Place]]) -> tuple[ResultPattern, ...]:
    """The patterns that `result-pattern`s give; raises InputError for one that can't be used."""
    return tuple(_parse_pattern(text, place) for text, place in texts)


def _parse_pattern(text: str, place: Place) -> ResultPattern:
    r"""`quality: cost (\S+)`, or `cost (?P<quality>\S+)`."""
    refuse_quotes(_OPTION, text, text, place)
    named = _NAMED.fullmatch(text)
    if named is not None and named["meaning"] in (*_MEANINGS, _NEGATED_QUALITY):
        regex = named["regex"]
        refuse_quotes(_OPTION, regex, text, place)
        here = place_within(place, named.start("regex"))
        if not compile_pattern(_OPTION, regex, text, here).groupindex:
            meaning = named["meaning"].removeprefix("-")
            if meaning in _NUMBERS:
                refuse_number_without_group(_OPTION, meaning, regex, text, place)
            return ResultPattern(regex, meaning, is_negated=named["meaning"] == _NEGATED_QUALITY)
    groups = compile_pattern(_OPTION, text, text, place).groupindex
    for group in groups:
        if group not in _MEANINGS:
            raise _unknown("a group of result-pattern has an unknown name", group, text, place)
    if groups:
        return ResultPattern(text)
    if named is not None:
        unknown = _unknown("result-pattern has an unknown name", named["meaning"], text, place)
        near = f"{unknown.remedy} Else, " if unknown.remedy else ""
        name = named["meaning"].removeprefix("-")
        raise InputError(
            unknown.what,
            place=place,
            got=text,
            expected=unknown.expected,
            remedy=f"{near}if this is text of the output, write metric = {name} instead, "
            "with maximize = true where larger is better",
        )
    raise InputError(
        "result-pattern does not say what it finds",
        place=place,
        got=text,
        expected=r"NAME: regular expression, or named groups such as (?P<quality>\S+)",
        remedy=f"{_named_quality(text)}; the names are {', '.join(_MEANINGS)}",
    )


def _named_quality(regex: str) -> str:
    return f"write quality: {regex}, with maximize = true where larger is better"


def refuse_quotes(option: str, part: str, text: str, place: Place) -> None:
    """Raise InputError for quotes around `part`, which would be looked for in the output."""
    if len(part) > 1 and part[0] == part[-1] and part[0] in "'\"":
        raise InputError(
            f"the quotes around {option} belong to the regular expression",
            place=place,
            got=text,
            remedy=f"leave them out, or write [{part[0]}] for a quote that is printed",
        )


def refuse_number_without_group(option: str, name: str, regex: str, text: str, place: Place) -> None:
    """Raise InputError where all that matches is the number, and words are none."""
    is_text = _BEGINS_WITH_TEXT.match(regex) and "|" not in regex
    if is_text and not re.compile(regex).groups:
        raise InputError(
            f"{option} has no group for the {name}",
            place=place,
            got=text,
            expected="parentheses around what matches the number",
            remedy=rf"write {text} (\S+)",
        )


def compile_pattern(option: str, regex: str, text: str, place: Place) -> re.Pattern[str]:
    """The regular expression in the option's text; InputError where it is none."""
    try:
        with warnings.catch_warnings():  # of patterns that a later Python may read in another way
            warnings.simplefilter("ignore")
            return re.compile(regex)
    except (re.error, RecursionError, OverflowError) as error:
        position = getattr(error, "pos", None) or 0
        raise InputError(
            f"{option} is not a regular expression",
            place=place_within(place, position),
            got=text,
            expected="a regular expression in Python's syntax",
            remedy=str(error),
        ) from error


def _unknown(what: str, name: str, text: str, place: Place) -> InputError:
    near = nearest(name.upper(), STATUS_WORDS, limit=1) or nearest(name.lower(), _VALUES, limit=1)
    return InputError(
        f"{what}: {name}",
        place=place,
        got=text,
        expected=f"one of {', '.join(_MEANINGS)}",
        remedy=did_you_mean(near),
    )


def parse_exit_codes(text: str, place: Place) -> tuple[tuple[int, str], ...]:
    """The pairs of `10:SAT, 20:UNSAT`; raises InputError."""
    codes: dict[int, str] = {}
    offset = 0
    for item in text.split(","):
        here = place_within(place, offset + len(item) - len(item.lstrip()))
        match = _EXIT_CODE.fullmatch(item)
        if match is None or int(match["code"]) > _LARGEST_EXIT_CODE:
            raise InputError(
                "result-exit-codes can't be read",
                place=here,
                got=repr(item.strip()),
                expected="an exit code from 0 to 255, a colon and a status: 10:SAT, 20:UNSAT",
            )
        code, status = int(match["code"]), match["status"].upper()
        if status not in STATUS_WORDS:
            raise InputError(
                f"unknown status {match['status']}",
                place=here,
                expected=f"one of {', '.join(STATUS_WORDS)}",
                remedy=did_you_mean(nearest(status, STATUS_WORDS, limit=1)),
            )
        if codes.setdefault(code, status) != status:
            raise InputError(f"exit code {code} has two meanings", place=here, got=text)
        offset += len(item) + 1
    return tuple(codes.items())
