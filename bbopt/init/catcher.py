"""Run by the user's own Python: starts a script, and catches its parser when it is about to read the arguments.

    python -B catcher.py FOLDER file|module TARGET ARGUMENT ...

What the parser knows is written to FOLDER/caught.json, and the process ends before the script does anything
with it; where it never gets there, the reason is.  Files that the script writes on its way are made in FOLDER,
and what it would remove or make elsewhere stays as it is: so much is promised for Python's own functions.

It imports nothing of bbopt, because that Python may lack it, and is written for Python 3.7.
"""

from __future__ import annotations

import sys

_HERE = __file__.rpartition("/")[0]
sys.path[:] = [entry for entry in sys.path if entry != _HERE]

import argparse  # noqa: E402
import ast  # noqa: E402
import errno  # noqa: E402
import io  # noqa: E402
import itertools  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import shutil  # noqa: E402
import sysconfig  # noqa: E402
import traceback  # noqa: E402
from typing import Any, Callable, Iterator  # noqa: E402, UP035

__all__ = ["main"]

_PARSING = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}
_PROBES = (-1, 0, 1e-06, 0.5, 1, 2, 10, 100, 1000)
"""Numbers that the function behind a type is tried with."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MOST_CHOICES = 200
_PACKAGES = {"site-packages", "dist-packages"}
_LIBRARIES = tuple(
    os.path.realpath(path)
    for path in {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if path
)


def main() -> None:
    """Start the script that the command line names."""
    folder, form, target, *arguments = sys.argv[1:]
    report = _Report(folder)
    _watch_argparse(report)
    _watch_click(report)
    _pretend_to_write(folder)
    sys.argv = _CommandLine([target, *arguments])
    try:
        if form == "module":
            sys.path.insert(0, os.getcwd())
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, os.path.dirname(os.path.realpath(target)))
            runpy.run_path(target, run_name="__main__")
    except SystemExit as error:
        report.end({"exit": None if error.code is None else str(error.code)})
    except BaseException as error:
        traceback.print_exc()
        report.end(_failure(error))
    report.end({})


class _CommandLine(list):  # type: ignore[type-arg]
    """`sys.argv`, whose slices are known for what they are."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _CommandLine(found) if isinstance(at, slice) else found


class _Report:
    """What goes to the file; `parsers` are those made by the user's own files."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "caught.json")
        self._earlier: list[dict[str, Any]] = []
        self.parsers: list[tuple[Any, str]] = []
        self.is_at_work = False

    @property
    def has_earlier(self) -> bool:
        return bool(self._earlier)

    def used(self, parser: Any) -> None:
        """A parser that has read something else is none that was forgotten."""
        self.parsers[:] = [known for known in self.parsers if known[0] is not parser]

    def note(self, found: dict[str, Any]) -> None:
        """Keep what a parser says behind which another one may come."""
        self._earlier.append(found)
        self._write(self._merged(found))

    def finish(self, found: dict[str, Any]) -> None:
        """Write it, with what earlier parsers have said, and end the process."""
        self._write(self._merged(found))
        _leave()

    def end(self, how: dict[str, Any]) -> None:
        """The script is at its end, and was not caught."""
        if not self._earlier:
            self._write({"ended": how})
        _leave()

    def _merged(self, found: dict[str, Any]) -> dict[str, Any]:
        levels = [dict(level) for level in found["levels"]]
        known = {flag for level in levels for one in level["arguments"] for flag in one["flags"]}
        for earlier in self._earlier:
            for one in earlier["levels"][0]["arguments"]:
                if one["flags"] and not known.intersection(one["flags"]):
                    levels[0]["arguments"] = [*levels[0]["arguments"], one]
                    known.update(one["flags"])
        return dict(found, levels=levels)

    def _write(self, content: dict[str, Any]) -> None:
        self.is_at_work = True
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        self.is_at_work = False


def _leave() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _failure(error: BaseException) -> dict[str, Any]:
    places = [
        "%s:%s" % (os.path.relpath(frame.filename), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_users(frame.filename)
    ]
    missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
    at = places[-1] if places else ""
    return {"error": type(error).__name__, "message": str(error), "at": at, "missing": missing}


def _is_users(path: str) -> bool:
    """Whether a file is neither a library's nor this one."""
    whole = os.path.realpath(path)
    if not os.path.isfile(path) or whole == os.path.realpath(__file__):
        return False
    return not whole.startswith(_LIBRARIES) and not set(whole.split(os.sep)) & _PACKAGES


def _users_frame() -> tuple[str, int]:
    """The file and line of the user's that is being executed; "" where none is."""
    frame: Any = sys._getframe()
    while frame is not None:
        if _is_users(frame.f_code.co_filename):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "", 0


def _place(file: str, line: int) -> str:
    return "%s:%d" % (os.path.relpath(file), line) if file else ""


# --- argparse ------------------------------------------------------------------------------------------------


class _UsageError(Exception):
    """What argparse says of arguments that it does not understand."""


def _watch_argparse(report: _Report) -> None:
    cls: Any = argparse.ArgumentParser
    real_init, real_known, real_error = cls.__init__, cls.parse_known_args, cls.error
    strict: list[bool] = []

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        real_init(self, *args, **kwargs)
        caller = sys._getframe(1).f_code
        file, line = _users_frame()
        is_sub_parser = caller.co_name == "add_parser" and caller.co_filename == argparse.__file__
        parents = list(kwargs.get("parents") or ())
        for parent in parents:
            report.used(parent)
        if file and not is_sub_parser:
            report.parsers.append((self, _place(file, line)))

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        if report.is_at_work:
            return real_known(self, args, namespace)
        if not _are_the_users(args, report):
            report.used(self)
            return real_known(self, args, namespace)
        words = [str(word) for word in (sys.argv[1:] if args is None else args)]
        report.is_at_work = True
        found = _describe_argparse(self, words, real_known, report)
        report.is_at_work = False
        if strict or not _parses_again(*_users_frame()):
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


def _are_the_users(args: Any, report: _Report) -> bool:
    """Whether what is parsed is the command line, or what another parser has left of it."""
    if args is None or isinstance(args, _CommandLine):
        return True
    words, given = sys.argv[1:], list(args)
    rest = iter(words)
    if report.has_earlier:
        return all(word in rest for word in given)
    if not given and _is_of_the_script():
        report.end({"empty": _place(*_users_frame())})
    return bool(given) and given == words


def _is_of_the_script() -> bool:
    """Whether the user's line that is being executed is the script's own, and no module's."""
    frame: Any = sys._getframe()
    while frame is not None and not _is_users(frame.f_code.co_filename):
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
    parser: Any, words: list[str], parse: Callable[..., Any], report: _Report
) -> dict[str, Any]:
    chosen: list[tuple[str, Any, int]] = []
    given, problem = _given(parser, words, parse, chosen)
    levels = [{"command": "", "at": None, "arguments": _arguments(parser, given)}]
    for name, sub_parser, at in chosen:
        levels.append({"command": name, "at": at, "arguments": _arguments(sub_parser, given)})
    last = chosen[-1][1] if chosen else parser
    subs = [action for action in last._actions if isinstance(action, argparse._SubParsersAction)]
    others = [place for one, place in report.parsers if one is not parser and place]
    return {
        "library": "argparse",
        "at": _place(*_users_frame()),
        "others": others,
        "levels": levels,
        "problem": problem,
        "subcommands": [str(name) for action in subs for name in action.choices],
        "python": sys.executable,
    }


def _given(
    parser: Any, words: list[str], parse: Callable[..., Any], chosen: list[tuple[str, Any, int]]
) -> tuple[dict[str, bool], str]:
    """The names that the words set, and what is wrong with the words; the subparsers that they choose."""
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
        namespace = parse(parser, list(words), argparse.Namespace())[0]
        return dict.fromkeys(vars(namespace), True), ""
    except (_UsageError, SystemExit) as error:
        return {}, str(error)
    except Exception as error:  # out of a type or an action of the script
        return {}, "%s: %s" % (type(error).__name__, error)
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
        "default": _plain(default),
        "choices": None,
        "low": None,
        "high": None,
        "nargs": action.nargs,
        "required": bool(action.required),
        "help": _help(parser, action),
        "const": _plain(action.const),
        "words": None,
    }
    if isinstance(action, argparse._StoreConstAction):
        return dict(one, kind="constant")
    if type(action).__name__ == "BooleanOptionalAction":
        off = [flag for flag in one["flags"] if flag.startswith("--no-")]
        on = [flag for flag in one["flags"] if flag not in off]
        return dict(one, kind="pair", flags=on, off_flags=off, nargs=None)
    if isinstance(action, argparse._CountAction):
        return dict(one, kind="count")
    if isinstance(action, (argparse._AppendAction, argparse._AppendConstAction)):
        return dict(one, kind="append")
    if action.nargs == 0:
        return dict(one, kind="other")
    function = parser._registry_get("type", action.type, action.type)
    if action.choices is not None:
        return dict(one, **_choices(action.choices, function, default))
    return dict(one, **_typed(None if action.type is None else function))


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


def _choices(choices: Any, function: Callable[[str], Any], default: Any) -> dict[str, Any]:
    """The texts that stand for the choices, and what type they have."""
    if isinstance(choices, range) and choices.step == 1 and function is int and len(choices) > 1:
        return {"kind": "integer", "low": choices[0], "high": choices[-1], "exact": True}
    texts: dict[str, Any] = {}
    for choice in itertools.islice(choices, _MOST_CHOICES):
        for text in _texts(choice):
            try:
                value = function(text)
            except Exception:
                continue
            if value == choice:
                texts[text] = choice
                break
    mine = [text for text, choice in texts.items() if choice == default]
    are_numbers = texts and all(type(choice) in {int, float} for choice in texts.values())
    kind = "number_choice" if are_numbers else "choice"
    return {"kind": kind, "choices": list(texts), "default": mine[0] if mine else _plain(default)}


def _texts(choice: Any) -> Iterator[str]:
    yield str(choice)
    for name in ("value", "name"):
        if isinstance(getattr(choice, name, None), (str, int, float)):
            yield str(getattr(choice, name))


def _typed(function: Callable[[str], Any] | None) -> dict[str, Any]:
    """What the function behind `type` makes of texts."""
    plain = {None: "text", str: "text", float: "real", int: "integer"}
    if function in plain:
        return {"kind": plain[function]}
    if function is bool:
        return {"kind": "truth", "words": ["True", ""]}
    assert function is not None
    for words in (["true", "false"], ["True", "False"], ["yes", "no"], ["1", "0"]):
        if [_tried(function, word) for word in words] == [True, False]:
            if isinstance(_tried(function, words[0]), bool) and not _is_number(_tried(function, "3")):
                return {"kind": "truth", "words": words}
    if not isinstance(_tried(function, "neither-of-them"), _Refused):
        return {"kind": "text"}
    numbers = [(probe, _tried(function, str(probe))) for probe in _PROBES]
    taken = [(probe, value) for probe, value in numbers if _is_number(value)]
    if not taken:
        return {"kind": "text"}
    is_whole = all(float(value).is_integer() for _, value in taken)
    refused = [probe for probe, value in numbers if not _is_number(value)]
    if is_whole:
        refused = [probe for probe in refused if float(probe).is_integer()]
    return {"kind": "integer" if is_whole else "real", **_limits([probe for probe, _ in taken], refused)}


def _limits(taken: list[float], refused: list[float]) -> dict[str, Any]:
    """Numbers that bound what is taken, where something beyond them was refused."""
    below = [probe for probe in refused if probe < min(taken)]
    above = [probe for probe in refused if probe > max(taken)]
    return {"low": min(taken) if below else None, "high": max(taken) if above else None}


class _Refused:
    """What an error stands for."""


def _tried(function: Callable[[str], Any], text: str) -> Any:
    try:
        return function(text)
    except (Exception, SystemExit):
        return _Refused()


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, str, _Refused)) or value is None:
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return not hasattr(value, "__len__")


def _plain(value: Any) -> Any:
    """The value as JSON has it; what JSON lacks as an object with its text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return getattr(value, "value", value)  # of an enumeration, too
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if _is_number(value):
        return float(value)
    of_enumeration = getattr(value, "value", None)
    if isinstance(of_enumeration, (bool, int, float, str)):
        return of_enumeration
    return {"text": str(value)}


# --- click ---------------------------------------------------------------------------------------------------


def _watch_click(report: _Report) -> None:
    """Catch the commands of click, and of typer, where this Python has them."""
    try:
        import click
    except ImportError:
        return
    _catch_main(next(cls for cls in click.Command.__mro__ if "main" in vars(cls)), report)
    try:
        import typer.core
    except Exception:
        return
    for name in ("TyperCommand", "TyperGroup"):
        cls = getattr(typer.core, name, None)
        if cls is not None and "main" in vars(cls):
            _catch_main(cls, report)


def _catch_main(cls: Any, report: _Report) -> None:
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
    return str(told()) if told else "%s: %s" % (type(error).__name__, error)


def _nothing(library: str) -> dict[str, Any]:
    place = _place(*_users_frame())
    return {
        "library": library,
        "at": place,
        "others": [],
        "levels": [{"command": "", "at": None, "arguments": []}],
        "problem": "",
        "subcommands": [],
        "python": sys.executable,
    }


def _describe_click(command: Any, words: list[str]) -> dict[str, Any]:
    import click

    found, levels, name, at, rest = _nothing("click"), [], "", None, list(words)
    context: Any = None
    while True:
        context = click.Context(command, parent=context, info_name=name or command.name)
        given, left, _ = command.make_parser(context).parse_args(list(rest))
        arguments = [
            _click_argument(param, context, given)
            for param in command.get_params(context)
            if param.expose_value or not getattr(param, "is_eager", False)
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
            found["problem"], found["subcommands"] = "No such command '%s'." % left[0], names
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
        "default": _plain(_click_default(param, context)),
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
        const = param.flag_value
        is_switch = isinstance(const, bool) or _is_unset(const)
        return dict(one, kind="constant", const=True if is_switch and _is_unset(const) else _plain(const),
                    default=bool(one["default"]) if is_switch else one["default"])  # fmt: skip
    return dict(one, **_click_type(param.type, one["default"]))


def _click_default(param: Any, context: Any) -> Any:
    try:
        value = param.get_default(context, call=True)
    except Exception:
        value = param.default
    return None if _is_unset(value) else value


def _is_unset(value: Any) -> bool:
    return "UNSET" in str(getattr(value, "name", ""))


def _click_type(kind: Any, default: Any) -> dict[str, Any]:
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
    return _typed(function) if function is not None else {"kind": "text"}


# --- files ---------------------------------------------------------------------------------------------------


def _pretend_to_write(folder: str) -> None:
    """Let files that are written be made in `folder`, and nothing else be made, moved or removed."""
    home, numbers = os.path.realpath(folder) + os.sep, itertools.count()
    stand_ins: dict[str, str] = {}
    real_open = io.open

    def whole(path: Any) -> str:
        return os.path.realpath(os.fsdecode(path))

    def is_elsewhere(path: Any) -> bool:
        return not isinstance(path, int) and not whole(path).startswith((home, "/dev/", "/proc/"))

    def open_pretended(file: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
        if isinstance(file, int) or not is_elsewhere(file):
            return real_open(file, mode, *args, **named)
        path = whole(file)
        if set(mode) & set("wax+") and path not in stand_ins:
            if "x" in mode and os.path.exists(path):
                return real_open(file, mode, *args, **named)
            stand_in = home + "written-%d" % next(numbers)
            if os.path.isfile(path) and "w" not in mode:
                shutil.copyfile(path, stand_in)
            stand_ins[path] = stand_in
        return real_open(stand_ins.get(path, file), mode, *args, **named)

    def without_effect(real: Callable[..., Any], *, unless_there: bool) -> Callable[..., Any]:
        def pretend(path: Any, *args: Any, **named: Any) -> Any:
            paths = [path, *(arg for arg in args[:1] if isinstance(arg, (str, bytes, os.PathLike)))]
            is_by_folder = any(named.get(name) is not None for name in ("dir_fd", "src_dir_fd"))
            if is_by_folder or not any(is_elsewhere(each) for each in paths):
                return real(path, *args, **named)
            if unless_there and os.path.lexists(path):
                return real(path, *args, **named)
            return None

        return pretend

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        """What goes round these functions."""
        if event == "open" and isinstance(args[2], int) and args[2] & _WRITES:
            if args[0] is not None and is_elsewhere(args[0]):
                raise OSError(
                    errno.EROFS, "this is only a look at the arguments: nothing is written", args[0]
                )

    open_everywhere: Any = open_pretended
    io.open = open_everywhere
    __builtins__.open = open_everywhere  # type: ignore[attr-defined]
    for name in ("mkdir", "remove", "unlink", "rmdir", "rename", "replace", "symlink", "link"):
        setattr(os, name, without_effect(getattr(os, name), unless_there=name == "mkdir"))
    for name in ("rmtree", "move", "copy", "copy2", "copyfile", "copytree"):
        if name in {"rmtree", "move"}:
            setattr(shutil, name, without_effect(getattr(shutil, name), unless_there=False))
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(refuse)


if __name__ == "__main__":
    main()
