"""Parsers of argparse, caught when they begin to read the command line."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Callable, Iterator
from typing import Any

from bbopt.init.catcher.reports import Report, is_users, place, users_frame
from bbopt.init.catcher.values import described_choices, described_type, plain

__all__ = ["CommandLine", "watch_argparse"]

_PARSING = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}


class CommandLine(list):  # type: ignore[type-arg]
    """`sys.argv`, whose slices are known for what they are."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return CommandLine(found) if isinstance(at, slice) else found


class _UsageError(Exception):
    """What argparse says of arguments that it does not understand."""


def watch_argparse(report: Report) -> None:
    """Have every ArgumentParser report itself when it is made, and when it reads the command line."""
    cls: Any = argparse.ArgumentParser
    real_init, real_known, real_error = cls.__init__, cls.parse_known_args, cls.error
    strict: list[bool] = []

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        real_init(self, *args, **kwargs)
        caller = sys._getframe(1).f_code
        file, line = users_frame()
        is_sub_parser = caller.co_name == "add_parser" and caller.co_filename == argparse.__file__
        parents = list(kwargs.get("parents") or ())
        for parent in parents:
            report.used(parent)
        if file and not is_sub_parser:
            report.parsers.append((self, place(file, line)))

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        if report.is_at_work:
            return real_known(self, args, namespace)
        if not _are_the_users(args, report):
            report.used(self)
            return real_known(self, args, namespace)
        words = [str(word) for word in (sys.argv[1:] if args is None else args)]
        report.is_at_work = True
        found = _describe_argparse(self, words, real_known, report, is_strict=bool(strict))
        report.is_at_work = False
        if strict or not _parses_again(*users_frame()):
            report.finish(found)
        report.note(found)
        report.used(self)
        return real_known(self, args, namespace)

    def strictly(name: str) -> Callable[..., Any]:
        real = getattr(cls, name)

        def parse(self: Any, args: Any = None, namespace: Any = None) -> Any:
            strict.append(True)
            try:
                if "intermixed" in name:
                    parse_known_args(self, args, namespace)
                return real(self, args, namespace)
            finally:
                strict.pop()

        return parse

    def error(self: Any, message: str) -> None:
        if report.is_at_work:
            raise _UsageError(message)
        real_error(self, message)

    for name in _PARSING - {"parse_known_args"}:
        if hasattr(cls, name):
            setattr(cls, name, strictly(name))
    cls.__init__, cls.parse_known_args, cls.error = init, parse_known_args, error


def _are_the_users(args: Any, report: Report) -> bool:
    """Whether what is parsed is the command line, or what another parser has left of it."""
    if args is None or isinstance(args, CommandLine):
        return True
    words, given = sys.argv[1:], list(args)
    rest = iter(words)
    if report.has_earlier:
        return all(word in rest for word in given)
    if not given and _is_of_the_script():
        report.end({"empty": place(*users_frame())})
    return bool(given) and given == words


def _is_of_the_script() -> bool:
    """Whether the user's line that is being executed is the script's own, and no module's."""
    frame: Any = sys._getframe()
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "__main__"


def _parses_again(file: str, line: int) -> bool:
    """Whether the file has another line that parses arguments."""
    try:
        with open(file, encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return False
    lines = {
        (node.lineno, getattr(node, "end_lineno", node.lineno))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PARSING
    }
    return any(not begin <= line <= end for begin, end in lines)


def _describe_argparse(
    parser: Any, words: list[str], parse: Callable[..., Any], report: Report, *, is_strict: bool
) -> dict[str, Any]:
    chosen: list[tuple[str, Any, int]] = []
    given, unknown, problem = _given(parser, words, parse, chosen)
    if is_strict and unknown and not problem:
        problem = f"unrecognized arguments: {' '.join(unknown)}"
    levels: list[dict[str, Any]] = [{"command": "", "at": None, "arguments": _arguments(parser, given)}]
    for name, sub_parser, at in chosen:
        levels.append({"command": name, "at": at, "arguments": _arguments(sub_parser, given)})
    last = chosen[-1][1] if chosen else parser
    subs = [action for action in last._actions if isinstance(action, argparse._SubParsersAction)]
    others = [place for one, place in report.parsers if one is not parser and place]
    return {
        "library": "argparse",
        "at": place(*users_frame()),
        "others": others,
        "levels": levels,
        "problem": problem,
        "subcommands": [str(name) for action in subs for name in action.choices],
        "python": sys.executable,
    }


def _given(
    parser: Any, words: list[str], parse: Callable[..., Any], chosen: list[tuple[str, Any, int]]
) -> tuple[dict[str, bool], list[str], str]:
    """The names that the words set, words that nothing takes, what is wrong; `chosen` gets subparsers."""
    sub: Any = argparse._SubParsersAction
    real_call = sub.__call__

    def call(action: Any, of: Any, namespace: Any, values: Any, option: Any = None) -> None:
        if values and values[0] in action.choices:
            chosen.append((str(values[0]), action.choices[values[0]], len(words) - len(values)))
        real_call(action, of, namespace, values, option)

    restore = []
    for one in _all_parsers(parser):
        restore.append((one, "_defaults", one._defaults))
        one._defaults = {}
        for part in (*one._actions, *one._mutually_exclusive_groups):
            restore.append((part, "required", part.required))
            part.required = False
        for action in one._actions:
            restore.append((action, "default", action.default))
            action.default = argparse.SUPPRESS
    sub.__call__ = call
    try:
        namespace, unknown = parse(parser, list(words), argparse.Namespace())
        return dict.fromkeys(vars(namespace), True), list(map(str, unknown)), ""
    except (_UsageError, SystemExit) as error:
        return {}, [], str(error)
    except Exception as error:  # out of a type or an action of the script
        return {}, [], f"{type(error).__name__}: {error}"
    finally:
        sub.__call__ = real_call
        for part, name, value in reversed(restore):
            setattr(part, name, value)


def _all_parsers(parser: Any) -> Iterator[Any]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            seen = {id(sub): sub for sub in action.choices.values()}
            for sub in seen.values():
                yield from _all_parsers(sub)


def _arguments(parser: Any, given: dict[str, bool]) -> list[dict[str, Any]]:
    skipped = (argparse._HelpAction, argparse._VersionAction, argparse._SubParsersAction)
    groups = {
        id(action): (number, group.required)
        for number, group in enumerate(parser._mutually_exclusive_groups)
        for action in group._group_actions
    }
    found = []
    for action in parser._actions:
        if not isinstance(action, skipped):
            one = _argument(parser, action)
            number, is_required = groups.get(id(action), (None, False))
            one.update(exclusive=number, exclusive_required=is_required, given=action.dest in given)
            found.append(one)
    return found


def _argument(parser: Any, action: Any) -> dict[str, Any]:
    default = _default(parser, action)
    one: dict[str, Any] = {
        "name": action.dest,
        "flags": list(action.option_strings),
        "off_flags": [],
        "default": plain(default),
        "choices": None,
        "low": None,
        "high": None,
        "nargs": action.nargs,
        "required": bool(action.required),
        "help": _help(parser, action),
        "const": plain(action.const),
        "words": None,
    }
    kinds = (
        (argparse._StoreConstAction, "constant"),
        (argparse._CountAction, "count"),
        (argparse._AppendAction, "append"),
        (argparse._AppendConstAction, "append"),
    )
    for cls, kind in kinds:
        if isinstance(action, cls):
            return dict(one, kind=kind)
    if type(action).__name__ == "BooleanOptionalAction":
        off = [flag for flag in one["flags"] if flag.startswith("--no-")]
        on = [flag for flag in one["flags"] if flag not in off]
        return dict(one, kind="pair", flags=on, off_flags=off, nargs=None)
    if action.nargs == 0:
        return dict(one, kind="other")
    function = parser._registry_get("type", action.type, action.type)
    if action.choices is not None:
        return dict(one, **described_choices(action.choices, function, default))
    return dict(one, **described_type(None if action.type is None else function))


def _default(parser: Any, action: Any) -> Any:
    """What the script finds where nothing is given."""
    same = [one.default for one in parser._actions if one.dest == action.dest]
    default = next((one for one in same if one is not argparse.SUPPRESS), argparse.SUPPRESS)
    if default is argparse.SUPPRESS:
        default = parser._defaults.get(action.dest)
    if isinstance(default, str) and isinstance(action, argparse._StoreAction):
        try:
            return parser._get_value(action, default)
        except Exception:
            return default
    return default


def _help(parser: Any, action: Any) -> str:
    if not action.help or action.help is argparse.SUPPRESS:
        return ""
    try:
        return str(parser._get_formatter()._expand_help(action))
    except Exception:
        return str(action.help)
