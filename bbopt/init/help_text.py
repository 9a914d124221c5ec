"""Arguments that a help text tells of, as argparse, click, absl, Fire, MiniSat, GNU and clap write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bbopt.init.arguments import Argument, Kind, Level, Program, Source

__all__ = ["program_in_help"]

_FLAG = r"(?:-{1,2}|\+)(?:\[no-?\])?[A-Za-z0-9][\w.-]*"
_ENTRY = re.compile(
    rf"^\s{{0,12}}(?P<flags>{_FLAG}(?:(?:,\s*|\s*/\s*|\s\|\s|\s+(?=--))(?:{_FLAG})|,?\s+[A-Z_]+,\s+(?={_FLAG})"
    rf"(?:{_FLAG}))*)"
    r"(?P<joint>\s*=\s*|\s+|\[=|:\s+|$)(?P<rest>.*)$"
)
_META = re.compile(
    r"^(?P<meta><[^>]*>|\{[^}]*\}|\[[A-Z_.\s]*\]|\[[\w./+-]+(?:\|[\w./+-]+)+\]|[A-Z][A-Z0-9_]*(?:\s+\.\.\.)?"
    r"|(?i:string|str|text|float|double|number|num|integer|int|uint|bool|value|arg|file|path|path\.\.\.)\b)"
    r"(?:\s|$|\()"
)
_DEFAULT = re.compile(
    r"[\[(]=?(?:default|def\.?)(?:\s+is|\s+value)?\s*[:=]?\s*(?P<one>[^\])]*?)[\])]"
    r"|\b[Dd]efault(?:s to|\s+is|\s+value)?:?\s+(?P<two>\S+?)[.,;]?(?:\s|$)"
    r"|\(=(?P<three>[^)]*)\)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(?P<opens>[\[(])\s*(?P<low>[-+\w.]+?)\s*\.\.\s*(?P<high>[-+\w.]+)\s*(?P<closes>[\])])")
_CLICK_RANGE = re.compile(r"\[?(?P<low>[-+0-9.e]+)<(?P<lo>=?)x<(?P<hi>=?)(?P<high>[-+0-9.e]+)")
_CHOICES = re.compile(
    r"\{([\w./+-]+(?:\s*[,|]\s*[\w./+-]+)+)\}|\[([\w./+-]+(?:\|[\w./+-]+)+)\]"
    r"|(?:possible values|choices|one of|values):?\s*([\w./+-]+(?:\s*[,|]\s*[\w./+-]+)+)",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[+-]?\d+")
_TYPES = (
    (re.compile(r"\b(?:real|float|double|decimal|f32|f64|a number)\b", re.IGNORECASE), Kind.REAL),
    (
        re.compile(r"\b(?:integer|int|int32|int64|uint|count|u32|u64|usize|i32|i64)\b", re.IGNORECASE),
        Kind.INTEGER,
    ),
)
_SKIPPED = {
    "help",
    "h",
    "version",
    "V",
    "helpfull",
    "helpshort",
    "help-verb",
    "install-completion",
    "show-completion",
}


def program_in_help(text: str) -> Program | None:
    """What the text tells; None where it has no arguments."""
    found: dict[str, Argument] = {}
    for flags, joint, body in _entries(text):
        one = _argument(flags, joint, body)
        if one.flag.lstrip("-") not in _SKIPPED:
            found.setdefault(one.flag, one)
    if not found:
        return None
    arguments = _with_negatives(found)
    return Program("", Source.HELP, (Level("", None, tuple(arguments)),))


def _entries(text: str) -> Iterator[tuple[list[str], str, str]]:
    """Flags, what stands behind them, and the whole description of each."""
    current: tuple[list[str], str, list[str]] | None = None
    for line in text.expandtabs(4).splitlines():
        match = _ENTRY.match(line)
        if match is not None:
            if current:
                yield current[0], current[1], " ".join(current[2])
            flags = re.findall(rf"(?<![\w-]){_FLAG}", match["flags"])
            current = (flags, match["joint"], [match["rest"].rstrip()])
        elif current and (line.startswith((" ", "\t")) and line.strip()):
            current[2].append("  " + line.strip())
        elif current:
            yield current[0], current[1], " ".join(current[2])
            current = None
    if current:
        yield current[0], current[1], " ".join(current[2])


def _argument(flags: list[str], joint: str, body: str) -> Argument:
    can_be_off = any("[no" in flag for flag in flags)
    flags = [re.sub(r"\[no-?\]", "", flag) for flag in flags]
    off = tuple(flag for flag in flags if re.match(r"--?no-?", flag) and len(flags) > 1)
    on = tuple(flag for flag in flags if flag not in off) or tuple(flags)
    long = next((flag for flag in on if flag.startswith("--")), on[0])
    name = long.lstrip("-+")
    if can_be_off:
        off = (re.sub(r"^(-+)", r"\1no", long),)
    meta, rest = _split(body, has_equals="=" in joint)
    default = _default(body)
    first: dict[str, Any] = {"name": name, "flags": (long,), "help": rest.strip()}
    if off:
        is_on = default.lower() == name.lower() if _truth(default) is None else _truth(default)
        return Argument(**first, kind=Kind.PAIR, off_flags=off, default=is_on if default else None)
    if not meta and _is_switch(joint, body, default):
        return Argument(**first, kind=Kind.CONSTANT, const=True, default=bool(_truth(default)))
    if not meta and "=" in joint and (truth := _truth(default)) is not None:
        return Argument(**first, kind=Kind.TRUTH, words=("true", "false"), default=truth, joint="=")
    takes = "=" if "=" in joint else " "
    choices = _choices(meta) or _choices(body)
    if choices:
        return Argument(**first, kind=Kind.CHOICE, choices=choices, default=default or None, joint=takes)
    kind = _kind_by_words(f"{meta} {body}", default)
    if kind is Kind.TEXT:
        return Argument(**first, kind=kind, default=default or None, joint=takes)
    number = float(default) if _is_number(default) else None
    value = int(number) if kind is Kind.INTEGER and number is not None else number
    required = "[required]" in body
    return Argument(**first, kind=kind, default=value, joint=takes, required=required, **_bounds(body, kind))


def _is_switch(joint: str, body: str, default: str) -> bool:
    """Whether nothing is said of a value."""
    if _is_number(default) or (default and _truth(default) is None) or "=" in joint:
        return False
    described = body.split("  ", maxsplit=1)[0]
    return _kind_by_words(described, "") is Kind.TEXT and not (":" in joint and not _truth(default))


def _split(body: str, *, has_equals: bool) -> tuple[str, str]:
    """The word that stands for the value, and the description."""
    if has_equals:
        meta, _, rest = body.partition(" ")
        if meta.startswith("<") and ">" not in meta:
            meta, _, rest = body.partition(">")
        return meta, rest
    match = _META.match(body)
    if match is None:
        return "", body
    return match["meta"], body[match.end("meta") :]


def _default(body: str) -> str:
    match = _DEFAULT.search(body)
    if match is None:
        return ""
    text = next((group for group in match.groups() if group), "")
    return text.split(";")[0].strip().strip("'\"").rstrip(".") if text else ""


def _truth(default: str) -> bool | None:
    return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(
        default.lower()
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.lower().lstrip("+-") not in {"nan", "inf", "infinity"}


def _choices(text: str) -> tuple[str, ...]:
    match = _CHOICES.search(text)
    if match is None:
        return ()
    found = next(group for group in match.groups() if group)
    return tuple(dict.fromkeys(re.split(r"\s*[,|]\s*", found)))


def _kind_by_words(text: str, default: str) -> Kind:
    for pattern, kind in _TYPES:
        if pattern.search(text):
            return kind
    if _is_number(default):
        return Kind.INTEGER if _WHOLE.fullmatch(default) else Kind.REAL
    return Kind.TEXT


def _bounds(body: str, kind: Kind) -> dict[str, Any]:
    """The range that the text tells; exact where both bounds are usable numbers."""
    match = _RANGE.search(body) or _CLICK_RANGE.search(body)
    if match is None:
        return {}
    low, high = (float(match[name]) if _is_number(match[name]) else None for name in ("low", "high"))
    huge = kind is Kind.INTEGER and high is not None and high >= 2**31 - 1
    high = None if huge else high
    if "opens" in match.re.groupindex:
        is_open = (match["opens"] == "(", match["closes"] == ")")
    else:
        is_open = (not match["lo"], not match["hi"])
    exact = low is not None and high is not None
    return {"low": low, "high": high, "exact": exact, "low_open": is_open[0], "high_open": is_open[1]}


def _with_negatives(found: dict[str, Argument]) -> Iterator[Argument]:
    """Switches `--x` and `--no-x` that stand apart, as one."""
    offs = {f"{flag[:2]}no-{flag[2:]}": flag for flag, one in found.items() if one.kind is Kind.CONSTANT}
    paired = {on: off for off, on in offs.items() if off in found}
    for flag, one in found.items():
        if flag in paired:
            default = one.default or None
            yield Argument(one.name, one.flags, Kind.PAIR, default, off_flags=(paired[flag],))
        elif flag not in paired.values():
            yield one
