"""Parameters that stand for arguments: their lines of a parameter file, and how their values are passed."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bbopt.init.arguments import Argument, Kind
from bbopt.init.commands import escaped
from bbopt.init.ranges import Range, number_range

__all__ = [
    "NewName",
    "Tuned",
    "is_finite",
    "list_of_numbers",
    "number_in",
    "of_alternatives",
    "of_number",
    "of_pair",
    "of_switch",
    "of_values",
]

_NOT_IN_A_VALUE = re.compile(r"[\s,{}\[\]|#=&<>!'\"\\]+|[^\x21-\x7e\u00a1-\uffff]+")
_MOST_OF_A_LIST = 4
_MOST_CHOICES = 50
_GUESSED = "guessed"

NewName = Callable[[Argument], str]
"""Makes a name that no other parameter has."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A parameter: its line of a parameter file, and lines of the scenario that say how it is passed.

    `words` are those that stand for it in the command, at the level `level`, where it needs a place there.
    """

    name: str
    line: str
    note: str
    options: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    level: int = 0


def is_finite(default: Any) -> bool:
    """Whether a range can be put around it, as far as it is a number."""
    return not isinstance(default, float) or math.isfinite(default)


def number_in(default: Any) -> float | None:
    """The default as a number, None where it is none."""
    is_number = isinstance(default, int | float) and not isinstance(default, bool)
    return float(default) if is_number and math.isfinite(default) else None


def of_number(name: str, argument: Argument, found: Range, template: str | None = None) -> Tuned:
    """A number with this range, passed by the template, or else as its flag asks."""
    whole = argument.kind is Kind.INTEGER
    default = _text(found.default, whole)
    if found.values:
        values = ", ".join(map(str, found.values))
        line = f"{name} ordinal {{{values}}} [{default}]"
    else:
        domain = f"[{_text(found.low, whole)}, {_text(found.high, whole)}]"
        line = f"{name} {argument.kind.value} {domain} [{default}] {found.scale}".rstrip()
    note = "its own bounds" if found.exact else f"range {_GUESSED}"
    if argument.default is None:
        note += f"; default {_GUESSED}, too"
    options = _plain_template(name, argument) if template is None else (template,)
    return Tuned(name, line, note, options)


def _text(number: float, whole: bool) -> str:
    if whole or (number == int(number) and abs(number) < 1e6):
        return str(round(number))
    return re.sub(r"e([+-])0*", r"e\1", repr(number))


def _plain_template(name: str, argument: Argument) -> tuple[str, ...]:
    """How a value is passed, where that is not by --name value."""
    if not argument.flags or (argument.flag == f"--{name}" and argument.joint == " "):
        return ()
    value = f"{argument.joint}{{value}}"
    return (f"param-template = {name}: {_quoted(argument.flag)}{value}",)


def _quoted(text: str) -> str:
    """A word of a template that stands for itself."""
    return shlex.quote(escaped(text))


def list_of_numbers(argument: Argument, new_name: NewName) -> list[Tuned]:
    """A parameter for each number of the default; the first one's words have them all."""
    defaults = argument.default if isinstance(argument.default, list | tuple) else ()
    numbers = [number_in(each) for each in defaults]
    fits = not isinstance(argument.nargs, int) or len(numbers) == argument.nargs
    if not 1 <= len(numbers) <= _MOST_OF_A_LIST or None in numbers or not fits or not argument.flags:
        return []
    name = new_name(argument)
    one = argument.name.rstrip("s")
    ranges = [
        number_range(replace(argument, name=f"{one}{place}", flags=()), number)
        for place, number in enumerate(numbers, 1)
    ]
    if any(found is None for found in ranges):
        return []
    names = [f"{name}.{place}" for place in range(1, len(numbers) + 1)]
    values = " ".join(f"{{param:{each}}}" for each in names)
    first = f"param-template = {names[0]}: {_quoted(argument.flag)} {values}"
    pairs = [(each, found) for each, found in zip(names, ranges, strict=True) if found is not None]
    made = [of_number(each, argument, found, "") for each, found in pairs]
    return [replace(one, options=(first,) if place == 0 else ()) for place, one in enumerate(made)]


# --- one of some values


@dataclass(frozen=True, slots=True)
class _Value:
    """A value: its name in the parameter file, and the words that pass it, None for `--name value`."""

    name: str
    words: str | None = None


def of_values(argument: Argument, new_name: NewName) -> list[Tuned]:
    """One of the words that it takes; none where they can't be told apart."""
    is_truth = argument.kind is Kind.TRUTH
    texts = list(argument.words) if is_truth else list(argument.choices)
    if not 2 <= len(texts) + (argument.default is None) <= _MOST_CHOICES or not texts:
        return []
    name = new_name(argument)
    values = [_value(text, argument, name) for text in texts]
    if is_truth:
        values = [replace(one, name=one.name if texts[1] else word) for one, word in
                  zip(values, ("true", "false"), strict=True)]  # fmt: skip
    default = _default_value(argument, texts, values)
    if default is None and argument.required:
        default = values[0].name
    if default is None:
        unset = next(word for word in ("none", "unset", "left-out") if word not in {v.name for v in values})
        values, default = [_Value(unset, ""), *values], unset
    if len({value.name for value in values}) < len(values):
        return []
    return [_of_named_values(name, argument, values, default)]


def _of_named_values(name: str, argument: Argument, values: list[_Value], default: str) -> Tuned:
    in_order = argument.kind is Kind.NUMBER_CHOICE and all(value.words is None for value in values)
    listed = sorted((value.name for value in values), key=float) if in_order else [v.name for v in values]
    line = f"{name} {'ordinal' if in_order else 'categorical'} {{{', '.join(listed)}}} [{default}]"
    special = [f"param-template = {name}={v.name}:{_after(v.words)}" for v in values if v.words is not None]
    note = "true or false" if argument.kind is Kind.TRUTH else "its own choices"
    return Tuned(name, line, note, (*_plain_template(name, argument), *special))


def _after(words: str | None) -> str:
    return f" {words}" if words else ""


def _value(text: str, argument: Argument, name: str) -> _Value:
    """The text as a value, or by another name where a parameter file can't hold it."""
    held = _NOT_IN_A_VALUE.sub("_", text).strip("_:") or "empty"
    if held == text:
        return _Value(text)
    joint = "=" if argument.flag.startswith("--") else " "
    words = f"{_quoted(argument.flag)}{joint}{_quoted(text) if text or joint == ' ' else ''}"
    return _Value(held, words)


def _default_value(argument: Argument, texts: list[str], values: list[_Value]) -> str | None:
    default = argument.default
    if argument.kind is Kind.TRUTH:
        return None if default is None else values[0 if default else 1].name
    return next((one.name for text, one in zip(texts, values, strict=True) if text == str(default)), None)


def of_pair(argument: Argument, name: str) -> Tuned:
    """A switch with a flag for its opposite, and a value for neither where that is the default."""
    default = argument.default
    values = ["true", "false"] if default is not None else ["none", "true", "false"]
    chosen = "none" if default is None else str(bool(default)).lower()
    line = f"{name} categorical {{{', '.join(values)}}} [{chosen}]"
    off = (*(flag for flag in argument.off_flags if flag.startswith("--")), *argument.off_flags)[0]
    options = [f"param-template = {name}=none:"] if default is None else []
    if (argument.flag, off) == (f"--{name}", f"--no-{name}"):
        options.append(f"flag-style = {name}: BooleanOptionalAction")
    else:
        pairs = (("true", argument.flag), ("false", off))
        options += [f"param-template = {name}={word}: {_quoted(flag)}" for word, flag in pairs]
    return Tuned(name, line, "true or false", tuple(options))


# --- switches


def of_switch(argument: Argument, name: str) -> Tuned:
    """A flag that is there or not."""
    options: tuple[str, ...] = (f"flag-style = {name}: store_true",)
    if argument.flag != f"--{name}":
        pairs = ((f"{name}=true", f" {_quoted(argument.flag)}"), (f"{name}=false", ""))
        options = tuple(f"param-template = {title}:{words}" for title, words in pairs)
    return Tuned(name, f"{name} categorical {{true, false}} [false]", "a switch: given or not", options)


def of_alternatives(group: Sequence[Argument], new_name: NewName) -> Tuned:
    """Flags that set one thing to several values, or that exclude each other."""
    names = {one.name for one in group}
    is_truth = len(names) == 1 and {repr(one.const) for one in group} == {"True", "False"} and len(group) == 2
    named = [(one.flag.lstrip("-") if not is_truth else str(one.const).lower(), one.flag) for one in group]
    title = replace(group[0], flags=(f"--{group[0].name}",)) if len(names) == 1 else group[0]
    joined = replace(title, flags=("--" + "-or-".join(word for word, _ in named[:3]),))
    name = new_name(title if len(names) == 1 else joined)
    default = next(
        (word for (word, _), one in zip(named, group, strict=True) if one.const == one.default), None
    )
    must = any(one.exclusive_required for one in group)
    if len(names) > 1:
        default = named[0][0] if must else None
    values = [word for word, _ in named]
    if default is None:
        default = named[0][0] if must else "none"
    values = values if default in values else ["none", *values]
    line = f"{name} categorical {{{', '.join(values)}}} [{default}]"
    if is_truth and [flag for _, flag in named] in (
        [f"--{name}", f"--no-{name}"],
        [f"--no-{name}", f"--{name}"],
    ):
        return Tuned(name, line, "true or false", (f"flag-style = {name}: BooleanOptionalAction",))
    options = [f"param-template = {name}={word}: {_quoted(flag)}" for word, flag in named]
    options += [f"param-template = {name}=none:"] * ("none" in values)
    return Tuned(name, line, "one of several switches", tuple(options))
