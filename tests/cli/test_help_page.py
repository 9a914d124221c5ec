"""The page of all commands, and the help pages at every level."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bbopt.cli.command import Command
from bbopt.cli.commands import COMMANDS, SEARCH
from bbopt.cli.help_page import Lines, help_page, page_of_commands, print_lines
from bbopt.options import Level

TABLE = SEARCH.table
EVERY_COMMAND = pytest.mark.parametrize("command", [SEARCH, *COMMANDS.values()], ids=lambda c: c.name)


def printed(lines: Lines, width: int, terminal: bool = False) -> str:
    output = io.StringIO()
    colours = "standard" if terminal else None
    print_lines(lines, Console(file=output, width=width, force_terminal=terminal, color_system=colours))
    return output.getvalue()


def page(level: Level, width: int = 80, terminal: bool = False, command: Command = SEARCH) -> str:
    return printed(help_page(command, level), width, terminal)


def flags_on(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.startswith("  -")]


@pytest.mark.parametrize("level", Level)
def test_all_options_up_to_the_level_in_the_order_of_the_table(level: Level) -> None:
    expected = [o.flag for options in TABLE.sections(level).values() for o in options]
    assert flags_on(page(level)) == expected


@EVERY_COMMAND
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_fit_and_are_plain(command: Command, level: Level, width: int) -> None:
    text = page(level, width, command=command)
    assert "\x1b" not in text
    longest_word = max(map(len, text.split())) + 6
    assert max(map(len, text.splitlines())) <= max(min(width, 100), longest_word)
    assert all(line == line.rstrip() for line in text.splitlines())


@EVERY_COMMAND
def test_usage_and_purpose_stand_first(command: Command) -> None:
    """Each on one line of a terminal of 80 columns."""
    lines = page(Level.BASIC, command=command).splitlines()
    assert lines[:4] == ["Usage", f"  {command.call} {command.usage}", "", command.purpose]


@EVERY_COMMAND
def test_a_page_names_all_options_of_its_command(command: Command) -> None:
    assert flags_on(page(Level.DEVELOPER, command=command)) == [
        option.flag for option in (TABLE.options if command is SEARCH else command.options)
    ]


@EVERY_COMMAND
def test_a_page_says_where_the_options_of_a_scenario_are(command: Command) -> None:
    text = page(Level.BASIC, command=command)
    assert ("see bbopt --help" in text) == (command.takes_scenario and command is not SEARCH)


def test_an_indented_paragraph_stays_as_it_is() -> None:
    lines = page(Level.BASIC, command=COMMANDS["run-limited"]).splitlines()
    assert "  memory=12345678B             for a command that is over in a moment not below" in lines


@pytest.mark.parametrize("width", [80, 140])
def test_all_commands_have_a_line_each(width: int) -> None:
    text = printed(page_of_commands(), width)
    for command in COMMANDS.values():
        if command.name.startswith("keras-automl "):
            assert command.call.removeprefix("bbopt ") in COMMANDS["keras-automl"].text
        else:
            assert f"\n  {command.name:<19}{command.purpose}\n" in text
    assert "bbopt --scenario FILE" in text
    assert len(text.splitlines()) < len(COMMANDS) + 12


def test_sections_are_those_of_the_level() -> None:
    for level in Level:
        lines = page(level).splitlines()
        assert [line for line in lines if line in TABLE.sections(Level.DEVELOPER)] == list(
            TABLE.sections(level)
        )


def test_an_option_shows_its_facts() -> None:
    text = " ".join(page(Level.INTERMEDIATE).split())
    assert "--num-run INTEGER Seed of all random choices" in text
    assert "default: drawn at random; range: [0, 2147483647]; also: --seed" in text
    assert "--exec-mode {SMAC, ROAR, PSEL}" in text
    assert "--tae {" in text
    assert "--kill-grace NUMBER (seconds)" in text


def test_what_has_no_effect_says_so() -> None:
    text = " ".join(page(Level.DEVELOPER).split())
    assert "--cache-runs {true, false} SMAC v2: answer a repeated run from memory. Accepted for" in text
    assert "--num-pca INTEGER Number of principal components" in text


def test_every_help_sentence_is_shown() -> None:
    text = " ".join(page(Level.DEVELOPER).split())
    assert [option.name for option in TABLE.options if option.help not in text] == []


def test_the_next_level_is_named() -> None:
    assert page(Level.BASIC).rstrip().endswith("bbopt --help --help-level INTERMEDIATE")
    assert "More options" not in page(Level.DEVELOPER)
    assert page(Level.BASIC, command=COMMANDS["validate"]).endswith(
        "bbopt validate --help --help-level DEVELOPER\n"
    )
    assert "More options" not in page(Level.BASIC, command=COMMANDS["status"])


def test_a_terminal_gets_styles() -> None:
    assert "\x1b[" in page(Level.BASIC, terminal=True)
