"""The help page at every level."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from rich.console import Console

from bbopt.cli.help_page import render_help
from bbopt.options import Level, option_table

TABLE = option_table()


def page(level: Level, width: int = 80, terminal: bool = False) -> str:
    output = io.StringIO()
    console = Console(
        file=output, width=width, force_terminal=terminal, color_system="standard" if terminal else None
    )
    render_help(level, console)
    return output.getvalue()


def flags_on(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.startswith("  -")]


@pytest.mark.parametrize("level", Level)
def test_all_options_up_to_the_level_in_the_order_of_the_table(level: Level) -> None:
    expected = [o.flag for options in TABLE.sections(level).values() for o in options]
    assert flags_on(page(level)) == expected


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_fit_and_are_plain(level: Level, width: int) -> None:
    text = page(level, width)
    assert "\x1b" not in text
    longest_word = max(map(len, text.split())) + 6
    assert max(map(len, text.splitlines())) <= max(min(width, 100), longest_word)
    assert all(line == line.rstrip() for line in text.splitlines())


def test_usage_stands_first() -> None:
    assert page(Level.BASIC).splitlines()[:4] == [
        "Usage",
        "  bbopt --scenario FILE [options]",
        "  bbopt check --scenario FILE",
        "  bbopt call --scenario FILE [--config C]",
    ]


def test_sections_are_those_of_the_level() -> None:
    for level in Level:
        lines = page(level).splitlines()
        assert [line for line in lines if line in TABLE.sections(Level.DEVELOPER)] == list(
            TABLE.sections(level)
        )


def test_an_option_shows_its_facts() -> None:
    text = " ".join(page(Level.INTERMEDIATE).split())
    assert "--num-run INTEGER Seed of all random choices" in text
    assert "default: Randomly generated; range: [0, 2147483647]; also: --seed" in text
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


def test_a_terminal_gets_styles() -> None:
    assert "\x1b[" in page(Level.BASIC, terminal=True)


def test_rich_is_imported_only_for_rendering() -> None:
    code = "import sys, bbopt.cli.help_page; print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
