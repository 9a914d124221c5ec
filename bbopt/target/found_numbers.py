"""The numbers that patterns find in lines of output, whole or not at all."""

from __future__ import annotations

import math
import re

from bbopt.java_numbers import parse_double
from bbopt.target.supervisor.findings import Finding

__all__ = ["UnusableError", "found_number", "missing_number"]

_SHOWN_CHARS = 200
_LOOKED_BACK_CHARS = 40
_PUNCTUATION = ",;:)]}'\""
"""May stand behind a number in a word of a sentence, a dictionary, or JSON."""

_ANY_WORD = r"let the group match the whole word, as (\S+) does"
_NUMBER_ALONE = "let the group match the number alone, and the pattern what stands around it"
_GOES_ON = re.compile(r"(?:[0-9]|\.[0-9]|[eEdD][+-]?[0-9])[\w.+-]*")
_GOES_ON_BEHIND_SEPARATOR = re.compile("[,_\u00a0\u202f][0-9][0-9.,_\u00a0\u202f]*")
_BEGINS_BEFORE = re.compile(r"[\w.+-]*(?:[0-9]\.?|(?<![\w.])\.|[0-9.][eEdD][+-]?)\Z")
_EXPONENT_BEFORE = re.compile(r"[\w.]*[0-9.][eEdD]\Z")
_SIGN_BEFORE = re.compile(r"(?<![\w.)\]-])-\Z")


class UnusableError(ValueError):
    """Something was not found, or is no value of its kind; the message says what, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


def found_number(name: str, finding: Finding, group: str, regex: str) -> float:
    """The finite number that a group of `regex` matched; UnusableError where it is none, or part of one."""
    text = finding.group(group).strip()
    whole = _whole(finding, group, has_sign=re.search(r"-\((?!\?)|-\(\?P<", regex) is not None)
    if whole:
        raise UnusableError(f"the {name} {text} is cut out of {whole} {_place(finding)}", _ANY_WORD)
    try:
        number = parse_double(text.rstrip(_PUNCTUATION).removesuffix("."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        remedy = _NUMBER_ALONE if re.search("[0-9]", text) else ""
        raise UnusableError(f"the {name} {_shown(text)} is not a finite number {_place(finding)}", remedy)
    return number


def missing_number(name: str, finding: Finding, group: str) -> UnusableError:
    """What is wrong where the empty `group` stands in front of what a pattern does not take for a number."""
    has_digits = re.search("[0-9]", finding.text[finding.spans[group][0] :])
    problem = f"the pattern of the {name} matches no number {_place(finding)}"
    return UnusableError(problem, _ANY_WORD if has_digits else "")


def _place(finding: Finding) -> str:
    return f"in the line {_shown(finding.text.strip())}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}...")


def _whole(finding: Finding, group: str, *, has_sign: bool) -> str:
    """The number that the group is only a part of; "" where it is all of it, or nothing like a number.

    A comma or the like goes on with a number only where the pattern does not say what follows: otherwise it
    may separate columns.  `has_sign`: the pattern itself has a minus in front.
    """
    (start, end), line = finding.spans[group], finding.text
    text, head = line[start:end], line[max(0, start - _LOOKED_BACK_CHARS) : start]
    before = behind = ""
    if text[-1:].isdigit() or text.endswith("."):
        match = _GOES_ON.match(line, end)
        if match is None and finding.end == end and text.isdigit():
            match = _GOES_ON_BEHIND_SEPARATOR.match(line, end)
        behind = match[0] if match else ""
    if text[:1].isdigit() or text.startswith("."):
        match = _BEGINS_BEFORE.search(head) or (None if has_sign else _SIGN_BEFORE.search(head))
        before = match[0] if match else ""
    elif text[:1] in {"+", "-"}:
        match = _EXPONENT_BEFORE.search(head)
        before = match[0] if match else ""
    return f"{before}{text}{behind}" if before or behind else ""
