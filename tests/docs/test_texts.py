"""Texts that speak of the code: the spine of a run, quoted messages, the test command for CI."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import README, ROOT, blocks

PACKAGE = ROOT / "bbopt"
CI_MARKER = "ci: test command"
FIRST_RUN = "bbopt --scenario scenarios/digits_mlp/scenario.txt --seed 1"


def spine() -> list[tuple[str, str]]:
    """The files and functions of ARCHITECTURE's tables."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    section = text.partition("## The spine of a run")[2].partition("\n## ")[0]
    return re.findall(r"\| `([\w/.]+)` \| `(\w+)` \|$", section, re.MULTILINE)


def definitions(path: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)}


def messages() -> list[str]:
    """What troubleshooting quotes, in the parts between `...`."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    listed = text.partition("## Before the first run")[2].partition("\n## It is slow")[0]
    quoted = re.findall(r"\*\*(.+?)\*\*", listed.replace("\n", " "))
    parts = [part.strip() for quote in quoted for part in quote.split("...")]
    return [part for part in parts if part]


def string_literals() -> str:
    """All texts of the package, one a line; an f-string's parts stand for themselves."""
    nodes = (node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return "\n".join(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_there_is_a_spine_from_the_command_line_to_the_journal_and_back() -> None:
    files = [file for file, _ in spine()]
    assert files[0] == "cli/main.py"
    assert {"stores/folder/encoder.py", "append_file.py", "target/supervisor/supervision.py"} <= set(files)


@pytest.mark.parametrize(("file", "function"), spine())
def test_the_spine_names_what_is_there(file: str, function: str) -> None:
    assert function in definitions(PACKAGE / file)


def test_quoted_messages_are_those_of_the_package() -> None:
    texts, quoted = string_literals(), messages()
    assert len(quoted) > 20
    assert [part for part in quoted if part not in texts] == []


def test_the_first_block_of_the_readme_is_a_whole_first_run() -> None:
    first = blocks(README)[0]
    assert first.text.splitlines()[0] == "python3 -m venv .venv"
    assert first.text.splitlines()[-1] == FIRST_RUN


def test_ci_finds_the_test_command_by_its_marker() -> None:
    marked = [block for block in blocks(README) if block.note == CI_MARKER]
    assert len(marked) == 1
    program = re.search(r"awk '(.+?)' README\.md", (ROOT / ".ci" / "run").read_text())
    assert program is not None
    found = subprocess.run(
        ["awk", program[1], "README.md"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert found.stdout == marked[0].text
    assert "pip install -e '.[all]'\n" in found.stdout
    assert "python -m pytest" in found.stdout
