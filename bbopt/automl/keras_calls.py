"""Calls as they stand in a grid, `[TensorBoard(log_dir="logs")]`: names with literals, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bbopt.errors import InputError, Place

__all__ = ["KerasCall", "read_calls"]

_EXPECTED = '[TensorBoard(log_dir="logs")], names of keras.callbacks with literals as arguments'


@dataclass(frozen=True, slots=True)
class KerasCall:
    """A name with its arguments."""

    name: str
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


def read_calls(text: Any, place: Place) -> tuple[KerasCall, ...]:
    """The calls in a list of them, or a single one; InputError for anything else."""
    try:
        node = ast.parse(str(text).strip(), mode="eval").body
        return tuple(map(_call, node.elts if isinstance(node, ast.List) else [node]))
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        what = "this is no list of callbacks"
        raise InputError(what, place=place, got=str(text), expected=_EXPECTED) from error


def _call(node: ast.expr) -> KerasCall:
    if not isinstance(node, ast.Call):
        raise TypeError("no call")
    # keras.callbacks.TensorBoard(...) is TensorBoard(...)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if not name or any(keyword.arg is None for keyword in node.keywords):
        raise TypeError("no name")
    return KerasCall(
        name,
        tuple(map(ast.literal_eval, node.args)),
        {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords},
    )
