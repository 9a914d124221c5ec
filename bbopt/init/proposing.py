"""From the arguments of a program to what a search varies, and how it is passed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bbopt.init.arguments import Argument, Kind, Level, Program
from bbopt.init.parameters import (
    Tuned,
    is_finite,
    list_of_numbers,
    number_in,
    of_alternatives,
    of_number,
    of_pair,
    of_switch,
    of_values,
)
from bbopt.init.ranges import number_range
from bbopt.init.roles import BUDGET, SEED, reason_to_keep

__all__ = ["Kept", "Proposal", "Tuned", "propose"]

_NOT_IN_A_NAME = re.compile(r"[^\w.+/@%-]+")


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
    drafts.names.update(one.name for one in made)
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
    """Why it can't be searched; "" where it can."""
    if not argument.flags and not argument.required:
        return "it may be left out"
    if argument.kind.is_number and argument.default is None and not argument.required:
        return "the program itself chooses it where it is left out"
    if made:
        return ""
    if not is_finite(argument.default):
        return "its default is no finite number"
    return {
        Kind.TEXT: "a text",
        Kind.COUNT: "it counts how often it is given",
        Kind.APPEND: "it may be given several times",
        Kind.OTHER: "its action is the program's own",
    }.get(argument.kind, "a list" if argument.is_list else "there is nothing to choose")


def _parameters(argument: Argument, drafts: _Drafts, level: Level) -> list[Tuned]:
    """The parameters that stand for the argument; none where it has no form that can be searched."""
    new_name = partial(drafts.name, level=level)
    match argument.kind:
        case Kind.REAL | Kind.INTEGER if not is_finite(argument.default):
            return []
        case Kind.REAL | Kind.INTEGER if argument.is_list:
            return list_of_numbers(argument, new_name)
        case Kind.REAL | Kind.INTEGER:
            found = number_range(argument, number_in(argument.default))
            return [] if found is None else [of_number(drafts.name(argument, level), argument, found)]
        case Kind.CHOICE | Kind.NUMBER_CHOICE | Kind.TRUTH if not argument.is_list:
            return of_values(argument, new_name)
        case Kind.PAIR:
            return [of_pair(argument, drafts.name(argument, level))]
        case _:
            return []


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
        made = of_switch(one, drafts.name(one, level))
    else:
        reason = reasons[0] if len(reasons) == len(group) else ""
        made = of_alternatives(group, partial(drafts.name, level=level))
    if not reason and not is_last:
        reason = _stands_before(level)
    if reason:
        drafts.names.discard(made.name)
        drafts.kept += [Kept(one, reason, (made,)) for one in group]
    else:
        drafts.tuned.append(made)
