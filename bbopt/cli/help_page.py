"""The help page: all options up to a level, grouped by section, straight from the table of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.options import Kind, Level, Option, OptionTable, Support, option_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["render_help"]

_USAGE = (
    "bbopt --scenario FILE [options]",
    "bbopt check --scenario FILE",
    "bbopt call --scenario FILE [--config C]",
    "bbopt validate --scenario FILE [--trajectory-file FILE ... | --configuration C ...]",
    "bbopt merge --scenario FILE --directories DIR [DIR ...] --output DIR",
    "bbopt run-limited [limits] -- COMMAND",
)
_NOTES = (
    "Options may stand on the command line (--name value), in a scenario file or in an option file "
    "(name = value); the command line wins over option files, and these over the scenario file. "
    "In names, capitals, - and _ make no difference: numberOfTrees is number-of-trees.",
)
_STATUS = {
    Support.ACCEPT_AND_IGNORE: "Accepted for the sake of old files; has no effect.",
    Support.SILENT: "Accepted for the sake of old files; has no effect.",
}
_METAVARS = {
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "NUMBER",
    Kind.TEXT: "TEXT",
    Kind.TEXTS: "TEXT",
    Kind.PAIRS: "NAME=VALUE",
    Kind.FILE: "FILE",
    Kind.DIRECTORY: "FOLDER",
    Kind.PATH: "FILE|FOLDER",
    Kind.COMMAND: "COMMAND",
}
_NO_DEFAULT = {"", "null", "{}", "[]"}
_WIDEST = 100


def render_help(level: Level, console: Console, table: OptionTable | None = None) -> None:
    """Print the usage and all options up to `level`; plain text when the console is no terminal."""
    width = min(console.width, _WIDEST)
    _print(console, _plain("Usage", "bold"), 0, width)
    for line in _USAGE:
        _print(console, _plain(line), 2, width)
    for note in _NOTES:
        console.print()
        _print(console, _plain(note), 0, width)
    for section, options in (table or option_table()).sections(level).items():
        console.print()
        _print(console, _plain(section, "bold"), 0, width)
        for option in options:
            _render_option(option, console, width)
    if level < Level.DEVELOPER:
        console.print()
        _print(console, _plain(f"More options: bbopt --help --help-level {Level(level + 1).name}"), 0, width)


def _render_option(option: Option, console: Console, width: int) -> None:
    from rich.text import Text

    _print(console, Text.assemble((option.flag, "cyan"), " ", _value(option)), 2, width)
    _print(console, _plain(" ".join(filter(None, (option.help, _STATUS.get(option.support, ""))))), 6, width)
    details = _details(option)
    if details:
        _print(console, _plain(details, "dim"), 6, width)


def _value(option: Option) -> str:
    """What may follow the name: the choices of the domain, or the kind of value and its unit."""
    if option.kind is Kind.SWITCH:
        return ""
    if option.kind in {Kind.FLAG, Kind.CHOICE}:
        return option.domain
    unit = f" ({option.unit})" if option.unit else ""
    return f"{_METAVARS[option.kind]}{unit}"


def _details(option: Option) -> str:
    """Default, domain and other names, as far as there are any."""
    parts = []
    if option.default_text not in _NO_DEFAULT:
        parts.append(f"default: {option.default_text.rstrip('.')}")
    if option.smac2 is not None:
        parts.append(f"with engine-preset smac2: {option.smac2}")
    if option.domain and option.kind in {Kind.INTEGER, Kind.NUMBER}:
        parts.append(f"range: {' or '.join((option.domain, *option.words))}")
    if option.distinct_aliases:
        parts.append(f"also: {' '.join(option.distinct_aliases)}")
    return "; ".join(parts)


def _plain(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)


def _print(console: Console, text: Text, indent: int, width: int) -> None:
    """Print `text` wrapped at `width` with every line indented."""
    for line in text.wrap(console, width - indent):
        line.rstrip()
        line.pad_left(indent)
        console.print(line, soft_wrap=True, highlight=False)
