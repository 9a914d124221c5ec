"""How parameters become arguments: `param-format` for all of them, `param-template` for single ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.scenario.call_templates import Template, parse_template, place_within, split_words

__all__ = ["ParameterTemplate", "ParameterTemplates", "parse_parameter_format", "parse_parameter_templates"]

_PLACEHOLDERS = ("name", "value")
_EVERY = "*"
_FORM = re.compile(r"(?P<name>[^\s={}]+?)(?:\s*=\s*(?P<value>.*?))?\s*:(?:\s+(?P<words>.*))?")
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
class ParameterTemplates:
    """What the active parameters become; the most special decides, then `general`.

    With `joins_dashed` a value that argparse would take for an option is passed as `--name=value`.
    """

    general: Template
    special: tuple[ParameterTemplate, ...] = ()
    joins_dashed: bool = False

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
        if one is None and self.joins_dashed and _looks_like_option(value):
            return [f"--{name}={value}"]
        template = self.general if one is None else one.template
        return template.filled({"name": name, "value": value}, settings)

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
            raise InputError(
                f"a second param-template for {one.title}",
                place=place,
                got=text,
                expected=f"one; the first is at {earlier.place}",
            )
    return tuple(found.values())


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
