"""Commands of click, and of typer, caught when they are called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from bbopt.init.catcher.reports import Report, place, users_frame
from bbopt.init.catcher.values import described_type, plain

__all__ = ["watch_click"]


def watch_click(report: Report) -> None:
    """Catch the commands of click, and of typer, where this Python has them."""
    caught: list[Any] = []
    for module, names in (("click", ("Command",)), ("typer.core", ("TyperCommand", "TyperGroup"))):
        try:
            library = importlib.import_module(module)
        except Exception:
            continue
        for name in names:
            bases = getattr(library, name, object).__mro__
            cls = next((base for base in bases if "main" in vars(base)), None)
            if cls is not None and cls not in caught:
                caught.append(cls)
                _catch_main(cls, report)


def _catch_main(cls: Any, report: Report) -> None:
    real = cls.main

    def main(self: Any, args: Any = None, *others: Any, **named: Any) -> Any:
        if args is not None and list(args) != sys.argv[1:]:
            return real(self, args, *others, **named)
        try:
            report.finish(_describe_click(self, sys.argv[1:]))
        except Exception as error:
            report.finish({**_nothing("click"), "problem": _message(error)})

    cls.main = main


def _message(error: BaseException) -> str:
    told = getattr(error, "format_message", None)
    return str(told()) if told else f"{type(error).__name__}: {error}"


def _nothing(library: str) -> dict[str, Any]:
    return {
        "library": library,
        "at": place(*users_frame()),
        "others": [],
        "levels": [{"command": "", "at": None, "arguments": []}],
        "problem": "",
        "subcommands": [],
        "python": sys.executable,
    }


def _context_class(command: Any) -> Any:
    """The one that belongs to the command: newer versions of typer have a click of their own."""
    base = next(cls for cls in type(command).__mro__ if cls.__name__ == "Command")
    return sys.modules[base.__module__].Context


def _describe_click(command: Any, words: list[str]) -> dict[str, Any]:
    found, rest, name = _nothing("click"), list(words), ""
    levels: list[dict[str, Any]] = []
    at: int | None = None
    context: Any = None
    while True:
        context = _context_class(command)(command, parent=context, info_name=name or command.name)
        given, left, _ = command.make_parser(context).parse_args(list(rest))
        arguments = [
            _click_argument(param, context, given)
            for param in command.get_params(context)
            if not getattr(param, "is_eager", False)  # those ask for a version, or for completion
        ]
        levels.append({"command": name, "at": at, "arguments": arguments})
        if not hasattr(command, "get_command"):
            break
        names = list(command.list_commands(context))
        if not left:
            found["subcommands"] = names
            break
        sub = command.get_command(context, left[0])
        if sub is None:
            found["problem"], found["subcommands"] = f"No such command '{left[0]}'.", names
            break
        command, name, at, rest = sub, left[0], len(words) - len(left), left[1:]
    found["levels"] = levels
    return found


def _click_argument(param: Any, context: Any, given: dict[str, Any]) -> dict[str, Any]:
    is_option = param.param_type_name == "option"
    value = given.get(param.name)
    one: dict[str, Any] = {
        "name": param.name,
        "flags": list(param.opts) if is_option else [],
        "off_flags": list(param.secondary_opts) if is_option else [],
        "default": plain(_click_default(param, context)),
        "choices": None,
        "low": None,
        "high": None,
        "nargs": None if param.nargs == 1 else "*" if param.nargs < 0 else param.nargs,
        "required": bool(param.required),
        "help": str(getattr(param, "help", None) or ""),
        "const": None,
        "words": None,
        "exclusive": None,
        "exclusive_required": False,
        "given": value is not None and value != () and not _is_unset(value),
    }
    if getattr(param, "count", False):
        return dict(one, kind="count")
    if getattr(param, "multiple", False):
        return dict(one, kind="append")
    if getattr(param, "is_flag", False):
        if one["off_flags"]:
            return dict(one, kind="pair", default=bool(one["default"]))
        const = getattr(param, "flag_value", True)
        is_switch = isinstance(const, bool) or _is_unset(const)
        return dict(one, kind="constant", const=True if is_switch and _is_unset(const) else plain(const),
                    default=bool(one["default"]) if is_switch else one["default"])  # fmt: skip
    descriptor = getattr(param, "type_descriptor", None)
    kind = _click_type(param.type) if descriptor is None else _typer_type(param, descriptor)
    return dict(one, **kind)


def _click_default(param: Any, context: Any) -> Any:
    try:
        value = param.get_default(context, call=True)
    except Exception:
        value = param.default
    return None if _is_unset(value) else value


def _is_unset(value: Any) -> bool:
    return "UNSET" in str(getattr(value, "name", ""))


def _click_type(kind: Any) -> dict[str, Any]:
    import click

    if isinstance(kind, click.Choice):
        texts = [str(getattr(choice, "name", choice)) for choice in kind.choices]
        return {"kind": "choice", "choices": texts}
    if isinstance(kind, click.types.BoolParamType):
        return {"kind": "truth", "words": ["true", "false"]}
    if isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
        low, high = getattr(kind, "min", None), getattr(kind, "max", None)
        is_whole = isinstance(kind, click.types.IntParamType)
        if is_whole:
            low = low + 1 if low is not None and getattr(kind, "min_open", False) else low
            high = high - 1 if high is not None and getattr(kind, "max_open", False) else high
        bounds: dict[str, Any] = {"low": low, "high": high, "exact": True}
        if not is_whole:
            bounds["low_open"] = bool(getattr(kind, "min_open", False))
            bounds["high_open"] = bool(getattr(kind, "max_open", False))
        return {"kind": "integer" if is_whole else "real", **bounds}
    function = getattr(kind, "func", None)
    return described_type(function) if function is not None else {"kind": "text"}


def _typer_type(param: Any, descriptor: Any) -> dict[str, Any]:
    """The same for typer's own options."""
    if getattr(descriptor, "is_choice", False):
        return {"kind": "choice", "choices": [str(plain(choice)) for choice in descriptor.choices]}
    if descriptor.annotation is bool:
        return {"kind": "truth", "words": ["true", "false"]}
    if descriptor.annotation not in {int, float}:
        return {"kind": "text"}
    kind = "integer" if descriptor.annotation is int else "real"
    return {"kind": kind, "low": param.min, "high": param.max, "exact": True}
