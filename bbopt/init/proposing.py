"""From the arguments of a program to what a search varies, and how it is passed."""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bbopt.init.arguments import Argument, Kind, Level, Program
from bbopt.init.commands import escaped
from bbopt.init.ranges import Range, number_range
from bbopt.init.roles import BUDGET, SEED, reason_to_keep

__all__ = ["Kept", "Proposal", "Tuned", "propose"]

_NOT_IN_A_NAME = re.compile(r"[^\w.+/@%-]+")
_NOT_IN_A_VALUE = re.compile(r"[\s,{}\[\]|#=&<>!'\"\\]+|[^\x21-\x7e\u00a1-\uffff]+")
_MOST_OF_A_LIST = 4
_MOST_CHOICES = 50
_GUESSED = "guessed"


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


@dataclass(frozen=True, slots=True)
class Kept:
    """An argument that keeps its value; `tuned` is how it would be searched, where that can be said."""

    argument: Argument
    reason: str
    tuned: tuple[Tuned, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to search, and what not.

    seeds: the words that pass a seed, and at which level.  missing: arguments that must be given.
    """

    tuned: tuple[Tuned, ...]
    kept: tuple[Kept, ...]
    seeds: tuple[tuple[int, tuple[str, ...]], ...]
    missing: tuple[Argument, ...]
    param_format: str = ""

    @property
    def budget(self) -> Argument | None:
        """The argument that says how long it trains, if one does."""
        return next((kept.argument for kept in self.kept if kept.reason == BUDGET), None)

    def command(self, before: Sequence[str], given: Sequence[str], program: Program) -> list[str]:
        """The words of the command: the program `before`, the `given` ones, and those that need a place."""
        ends = [level.at for level in program.levels[1:]] + [len(given)]
        words, begin = list(before), 0
        for number, end in enumerate(ends):
            stop = len(given) if end is None else end
            words += given[begin:stop]
            words += [word for one in self.tuned if one.level == number for word in one.words]
            words += [word for level, seed in self.seeds if level == number for word in seed]
            begin = stop
        return words


@dataclass(slots=True)
class _Drafts:
    """What has been decided so far; each name once."""

    tuned: list[Tuned] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    seeds: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    missing: list[Argument] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def name(self, argument: Argument, level: Level) -> str:
        """A name that no other parameter has."""
        bare = argument.flag.lstrip("-+/") or argument.name
        name = _NOT_IN_A_NAME.sub("_", bare).strip("_") or "parameter"
        name = name if name not in self.names else f"{level.command or 'main'}.{name}"
        free = (f"{name}{'' if number == 1 else number}" for number in range(1, 1000))
        found = next(one for one in free if one not in self.names)
        self.names.add(found)
        return found


def propose(program: Program) -> Proposal:
    """What to search of the arguments that are not given."""
    drafts = _Drafts()
    for number, level in enumerate(program.levels):
        is_last = number == len(program.levels) - 1
        for group in _groups(level.arguments):
            _decide(group, level, number, is_last, drafts)
    formats = Counter((_prefix(one), one.joint) for one in program.arguments if one.flags)
    usual = formats.most_common(1)[0][0] if formats else ("--", " ")
    param_format = "" if usual == ("--", " ") else f"{usual[0]}{{name}}{usual[1]}{{value}}"
    tuned = [replace(one, options=_needed(one.options, usual)) for one in drafts.tuned]
    return Proposal(
        tuple(tuned), tuple(drafts.kept), tuple(drafts.seeds), tuple(drafts.missing), param_format
    )


def _prefix(argument: Argument) -> str:
    return argument.flag[: len(argument.flag) - len(argument.flag.lstrip("-+/"))]


def _needed(options: tuple[str, ...], usual: tuple[str, str]) -> tuple[str, ...]:
    """Without those that say what `param-format` says of all."""
    if usual == ("--", " "):
        return options
    form = f"{usual[0]}%s{usual[1]}{{value}}"
    return tuple(
        option
        for option in options
        if option != f"param-template = {(name := _named(option))}: {form % name}"
    )


def _named(option: str) -> str:
    return option.removeprefix("param-template = ").partition(":")[0]


def _groups(arguments: Iterable[Argument]) -> Iterator[list[Argument]]:
    """Arguments that exclude each other, or set the same thing, together."""
    found: dict[object, list[Argument]] = {}
    for one in arguments:
        same = one.name if one.kind is Kind.CONSTANT else id(one)
        found.setdefault(same if one.exclusive is None else ("exclusive", one.exclusive), []).append(one)
    merged: list[list[Argument]] = []
    for group in found.values():  # --foo in a group, and --no-foo outside
        names = {one.name for one in group if one.kind is Kind.CONSTANT}
        other = next(
            (g for g in merged if any(one.kind is Kind.CONSTANT and one.name in names for one in g)), None
        )
        if other is None:
            merged.append(group)
        else:
            other.extend(group)
    return iter(merged)


def _decide(group: list[Argument], level: Level, number: int, is_last: bool, drafts: _Drafts) -> None:
    if any(one.given for one in group):
        others = [one for one in group if not one.given]
        if len(group) > 1:
            drafts.kept += [Kept(one, "another one is given that excludes it") for one in others]
        return
    if all(one.kind is Kind.CONSTANT for one in group):
        _decide_switch(group, level, is_last, drafts)
    elif len(group) == 1:
        _decide_one(group[0], level, number, is_last, drafts)
    else:
        _decide_exclusive(group, level, number, is_last, drafts)


def _decide_exclusive(
    group: list[Argument], level: Level, number: int, is_last: bool, drafts: _Drafts
) -> None:
    """At most one of them can be passed: the first that has a default, or must be there."""
    must = any(one.exclusive_required for one in group)
    numbers = [one for one in group if _makes_a_range(one) and not reason_to_keep(one)]
    chosen = next((one for one in numbers if one.default is not None or must), None)
    if chosen is None and must:
        drafts.missing.append(group[0])
    for one in group:
        if one is chosen:
            _decide_one(replace(one, required=True), level, number, is_last, drafts)
        else:
            drafts.kept.append(Kept(one, "only one of several may be given"))


def _makes_a_range(argument: Argument) -> bool:
    return (
        argument.kind in {Kind.REAL, Kind.INTEGER, Kind.CHOICE, Kind.NUMBER_CHOICE} and not argument.is_list
    )


# --- one argument with values


def _decide_one(argument: Argument, level: Level, number: int, is_last: bool, drafts: _Drafts) -> None:
    reason = reason_to_keep(argument)
    needs = argument.required and argument.default is None
    if reason == SEED and not argument.is_list:
        words = (argument.flag, "{seed}") if argument.flags else ("{seed}",)
        drafts.seeds.append((number, words))
        drafts.kept.append(Kept(argument, f"{SEED}: each run gets one"))
        return
    made = _parameters(argument, drafts, level)
    if needs and (reason or not made):
        drafts.missing.append(argument)
        return
    reason = reason or _reason_of_kind(argument, made)
    if not is_last and not reason and not _can_be_placed(made):
        reason = _stands_before(level)
    if not argument.flags and made and not _can_be_placed(made):
        drafts.missing.append(argument)
        return
    if reason:
        drafts.names -= {one.name for one in made}
        drafts.kept.append(Kept(argument, reason, tuple(made)))
        return
    if not argument.flags or not is_last:
        made = [replace(one, words=_placed(argument, one), options=(), level=number) for one in made]
    drafts.tuned += made


def _can_be_placed(made: Sequence[Tuned]) -> bool:
    """Whether its value as it is can stand among the words of the command."""
    return len(made) == 1 and all(option.count("=") == 1 for option in made[0].options)


def _stands_before(level: Level) -> str:
    where = f"what follows {level.command}" if level.command else "the subcommand"
    return f"it has to stand before {where}"


def _placed(argument: Argument, one: Tuned) -> tuple[str, ...]:
    value = f"{{param:{one.name}}}"
    if not argument.flags:
        return (value,)
    return (f"{argument.flag}={value}",) if argument.flag.startswith("--") else (argument.flag, value)


def _reason_of_kind(argument: Argument, made: Sequence[Tuned]) -> str:
    has_default = argument.default is not None or argument.required or argument.kind is not Kind.REAL
    if argument.kind.is_number and argument.default is None and not argument.required:
        has_default = False
    if not argument.flags and not argument.required:
        return "it may be left out"
    if made and has_default:
        return ""
    if argument.kind.is_number and not has_default:
        return "the program itself chooses it where it is left out"
    return {
        Kind.TEXT: "a text",
        Kind.COUNT: "it counts how often it is given",
        Kind.APPEND: "it may be given several times",
        Kind.OTHER: "its action is the program's own",
    }.get(argument.kind, "a list" if argument.is_list else "there is nothing to choose")


def _parameters(argument: Argument, drafts: _Drafts, level: Level) -> list[Tuned]:
    """The parameters that stand for the argument; none where it has no form that can be searched."""
    match argument.kind:
        case Kind.REAL | Kind.INTEGER if not _is_finite(argument.default):
            return []
        case Kind.REAL | Kind.INTEGER if argument.is_list:
            return _list_of_numbers(argument, drafts, level)
        case Kind.REAL | Kind.INTEGER:
            found = number_range(argument, _number(argument.default))
            return [] if found is None else [_of_number(drafts.name(argument, level), argument, found)]
        case Kind.CHOICE | Kind.NUMBER_CHOICE | Kind.TRUTH if not argument.is_list:
            return _of_values(argument, drafts, level)
        case Kind.PAIR:
            return [_of_pair(argument, drafts.name(argument, level))]
        case _:
            return []


def _is_finite(default: Any) -> bool:
    return not isinstance(default, float) or math.isfinite(default)


def _number(default: Any) -> float | None:
    is_number = isinstance(default, int | float) and not isinstance(default, bool)
    return float(default) if is_number and math.isfinite(default) else None


def _of_number(name: str, argument: Argument, found: Range, template: str | None = None) -> Tuned:
    whole = argument.kind is Kind.INTEGER
    default = _text(found.default, whole)
    if found.values:
        values = ", ".join(map(str, found.values))
        line = f"{name} ordinal {{{values}}} [{default}]"
    else:
        domain = f"[{_text(found.low, whole)}, {_text(found.high, whole)}]"
        line = f"{name} {argument.kind.value} {domain} [{default}] {found.scale}".rstrip()
    note = "the program's own bounds" if found.exact else f"range {_GUESSED}"
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


def _list_of_numbers(argument: Argument, drafts: _Drafts, level: Level) -> list[Tuned]:
    """A parameter for each number of the default; the first one's words have them all."""
    defaults = argument.default if isinstance(argument.default, list | tuple) else ()
    numbers = [_number(each) for each in defaults]
    fits = not isinstance(argument.nargs, int) or len(numbers) == argument.nargs
    if not 1 <= len(numbers) <= _MOST_OF_A_LIST or None in numbers or not fits or not argument.flags:
        return []
    name = drafts.name(argument, level)
    one = argument.name.rstrip("s")
    ranges = [
        number_range(replace(argument, name=f"{one}{place}", flags=()), number)
        for place, number in enumerate(numbers, 1)
    ]
    if any(found is None for found in ranges):
        return []
    names = [f"{name}.{place}" for place in range(1, len(numbers) + 1)]
    drafts.names.update(names)
    values = " ".join(f"{{param:{each}}}" for each in names)
    first = f"param-template = {names[0]}: {_quoted(argument.flag)} {values}"
    pairs = [(each, found) for each, found in zip(names, ranges, strict=True) if found is not None]
    made = [_of_number(each, argument, found, "") for each, found in pairs]
    return [replace(one, options=(first,) if place == 0 else ()) for place, one in enumerate(made)]


# --- one of some values


@dataclass(frozen=True, slots=True)
class _Value:
    """A value: its name in the parameter file, and the words that pass it, None for `--name value`."""

    name: str
    words: str | None = None


def _of_values(argument: Argument, drafts: _Drafts, level: Level) -> list[Tuned]:
    is_truth = argument.kind is Kind.TRUTH
    texts = list(argument.words) if is_truth else list(argument.choices)
    if not 2 <= len(texts) + (argument.default is None) <= _MOST_CHOICES or not texts:
        return []
    name = drafts.name(argument, level)
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
    note = "true or false" if argument.kind is Kind.TRUTH else "the program's own choices"
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


def _of_pair(argument: Argument, name: str) -> Tuned:
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


def _decide_switch(group: list[Argument], level: Level, is_last: bool, drafts: _Drafts) -> None:
    """Flags without values: one that is there or not, or several of which one is."""
    reasons = [reason for one in group if (reason := reason_to_keep(one))]
    if len(group) == 1:
        one = group[0]
        reason = reasons[0] if reasons else ""
        if one.default == one.const:
            drafts.kept.append(Kept(one, "it changes nothing: its default is what it sets"))
            return
        made = _of_switch(one, drafts.name(one, level))
    else:
        reason = reasons[0] if len(reasons) == len(group) else ""
        made = _of_alternatives(group, drafts, level)
    if not reason and not is_last:
        reason = _stands_before(level)
    if reason:
        drafts.names.discard(made.name)
        drafts.kept += [Kept(one, reason, (made,)) for one in group]
    else:
        drafts.tuned.append(made)


def _of_switch(argument: Argument, name: str) -> Tuned:
    options: tuple[str, ...] = (f"flag-style = {name}: store_true",)
    if argument.flag != f"--{name}":
        pairs = ((f"{name}=true", f" {_quoted(argument.flag)}"), (f"{name}=false", ""))
        options = tuple(f"param-template = {title}:{words}" for title, words in pairs)
    return Tuned(name, f"{name} categorical {{true, false}} [false]", "a switch: given or not", options)


def _of_alternatives(group: list[Argument], drafts: _Drafts, level: Level) -> Tuned:
    """Flags that set one thing to several values, or that exclude each other."""
    names = {one.name for one in group}
    is_truth = len(names) == 1 and {repr(one.const) for one in group} == {"True", "False"} and len(group) == 2
    named = [(one.flag.lstrip("-") if not is_truth else str(one.const).lower(), one.flag) for one in group]
    title = replace(group[0], flags=(f"--{group[0].name}",)) if len(names) == 1 else group[0]
    joined = replace(title, flags=("--" + "-or-".join(word for word, _ in named[:3]),))
    name = drafts.name(title if len(names) == 1 else joined, level)
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
    return Tuned(name, line, "one switch of several, or none", tuple(options))
