"""Options that the code asks for by name: they are in the table, and of the kind that is asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bbopt
from bbopt.cli.commands import COMMANDS
from bbopt.options import Kind, Option, option_table

PACKAGE = Path(bbopt.__file__).parent

_TEXTS = {Kind.TEXT, Kind.FILE, Kind.DIRECTORY, Kind.PATH, Kind.COMMAND}
_MANY = {Kind.TEXTS, Kind.PAIRS, Kind.FILES, Kind.PATHS}
KINDS = {
    "flag": {Kind.FLAG, Kind.SWITCH},
    "optional_flag": {Kind.FLAG},
    "integer": {Kind.INTEGER},
    "optional_integer": {Kind.INTEGER},
    "number": {Kind.NUMBER},
    "optional_number": {Kind.NUMBER},
    "optional_bytes": {Kind.NUMBER},
    "choice": {Kind.CHOICE},
    "text": _TEXTS,
    "optional_text": _TEXTS,
    "texts": _MANY,
    "placed_texts": _MANY,
    "place": set(Kind),
    "is_given": set(Kind),
    "as_text": set(Kind),
    "said": set(Kind),
}
"""The ways to ask for an option, and the kinds of options each of them is for."""


def options_at(place: str, name: str) -> list[Option]:
    """What has this primary name there: commands have options of their own beside the big table.

    A module of `cli/` that is no command is read for several of them.
    """
    command = COMMANDS.get(Path(place.partition(":")[0]).stem.replace("_", "-"))
    commands = [command] if command else COMMANDS.values()
    own = [option for one in commands for option in one.options] if "cli/" in place else []
    return [option for option in (*own, *option_table().options) if option.name == name]


def uses() -> Iterator[tuple[str, str, str]]:
    """Where an option is asked for by a literal, how, and which one."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1
            ):
                continue
            match node.args[0]:
                case ast.Constant(value=str(name)) if node.func.attr in KINDS:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node.func.attr, name


USES = list(uses())


@pytest.mark.parametrize(("place", "way", "name"), USES, ids=[f"{place} {name}" for place, _, name in USES])
def test_option_is_in_the_table_and_of_the_kind_asked_for(place: str, way: str, name: str) -> None:
    options = options_at(place, name)
    assert options, f"{place}: there is no option of this primary name"
    assert any(option.kind in KINDS[way] for option in options), f"{place}: {name} is of another kind"


def test_most_options_that_have_an_effect_are_found_here() -> None:
    assert len({name for _, _, name in USES}) > 140


def test_only_scenarios_and_commands_ask_for_options_by_name() -> None:
    """Everybody else gets groups of settings; `said` is for messages and contradictions."""
    assert {place.split("/")[0] for place, way, _ in USES if way != "said"} == {"scenario", "cli"}
