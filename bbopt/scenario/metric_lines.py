"""The lines that a pattern is meant for, also where they hold no number."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

__all__ = ["MARKED", "metric_line"]

MARKED = "_"
"""The name of the empty group where the number should begin."""

_TOKEN = re.compile(
    r"\\(?P<escaped>.)"
    r"|(?P<set>\[(?P<negated>\^)?\]?(?:\\.|[^\]\\])*\])"
    r"|\(\?[a-zA-Z]+\)"
    r"|(?P<open>\((?:\?(?:P<(?P<name>\w+)>|P=|[a-zA-Z-]*:|<?[=!]|>|#|\(\w+\)))?)"
    r"|(?P<repeat>[*+?]|\{[0-9,]+\})"
    r"|.",
    re.DOTALL,
)
_OPTIONAL = re.compile(r"[*?]|\{0?,.*")
_VALUE = r"\W*(?:[0-9]|(?i:nan|inf|infinity|none|null|n/a|undefined)\b)"
_Tokens = list[re.Match[str]]


@functools.lru_cache(maxsize=256)
def metric_line(regex: str, names: frozenset[str]) -> str | None:
    """A regular expression for lines that `regex` matches, or would if its groups `names` matched anything.

    The name "" is the first group.  Where a separator stands in front of the number, as in `loss: (...)`,
    anything may stand in its place; behind a mere word, as in `error (...)`, it must be nan, None or such, or
    another number.  None where the groups are nested, or where no text says which lines are meant.
    """
    tokens = list(_TOKEN.finditer(regex))
    if re.compile(regex).flags & re.VERBOSE or any((token["escaped"] or "x").isdigit() for token in tokens):
        return None
    parts = list(_parts_between_numbers(tokens, names))
    if len(parts) < 2 or not any(_is_literal(token) for part in parts for token in part):
        return None
    lead = _without_vague_end(parts[0])
    anything = ".*?" if _ends_with_separator(lead) else f"{_VALUE}.*?"
    found = f"{_text(lead)}(?P<{MARKED}>){anything}{'.*?'.join(_text(part) for part in parts[1:])}"
    try:
        re.compile(found)
    except re.error:
        return None
    return found


def _parts_between_numbers(tokens: _Tokens, names: frozenset[str]) -> Iterator[_Tokens]:
    """What stands around the groups of numbers; nothing for alternatives, which have no common text."""
    parts: list[_Tokens] = [[]]
    depth, n_groups, inside = 0, 0, False
    for token in tokens:
        if depth == 0 and token[0] == "|":
            return
        if token["open"]:
            captures = token[0] == "(" or token["name"] is not None
            n_groups += captures
            if depth == 0 and captures and (token["name"] in names or ("" in names and n_groups == 1)):
                inside = True
                parts.append([])
            depth += 1
        if not inside and not (token["repeat"] and len(parts) > 1 and not parts[-1]):
            parts[-1].append(token)
        if token[0] == ")":
            depth -= 1
            inside = inside and depth > 0
    yield from parts


def _is_literal(token: re.Match[str]) -> bool:
    return len(token[0]) == 1 and token[0].isalnum()


def _without_vague_end(lead: _Tokens) -> _Tokens:
    """Without what may match nothing, or swallow what stands for the number: ` ?`, `\\s*`, `.*`, `\\D+`."""
    kept = list(lead)
    while kept and kept[-1]["repeat"]:
        end = len(kept)
        while end and kept[end - 1]["repeat"]:
            end -= 1
        atom = kept[end - 1] if end else None
        if atom is None or atom[0] == ")" or not (_OPTIONAL.match(kept[end][0]) or _is_wide(atom)):
            break
        del kept[end - 1 :]
    return kept


def _is_wide(atom: re.Match[str]) -> bool:
    return atom[0] == "." or (atom["escaped"] or "x") in "DSWw" or bool(atom["negated"])


def _ends_with_separator(lead: _Tokens) -> bool:
    solid = [
        token for token in lead if not token[0].isspace() and token["escaped"] != "s" and not token["repeat"]
    ]
    if not solid:
        return False
    last = solid[-1]
    is_mark = not (last["escaped"] or last[0])[0].isalnum() and last[0] not in ".^)"
    return is_mark or last["set"] is not None


def _text(tokens: Sequence[re.Match[str]]) -> str:
    return "".join(token[0] for token in tokens)
