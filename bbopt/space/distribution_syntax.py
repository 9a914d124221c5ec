"""The words behind a number's default: its scale, its distribution and its steps."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from bbopt.errors import did_you_mean, nearest
from bbopt.space.declarations import Normal, Parameter, ParameterKind, Scale, number_text
from bbopt.space.source_text import FaultError, number_at
from bbopt.space.step_grid import StepGrid
from bbopt.space.usual_slips import distribution_meant

__all__ = [
    "OLD_LOG",
    "Distribution",
    "Range",
    "Words",
    "distribution_of",
    "read_words",
    "refuse_off_grid",
    "refuse_too_fine",
]

_FORMS = {
    "log": "log",
    "log_near_one": "log_near_one",
    "normal": "normal(mean, sd)",
    "lognormal": "lognormal(mu, sigma)",
    "step": "step(size)",
}
_N_NUMBERS = {"log": 0, "log_near_one": 0, "normal": 2, "lognormal": 2, "step": 1}
_STEP = "step"

_FARTHEST = 1e6
"""So many standard deviations a mean may be from the range: further out nothing can be calculated."""

_CLEARLY_WIDER = 2
"""So many times the range is a step for which nothing need be calculated."""

_STEP_IN_ROUNDINGS = 8
"""So many times what a number may lose on its way through the unit cube is the least step."""

_WORD = re.compile(r"\s*(?P<name>[^\s(),\[\]]+)(?:\s*\((?P<numbers>[^()]*)\))?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """One of the words; `columns` are its own and those of its numbers."""

    name: str
    text: str
    numbers: tuple[float, ...]
    columns: tuple[int, ...]


Words: TypeAlias = dict[str, Word]
"""By their names, but for the distribution, of which there is at most one: its key is empty."""

OLD_LOG: Words = {"": Word("log", "l", (), (0,))}
"""What the letter l of the old syntax says."""


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of a number, and where they stand as a text in brackets."""

    low: float
    high: float
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """What the words say."""

    scale: Scale = Scale.LINEAR
    normal: Normal | None = None
    grid: StepGrid | None = None


def read_words(text: str, column: int) -> Words:
    """The words in a text that begins at `column`; FaultError for anything else."""
    found: Words = {}
    position = 0
    while text[position:].strip():
        match = _WORD.match(text, position)
        if match is None or match["name"] not in _FORMS:
            raise _unexpected(text[position:], column + position)
        word = _word(match, column)
        key = _STEP if word.name == _STEP else ""
        if key in found:
            raise _twice(found[key], word)
        found[key] = word
        position = match.end()
    return found


def _word(match: re.Match[str], column: int) -> Word:
    name, start = match["name"], column + match.start("name")
    texts = [] if match["numbers"] is None else match["numbers"].split(",")
    if len(texts) != _N_NUMBERS[name]:
        got = match[0].strip()
        raise FaultError(start, f"{name} can't be read", got=got, expected=_FORMS[name])
    numbers, columns = [], [start]
    place = column + match.start("numbers")
    for text in texts:
        numbers.append(number_at(place, text))
        columns.append(place + len(text) - len(text.lstrip()))
        place += len(text) + 1
    if numbers and numbers[-1] <= 0:
        what = "the step is not positive" if name == _STEP else "the standard deviation is not positive"
        raise FaultError(columns[-1], what, got=texts[-1].strip(), expected="a number above 0")
    return Word(name, match[0].strip(), tuple(numbers), tuple(columns))


def _unexpected(text: str, column: int) -> FaultError:
    got = text.strip()
    word = re.split(r"[\s(]", got, maxsplit=1)[0]
    near = nearest(word.lower(), _FORMS)
    meant = distribution_meant(word)
    return FaultError(
        column + len(text) - len(text.lstrip()),
        "unexpected text after the default",
        got=got,
        expected=", ".join(_FORMS.values()) + " or the end of the line",
        remedy=meant or did_you_mean([_FORMS[name] for name in near]),
    )


def _twice(first: Word, second: Word) -> FaultError:
    names = {first.name, second.name}
    if first.name == second.name:
        what, remedy = f"{first.name} is there twice", "keep one of the two"
    else:
        what, remedy = "two distributions at once", "keep one of the two; each may have a step"
    if names == {"log", "normal"}:
        remedy = "lognormal(mu, sigma) is normal in the logarithm: mu and sigma are those of log x"
    got = f"{first.text} {second.text}"
    return FaultError(second.columns[0], what, got=got, expected="one of them", remedy=remedy)


def distribution_of(words: Words, kind: ParameterKind, bounds: Range) -> Distribution:
    """What the words say of a number with these bounds; FaultError where they do not go together."""
    word, step = words.get(""), words.get(_STEP)
    scale, normal = Scale.LINEAR, None
    if word is not None:
        normal = Normal(*word.numbers) if word.numbers else None
        if word.name != "normal":
            scale = Scale.LOG if word.name == "lognormal" else Scale(word.name)
        _check_scale(scale, word, kind, bounds)
        _check_mean(normal, scale, word, bounds)
    grid = None
    if step is not None and not (kind is ParameterKind.INTEGER and step.numbers[0] == 1.0):
        grid = _grid(step, kind, bounds)
    return Distribution(scale, normal, grid)


def _check_scale(scale: Scale, word: Word, kind: ParameterKind, bounds: Range) -> None:
    is_integer = kind is ParameterKind.INTEGER
    if scale is Scale.LOG and (bounds.low - 0.5 if is_integer else bounds.low) <= 0:
        remedy = "leave out the log flag or raise the lower bound"
        if word.name == "lognormal":
            mu, sigma = word.numbers
            least = math.exp(max(min(mu - 3 * sigma, 300.0), -300.0))
            remedy = "mu and sigma are those of log x; normal(mean, sd) is of x itself"
            if least < bounds.high:
                remedy = f"raise the lower bound, to exp(mu - 3 sigma) = {least:.2g} for example; {remedy}"
        raise FaultError(
            bounds.column,
            "a log scale needs a positive range",
            got=bounds.text,
            expected="low >= 1" if is_integer else "low > 0",
            remedy=remedy,
        )
    if scale is not Scale.LOG_NEAR_ONE:
        return
    if is_integer:
        raise FaultError(
            word.columns[0],
            "log_near_one is for real parameters",
            got="integer",
            expected="log, normal(mean, sd), lognormal(mu, sigma) or step(size)",
        )
    if bounds.high >= 1:
        raise FaultError(
            bounds.column,
            "log_near_one needs a range below 1",
            got=bounds.text,
            expected="high < 1",
            remedy="lower the upper bound, to 0.9999 for example: 1 - x is what is searched in the logarithm",
        )


def _check_mean(normal: Normal | None, scale: Scale, word: Word, bounds: Range) -> None:
    if normal is None:
        return
    distance = max(scale.of(bounds.low) - normal.mean, normal.mean - scale.of(bounds.high))
    if distance > _FARTHEST * normal.sd:
        raise FaultError(
            word.columns[1],
            "the distribution is nowhere near the range",
            got=f"{word.text} in {bounds.text}",
            expected="a mean within a million standard deviations of it",
            remedy="mu and sigma are those of log x" if word.name == "lognormal" else None,
        )


def _grid(step: Word, kind: ParameterKind, bounds: Range) -> StepGrid:
    size, column = step.numbers[0], step.columns[1]
    if kind is ParameterKind.INTEGER and not size.is_integer():
        raise FaultError(
            column, "the step of an integer is not a whole number", got=step.text, expected="step(2), say"
        )
    grid = StepGrid.between(bounds.low, bounds.high, size)
    if size > _CLEARLY_WIDER * (bounds.high - bounds.low) or (grid is not None and grid.count < 2):
        raise FaultError(
            column,
            "the step is larger than the range",
            got=step.text,
            expected=f"at most the width of {bounds.text}",
        )
    if grid is None:
        raise _too_fine(step, bounds.text)
    return grid


def refuse_too_fine(words: Words, parameter: Parameter) -> None:
    """FaultError where the steps are lost in rounding on their way through the unit cube."""
    grid = parameter.grid
    if grid is not None and grid.step <= _STEP_IN_ROUNDINGS * parameter.rounding(parameter.high):
        raise _too_fine(words[_STEP], f"[{number_text(parameter.low)}, {number_text(parameter.high)}]")


def _too_fine(step: Word, bounds: str) -> FaultError:
    return FaultError(
        step.columns[1],
        "the step is too fine",
        got=f"{step.text} in {bounds}",
        expected="a step that numbers of the range can tell, of at most 22 decimals",
        remedy="leave out the step, or write bounds and step with fewer digits",
    )


def refuse_off_grid(parameter: Parameter, text: str, column: int) -> None:
    """FaultError where the default, `text` at `column`, is none of the steps."""
    grid, default = parameter.grid, parameter.default
    if grid is None or default == grid.nearest(default):
        return
    near = " or ".join(map(number_text, grid.around(default)))
    raise FaultError(
        column,
        "the default is not one of the steps",
        got=text,
        expected=f"{number_text(parameter.low)} and so many times {number_text(grid.step)}",
        remedy=f"write {near}, or begin the range elsewhere: steps are counted from its lower bound",
    )
