"""How parameters become arguments: `param-format` for all of them, `param-template` for single ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.scenario.call_templates import Template, parse_template, place_within, split_words

__all__ = ["ParameterRule", "ParameterRules", "parse_parameter_format", "parse_parameter_rules"]

_PLACEHOLDERS = ("name", "value")
_EVERY = "*"
_RULE = re.compile(r"(?P<name>[^\s={}]+?)(?:\s*=\s*(?P<value>.*?))?\s*:(?:\s+(?P<words>.*))?")
_PLAIN_NEGATIVE = re.compile(r"-\d+|-\d*\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ParameterRule:
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
class ParameterRules:
    """What the active parameters become; the most special rule decides, then `general`.

    With `joins_dashed` a value that argparse would take for an option is passed as `--name=value`.
    """

    general: Template
    rules: tuple[ParameterRule, ...] = ()
    joins_dashed: bool = False

    @property
    def named(self) -> frozenset[str]:
        """The parameters whose values stand in a template of others, and that have none of their own."""
        within = frozenset(name for rule in self.rules for name in rule.template.parameters)
        return within - {rule.name for rule in self.rules}

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
        rule = self._rule(name, value)
        if rule is None and self.joins_dashed and _looks_like_option(value):
            return [f"--{name}={value}"]
        template = self.general if rule is None else rule.template
        return template.filled({"name": name, "value": value}, settings)

    def _rule(self, name: str, value: str) -> ParameterRule | None:
        by_title = {(rule.name, rule.value): rule for rule in self.rules}
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


def parse_parameter_rules(texts: Sequence[tuple[str, Place]]) -> tuple[ParameterRule, ...]:
    """The rules that `param-template`s give; raises InputError for a malformed or repeated one."""
    rules: dict[str, ParameterRule] = {}
    for text, place in texts:
        rule = _parse_rule(text, place)
        earlier = rules.setdefault(rule.title, rule)
        if earlier is not rule:
            raise InputError(
                f"a second param-template for {rule.title}",
                place=place,
                got=text,
                expected=f"one; the first is at {earlier.place}",
            )
    return tuple(rules.values())


def _parse_rule(text: str, place: Place) -> ParameterRule:
    match = _RULE.fullmatch(text)
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
    return ParameterRule(match["name"], match["value"], template, place)
