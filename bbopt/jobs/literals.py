"""Values as people write them: Python's literals, `inf` and `nan`, or else the text as it stands."""

from __future__ import annotations

import ast
import math
import warnings

from bbopt.errors import InputError
from bbopt.jobs.values import HELD

__all__ = ["NoLiteralError", "literal", "parsed", "read_value"]

_NAMES = {"inf": math.inf, "nan": math.nan}


class NoLiteralError(ValueError):
    """What is written is no literal."""


def read_value(text: str) -> object:
    """What `text` stands for, without the blanks around it.

    InputError for a literal of a kind that no state may hold, as a set.
    """
    stripped = text.strip()
    node = parsed(stripped)
    try:
        return stripped if node is None else literal(node)
    except (NoLiteralError, RecursionError):
        return stripped


def parsed(text: str) -> ast.expr | None:
    """The Python expression that the whole `text` is, None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on odd backslashes and the like
        try:
            return ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def literal(node: ast.expr) -> object:
    """The value of a literal; NoLiteralError for anything else, InputError for what no state may hold."""
    if isinstance(node, ast.Constant) and node.value is not ...:
        if isinstance(node.value, (bytes, complex)):
            raise _unfit(node)
        return node.value
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = literal(node.operand)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.List):
        return list(map(literal, node.elts))
    if isinstance(node, ast.Tuple):
        return tuple(map(literal, node.elts))
    if isinstance(node, ast.Dict):
        return _dictionary(node)
    if isinstance(node, ast.Set):
        for item in node.elts:
            literal(item)
        raise _unfit(node)
    raise NoLiteralError(ast.unparse(node))


def _dictionary(node: ast.Dict) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:  # **other
            raise NoLiteralError(ast.unparse(node))
        key = literal(key_node)
        if not isinstance(key, str):
            raise InputError("a key of a dictionary is no text", got=repr(key), expected="a text in quotes")
        found[key] = literal(value_node)
    return found


def _unfit(node: ast.expr) -> InputError:
    return InputError(
        "a state can't hold such a value",
        got=ast.unparse(node),
        expected=HELD,
        remedy="write [a,b] for a list, {{a,b}} for choices of several jobs, quotes around a text",
    )
