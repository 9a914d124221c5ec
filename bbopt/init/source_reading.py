"""What the text of a Python script says, without running it: its libraries, arguments, and what it prints."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbopt.errors import InputError, Place
from bbopt.init.arguments import Argument, Kind, Level, Program, Source
from bbopt.text_files import read_text

__all__ = ["CAUGHT", "OTHERS", "SourceFiles", "arguments_in", "printed_texts", "read_source"]

CAUGHT = frozenset(
    {"argparse", "click", "typer", "configargparse", "simple_parsing", "tap", "transformers", "trl"}
    | {"jsonargparse", "rich_click", "cloup", "pytorch_lightning", "lightning"}
)
"""Libraries whose parsers are caught: they build on argparse or click."""

OTHERS = frozenset(
    {"fire", "absl", "docopt", "optparse", "getopt", "tyro", "plac", "defopt", "cyclopts", "tensorflow"}
)
"""Libraries that can be asked for their help text."""

_MOST_FILES = 200
_VALUE = "0.5"
_PRINTING = {
    "print",
    "info",
    "debug",
    "warning",
    "log",
    "echo",
    "secho",
    "write",
    "set_postfix",
    "set_description",
}
_PRINTING |= {"set_postfix_str", "rprint", "success"}
_FIELD = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[diouxXeEfFgGrsa]|\{[^{}]*\}")
_ARGPARSE_ACTIONS = {"store_true": True, "store_false": False}
_TYPES = {
    "float": Kind.REAL,
    "int": Kind.INTEGER,
    "FLOAT": Kind.REAL,
    "INT": Kind.INTEGER,
    "bool": Kind.TRUTH,
}


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """A script and the files of its own folder that it imports, as trees; the script comes first."""

    trees: tuple[ast.Module, ...]
    imported: frozenset[str]
    takes_argv: bool

    @property
    def caught(self) -> bool:
        """Whether it has a parser that can be caught."""
        return bool(self.imported & CAUGHT)


def read_source(path: Path, folders: Sequence[Path]) -> SourceFiles:
    """The script at `path`, and what it imports from `folders`.

    Raises InputError when it can't be read, or is no Python.
    """
    text = read_text(path, "script")
    try:
        first = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise InputError(
            "the script is no Python that this version understands",
            place=Place(path, line),
            got=str(error.args[0]),
            expected="a Python script",
            remedy="for other programs: bbopt init ./PROGRAM --from-help",
        ) from error
    trees, imported = [first], set[str]()
    seen, left = {path.resolve()}, [(first, path)]
    while left and len(seen) < _MOST_FILES:
        tree, file = left.pop(0)
        for name in _imports(tree, file, folders):
            imported.add(name.partition(".")[0])
            for found in _files_of(name, folders):
                if found.resolve() in seen:
                    continue
                seen.add(found.resolve())
                try:
                    module = ast.parse(found.read_bytes())
                except (OSError, SyntaxError, ValueError):
                    continue
                trees.append(module)
                left.append((module, found))
    takes_argv = any(isinstance(n, ast.Attribute) and n.attr == "argv" for t in trees for n in ast.walk(t))
    return SourceFiles(tuple(trees), frozenset(imported), takes_argv)


def _imports(tree: ast.Module, file: Path, folders: Sequence[Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = file.parent.joinpath(*[os.pardir] * (node.level - 1)).resolve()
                home = next((f for f in folders if above.is_relative_to(f.resolve())), None)
                if home is None:
                    continue
                base = ".".join(filter(None, [*above.relative_to(home.resolve()).parts, base]))
            if base:
                yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _files_of(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    parts = name.split(".")
    for folder in folders:
        for found in (folder.joinpath(*parts).with_suffix(".py"), folder.joinpath(*parts, "__init__.py")):
            if found.is_file():
                yield found


# --- arguments


def arguments_in(source: SourceFiles) -> Program | None:
    """The arguments that calls of `add_argument`, or click's decorators, name; None where there are none."""
    found: dict[tuple[str, ...], Argument] = {}
    library = "argparse"
    for tree in source.trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "add_argument":
                one = _of_argparse(node)
            elif node.func.attr == "option" and _is_click(node.func):
                one, library = _of_click(node), "click"
            else:
                continue
            if one is not None:
                found.setdefault(one.flags or (one.name,), one)
    if not found:
        return None
    return Program(library, Source.TEXT, (Level("", None, tuple(found.values())),))


def _is_click(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id in {"click", "rich_click", "cloup"}


def _of_argparse(call: ast.Call) -> Argument | None:
    names, named = _names_and_keywords(call)
    if not names:
        return None
    flags = tuple(name for name in names if name.startswith("-"))
    long = next((flag for flag in flags if flag.startswith("--")), names[0])
    dest = _literal(named.get("dest")) or long.lstrip("-").replace("-", "_")
    one = {"name": str(dest), "flags": flags, "default": _literal(named.get("default")), "help": ""}
    required = _literal(named.get("required")) is True or not flags
    action = _literal(named.get("action")) or _last_name(named.get("action"))
    if action in _ARGPARSE_ACTIONS:
        const = _ARGPARSE_ACTIONS[str(action)]
        default = one["default"] if "default" in named else not const
        return Argument(**{**one, "default": default}, kind=Kind.CONSTANT, const=const)
    if action == "BooleanOptionalAction":
        off = tuple(f"--no-{flag[2:]}" for flag in flags if flag.startswith("--"))
        return Argument(**one, kind=Kind.PAIR, off_flags=off)
    if action not in {None, "", "store"}:
        return Argument(**one, kind=Kind.OTHER)
    return _typed(one, named, required)


def _of_click(call: ast.Call) -> Argument | None:
    names, named = _names_and_keywords(call)
    flags = tuple(name for name in names if name.startswith("-"))
    if not flags:
        return None
    long = next((flag for flag in flags if flag.startswith("--")), flags[0])
    on, _, off = long.partition("/")
    name = next((one for one in names if not one.startswith("-")), on.lstrip("-").replace("-", "_"))
    default = _literal(named.get("default"))
    one = {"name": name, "flags": (on,), "default": default, "help": ""}
    if off:
        return Argument(**{**one, "default": bool(default)}, kind=Kind.PAIR, off_flags=(off.strip(),))
    if _literal(named.get("is_flag")) is True:
        return Argument(**{**one, "default": bool(default)}, kind=Kind.CONSTANT, const=True)
    if "type" not in named and isinstance(default, int | float):
        kind = (
            Kind.TRUTH
            if isinstance(default, bool)
            else Kind.INTEGER
            if isinstance(default, int)
            else Kind.REAL
        )
        return Argument(**one, kind=kind, words=("true", "false") if kind is Kind.TRUTH else ())
    kind_call = named.get("type")
    if isinstance(kind_call, ast.Call) and _last_name(kind_call.func) == "Choice" and kind_call.args:
        named = {**named, "choices": kind_call.args[0]}
    return _typed(one, named, _literal(named.get("required")) is True)


def _typed(one: dict[str, Any], named: dict[str, ast.expr], required: bool) -> Argument:
    choices, nargs = _literal(named.get("choices")), _literal(named.get("nargs"))
    type_name = _last_name(named.get("type"))
    more = {"required": required, "nargs": nargs}
    if isinstance(choices, list | tuple | set) and choices:
        texts = tuple(str(choice) for choice in choices)
        are_numbers = all(type(choice) in {int, float} for choice in choices)
        return Argument(**one, **more, choices=texts, kind=Kind.NUMBER_CHOICE if are_numbers else Kind.CHOICE)
    kind = Kind.TEXT if "choices" in named else _TYPES.get(type_name, Kind.TEXT)
    if re.search(r"(str2?|parse_?|to_?|_)bool|bool_?(flag|ean)", type_name):
        kind = Kind.TRUTH
    words = ("True", "") if type_name == "bool" else ("true", "false") if kind is Kind.TRUTH else ()
    default = one["default"]
    if kind is Kind.REAL and isinstance(default, str):
        try:
            one = {**one, "default": float(default)}
        except ValueError:
            one = {**one, "default": None}
    return Argument(**one, **more, kind=kind, words=words)


def _names_and_keywords(call: ast.Call) -> tuple[list[str], dict[str, ast.expr]]:
    names = [name for arg in call.args if isinstance(name := _literal(arg), str)]
    return names, {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _literal(node: ast.expr | None) -> Any:
    """The value that stands there, None for one that has to be computed."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _last_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


# --- what is printed


def printed_texts(source: SourceFiles) -> list[str]:
    """What calls of `print` and of loggers would print, with a number in the place of each value."""
    found = []
    for tree in source.trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _last_name(node.func) in _PRINTING:
                words = [_shown(arg) for arg in node.args]
                if node.args and "%" in words[0] and len(words) > 1:  # of a logger
                    words = [_FIELD.sub(_VALUE, words[0])]
                words += [f"{key.arg}={_VALUE}" for key in node.keywords if key.arg and _is_postfix(node)]
                found += " ".join(words).splitlines()
    return found


def _is_postfix(call: ast.Call) -> bool:
    return _last_name(call.func) == "set_postfix"


def _shown(node: ast.expr) -> str:  # noqa: PLR0911
    """The text of an expression, as far as it stands there."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(map(_shown, node.values))
        case ast.Dict():
            return " ".join(f"{_shown(key)}: {_VALUE}" for key in node.keys if key is not None)
        case ast.BinOp(left, ast.Mod()):
            return _FIELD.sub(_VALUE, _shown(left)).replace("%%", "%")
        case ast.BinOp(left, ast.Add(), right):
            return _shown(left) + _shown(right)
        case ast.Call(ast.Attribute(value, "format")):
            return _FIELD.sub(_VALUE, _shown(value))
        case ast.Call(ast.Attribute(_, "dumps"), [first, *_]):
            return _shown(first)
        case _:
            return _VALUE
