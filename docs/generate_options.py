"""Writes the option reference, `options.md` beside this file, from the table of options.

    python docs/generate_options.py

The tests fail when the page is not what this makes of the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bbopt.options import Kind, Level, Option, Support, option_table

__all__ = ["PAGE", "WITHOUT_EFFECT", "page"]

PAGE = Path(__file__).with_name("options.md")
"""The file that is written."""

WITHOUT_EFFECT = "Accepted without effect"
"""The heading of the last section, whose options stand in one table."""

_INTRODUCTION = """\
# Options

<!-- Written by docs/generate_options.py from the table of options; do not edit. -->

How options are written in scenario files, in option files and on the command line:
[Scenario and parameter files](files.md#scenario-files). `bbopt --help --help-level INTERMEDIATE` shows a part
of this page; the levels are BASIC, INTERMEDIATE, ADVANCED and DEVELOPER. The sections are those of `--help`.
The [last one](#accepted-without-effect) has what SMAC v2 needed for its own innards: these options give one
warning, so that old files work.
"""

_NO_EFFECT_INTRODUCTION = """\
Old scenario files may hold these options. They give one warning each; `cutoff-length` gives none.

| option | other names | in SMAC v2 |
|---|---|---|
"""

_VALUES = {
    Kind.FLAG: "`true` or `false`",
    Kind.INTEGER: "an integer",
    Kind.NUMBER: "a number",
    Kind.TEXT: "a text",
    Kind.TEXTS: "a text; the option may be given several times",
    Kind.PAIRS: "`name=value`; the option may be given several times",
    Kind.FILE: "a file",
    Kind.DIRECTORY: "a folder",
    Kind.PATH: "a file or a folder",
    Kind.COMMAND: "a command",
}
_MARKUP = re.compile(r"([\\`*_\[\]])")


def page() -> str:
    """The text of the page."""
    table = option_table()
    parts = [_INTRODUCTION]
    for section, options in table.sections(Level.DEVELOPER).items():
        entries = [_entry(option) for option in options if option.support is Support.IMPLEMENT]
        if entries:
            parts += [f"## {section}\n", *entries]
    rest = [option for option in table.options if option.support is not Support.IMPLEMENT]
    parts += [f"## {WITHOUT_EFFECT}\n", _NO_EFFECT_INTRODUCTION + _rows(rest)]
    return "\n".join(parts)


def _entry(option: Option) -> str:
    details = [] if option.kind is Kind.SWITCH else [f"Value: {_value(option)}."]
    if default := _default(option):
        details.append(f"Default: {default}.")
    if option.smac2 is not None:
        details.append(f"With `engine-preset = smac2`: `{option.smac2}`.")
    details.append(f"Level: {option.level.name}.")
    if option.distinct_aliases:
        details.append(f"Also {_codes(option.distinct_aliases)}.")
    return f"### {option.name}\n\n{_escaped(option.help)}\n\n{' '.join(details)}\n"


def _value(option: Option) -> str:
    if option.kind is Kind.CHOICE:
        return _codes((*option.domain.strip("{}").split(", "), *option.extra_words))
    text = _VALUES[option.kind]
    if option.kind in {Kind.INTEGER, Kind.NUMBER} and option.domain:
        text += f" in `{option.domain}`"
        text += "".join(f" or `{word}`" for word in option.extra_words)
    return f"{text}, {option.unit}" if option.unit else text


def _default(option: Option) -> str:
    """The default as a value, or in words where it is none; empty where there is none."""
    if "max" in option.words:
        return "no limit"
    return f"`{option.default}`" if option.default == option.default_text else option.default_text


def _rows(options: Iterable[Option]) -> str:
    return "".join(
        f"| `{option.flag}` | {_codes(option.distinct_aliases)} "
        f"| {_escaped(option.help.removeprefix('SMAC v2: '))} |\n"
        for option in options
    )


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text).replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
