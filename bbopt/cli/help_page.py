"""The help pages: one of all commands, and one for each with its options."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bbopt.cli.command import Command
from bbopt.cli.commands import COMMANDS, SEARCH
from bbopt.options import Kind, Level, Option, OptionTable, Support

__all__ = ["help_page", "page_of_commands", "print_lines"]

_WITHOUT_EFFECT = " Accepted for the sake of old files; has no effect."
_WIDEST = 100
_NAMES = 19  # columns that the name of a command has on the page of all

Lines = Iterator[tuple[int, Text]]
"""Lines with their indents, not yet wrapped."""


def print_lines(lines: Lines, console: Console) -> None:
    """Wrap and print, every part of a line with its indent; plain text when the console is no terminal."""
    width = min(console.width, _WIDEST)
    for indent, text in lines:
        for line in text.wrap(console, width - indent) or [text]:
            line.rstrip()
            line.pad_left(indent)
            console.print(line, soft_wrap=True, highlight=False)


def help_page(command: Command, level: Level) -> Lines:
    """Usage, purpose and options up to `level`; of the search all options of a scenario."""
    yield from _heading("Usage", f"{command.call} {command.usage}")
    yield from _paragraphs(command.purpose)
    if command is SEARCH:
        yield from _commands()
    yield from _paragraphs(command.text)
    options = SEARCH.table if command is SEARCH else OptionTable(command.options)
    for section, rows in options.sections(level).items():
        yield 0, Text()
        yield from _heading(section)
        for option in rows:
            yield from _option(option)
    if command.takes_scenario and command is not SEARCH:
        yield from _paragraphs(f"All options of a scenario may be given as well: see {SEARCH.call} --help.")
    more = [option.level for option in options.options if option.level > level]
    if more:
        yield from _paragraphs(f"More options: {command.call} --help --help-level {min(more).name}")


def page_of_commands() -> Lines:
    """What each command is for, and where its options are to be found."""
    yield from _heading("Usage", f"{SEARCH.call} {SEARCH.usage}", f"{SEARCH.call} COMMAND ...")
    yield from _paragraphs(SEARCH.purpose)
    yield from _commands()
    yield from _paragraphs(f"All options of a search: {SEARCH.call} --help")
    yield 0, Text(f"What a command takes:    {SEARCH.call} COMMAND --help")


def _heading(heading: str, *lines: str) -> Lines:
    yield 0, Text(heading, "bold")
    yield from ((2, Text(line)) for line in lines)


def _paragraphs(text: str) -> Lines:
    """Paragraphs with an empty line before each; the lines of one that is indented stay as they are."""
    for paragraph in text.split("\n\n") if text else ():
        yield 0, Text()
        lines = paragraph.split("\n") if paragraph.startswith(" ") else [" ".join(paragraph.split())]
        yield from ((0, Text(line)) for line in lines)


def _commands() -> Lines:
    yield 0, Text()
    yield from _heading("Commands")
    for command in COMMANDS.values():
        if len(command.name) >= _NAMES:  # a step, which is on the page of the command before it
            continue
        yield 2, Text.assemble((command.name.ljust(_NAMES), "cyan"), command.purpose)


def _option(option: Option) -> Lines:
    yield 2, Text.assemble((option.flag, "cyan"), " ", option.value)
    yield 6, Text(option.help + ("" if option.support is Support.IMPLEMENT else _WITHOUT_EFFECT))
    if details := _details(option):
        yield 6, Text(details, "dim")


def _details(option: Option) -> str:
    """Default, domain and other names, as far as there are any."""
    parts = []
    if option.default_text:
        parts.append(f"default: {option.default_text}")
    if option.smac2 is not None:
        parts.append(f"with engine-preset smac2: {option.smac2}")
    if option.domain and option.kind in {Kind.INTEGER, Kind.NUMBER}:
        parts.append(f"range: {' or '.join((option.domain, *option.extra_words))}")
    if option.distinct_aliases:
        parts.append(f"also: {' '.join(option.distinct_aliases)}")
    return "; ".join(parts)
