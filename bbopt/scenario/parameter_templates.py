"""How parameters become arguments: `param-format` for all of them, `param-template` for single ones.

`flag-style` is for those that are switches of an argparse script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.scenario.call_templates import Template, parse_template, place_within, split_words
from bbopt.space.declarations import ON_AND_OFF

__all__ = [
    "FlagStyle",
    "ParameterTemplate",
    "ParameterTemplates",
    "parse_flag_styles",
    "parse_parameter_format",
    "parse_parameter_templates",
]

_PLACEHOLDERS = ("name", "value")
_EVERY = "*"
_FORM = re.compile(r"(?P<name>[^\s={}]+?)(?:\s*=\s*(?P<value>.*?))?\s*:(?:\s+(?P<words>.*))?")
_IS_ON = {word: word == on for on, off in ON_AND_OFF for word in (on, off)}
_ALWAYS_A_SWITCH = ("true", "false")
_FLAG_STYLES = {
    "value": None,
    "switch": "",
    "pair": "--no-",
    "store_true": "",
    "BooleanOptionalAction": "--no-",
}
"""What stands before the name of a switch that is off: None for a style without switches, "" for no words."""
_PLAIN_NEGATIVE = re.compile(r"-\d+|-\d*\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ParameterTemplate:
    """One `param-template`: the words for the parameter `name`, or only where it has this `value`.

    The name `*` means every parameter.
    """

    name: str
    value: str | None
    template: Template
    place: Place

    @property
    def is_for_one(self) -> bool:
        """Whether it is about one parameter rather than all."""
        return self.name != _EVERY

    @property
    def title(self) -> str:
        """What it is about, as the user wrote it."""
        return self.name if self.value is None else f"{self.name}={self.value}"


@dataclass(frozen=True, slots=True)
class FlagStyle:
    """One `flag-style`: how the switch `name` is passed; the name `*` means all that are true or false."""

    name: str
    style: str
    place: Place

    @property
    def is_for_one(self) -> bool:
        """Whether it is about one parameter rather than all."""
        return self.name != _EVERY

    def words(self, name: str, value: str) -> list[str] | None:
        """The arguments; None where the value is to be passed like any other."""
        word, before_off = value.lower(), _FLAG_STYLES[self.style]
        if before_off is None or word not in (_IS_ON if self.is_for_one else _ALWAYS_A_SWITCH):
            return None
        if _IS_ON[word]:
            return [f"--{name}"]
        return [before_off + name] if before_off else []


@dataclass(frozen=True, slots=True)
class ParameterTemplates:
    """What the active parameters become; the most special decides, then `flags`, then `general`.

    With `joins_dashed` a value that argparse would take for an option is passed as `--name=value`.
    """

    general: Template
    special: tuple[ParameterTemplate, ...] = ()
    joins_dashed: bool = False
    flags: tuple[FlagStyle, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """The parameters whose values stand in a template of others, and that have none of their own."""
        within = frozenset(name for one in self.special for name in one.template.parameters)
        return within - {one.name for one in self.special}

    def words(self, settings: Mapping[str, str], without: frozenset[str] = frozenset()) -> list[str]:
        """The arguments for the active parameters `settings`, except those `without`."""
        left_out = without | self.named
        return [
            word
            for name, value in settings.items()
            if name not in left_out
            for word in self._words_of_one(name, value, settings)
        ]

    def _words_of_one(self, name: str, value: str, settings: Mapping[str, str]) -> list[str]:
        one = self._template_of(name, value)
        flag = self._flag_words(name, value) if one is None or not one.is_for_one else None
        if flag is not None:
            return flag
        if one is None and self.joins_dashed and _looks_like_option(value):
            return [f"--{name}={value}"]
        template = self.general if one is None else one.template
        return template.filled({"name": name, "value": value}, settings)

    def _flag_words(self, name: str, value: str) -> list[str] | None:
        by_name = {one.name: one for one in self.flags}
        style = by_name.get(name) or by_name.get(_EVERY)
        return None if style is None else style.words(name, value)

    def _template_of(self, name: str, value: str) -> ParameterTemplate | None:
        by_title = {(one.name, one.value): one for one in self.special}
        titles = ((name, value), (name, None), (_EVERY, value), (_EVERY, None))
        return next((by_title[title] for title in titles if title in by_title), None)


def _looks_like_option(value: str) -> bool:
    """Whether argparse takes it for an option; plain negative numbers it does not: -1e-05 it does."""
    return value.startswith("-") and not _PLAIN_NEGATIVE.fullmatch(value)


def parse_parameter_format(text: str, place: Place) -> Template:
    """The template of `param-format`, such as `-{name}={value}`; raises InputError."""
    template = parse_template(split_words(text, place), _PLACEHOLDERS, text, place)
    missing = [f"{{{name}}}" for name in _PLACEHOLDERS if name not in template.names]
    if missing or template.parameters:
        what = (
            f"lacks {' and '.join(missing)}"
            if missing
            else "is the same for all parameters: it can't name one"
        )
        raise InputError(
            f"param-format {what}",
            place=place,
            got=text,
            expected="a form with both, such as -{name}={value}",
        )
    return template


def parse_parameter_templates(texts: Sequence[tuple[str, Place]]) -> tuple[ParameterTemplate, ...]:
    """What the `param-template`s give; raises InputError for a malformed or repeated one."""
    found: dict[str, ParameterTemplate] = {}
    for text, place in texts:
        one = _parse_one(text, place)
        earlier = found.setdefault(one.title, one)
        if earlier is not one:
            raise _second(f"param-template for {one.title}", text, place, earlier.place)
    return tuple(found.values())


def parse_flag_styles(texts: Sequence[tuple[str, Place]]) -> tuple[FlagStyle, ...]:
    """What the `flag-style`s give, `STYLE` or `NAME: STYLE`; raises InputError for what is none."""
    found: dict[str, FlagStyle] = {}
    for text, place in texts:
        name, _, style = (part.strip() for part in text.rpartition(":"))
        if style not in _FLAG_STYLES:
            raise InputError(
                "flag-style can't be read",
                place=place,
                got=text,
                expected=f"one of {', '.join(_FLAG_STYLES)}, or NAME: STYLE for one parameter",
            )
        one = FlagStyle(name or _EVERY, style, place)
        earlier = found.setdefault(one.name, one)
        if earlier is not one and earlier.style != style:
            whom = f"parameter {one.name}" if one.is_for_one else "all parameters"
            raise _second(f"flag-style for {whom}", text, place, earlier.place)
    return tuple(found.values())


def _second(what: str, text: str, place: Place, first: Place) -> InputError:
    return InputError(f"a second {what}", place=place, got=text, expected=f"one; the first is at {first}")


def _parse_one(text: str, place: Place) -> ParameterTemplate:
    match = _FORM.fullmatch(text)
    if match is None:
        raise InputError(
            "param-template can't be read",
            place=place,
            got=text,
            expected="NAME: words, or NAME=VALUE: words (NAME may be * for every parameter)",
        )
    words = match["words"] or ""
    words_place = place_within(place, match.start("words")) if words else place
    template = parse_template(split_words(words, words_place), _PLACEHOLDERS, words, words_place)
    return ParameterTemplate(match["name"], match["value"], template, place)
