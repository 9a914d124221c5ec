"""Numbers as arguments of programs that know nothing of Java."""

from __future__ import annotations

__all__ = ["plain_number"]


def plain_number(number: float) -> str:
    """`5` rather than `5.0`, for programs that want an integer, else the shortest decimal."""
    return str(int(number)) if number.is_integer() else repr(number)
