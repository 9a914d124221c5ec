"""Imports point downwards: the layer table of ARCHITECTURE.md, held against every import of the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "bbopt"

LAYERS = (
    {"errors", "java_numbers"},
    {"seeding", "durable_files"},
    {"process_lock", "output_folder"},
    {"append_file"},
    {"space", "options"},
    {"runs"},
    {"scenario"},
    {"surrogate", "target", "stores"},
    {"acquisition", "executors"},
    {"engines"},
    {"tuning", "exports"},
    {"validation"},
    {"session"},
    {"cli"},
)
ABOVE_ALL = {"__init__", "__main__"}
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
ABOVE_ALL_LEVEL = len(LAYERS)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> Iterator[tuple[str, int]]:
    """The parts of bbopt that the module imports, inside functions too, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names = [node.module or ""]
            if node.module == "bbopt":
                names = [f"bbopt.{alias.name}" for alias in node.names]
        for name in names:
            words = name.split(".")
            if words[0] == "bbopt" and len(words) > 1 and words[1] != "__version__":
                yield words[1], node.lineno


def test_every_part_has_its_layer() -> None:
    assert {part_of(path) for path in modules()} - ABOVE_ALL == set(LEVEL)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    own = part_of(path)
    if own in ABOVE_ALL:
        return
    for part, line in imported_parts(path):
        assert part == own or LEVEL.get(part, ABOVE_ALL_LEVEL) < LEVEL[own], (
            f"{path}:{line}: {own} imports {part}"
        )


def test_every_way_to_import_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import bbopt.cli.main\nfrom bbopt.session import tune\nfrom bbopt import engines, runs\n"
        "from bbopt import __version__\ndef later():\n    from bbopt import tune\nimport os, bbopt\n"
    )
    assert list(imported_parts(path)) == [
        ("cli", 1),
        ("session", 2),
        ("engines", 3),
        ("runs", 3),
        ("tune", 6),
    ]


FOLDER_STORE = re.compile(r"journal|live-rundata|claims\.json|process_?lock|lock_path", re.IGNORECASE)
"""What only the store in a folder knows of: how it keeps runs, and how it keeps others out."""

FILE_NAMES = re.compile(r"(live-rundata-|traj-run-|state-run|log-run|log-warn|log-err)(?!N)|\bprevious/.*\{")
"""Names of output files; that of seed `N` is told to people, in messages and help."""


def lines_with(pattern: re.Pattern[str], *besides: str) -> list[str]:
    """Where the package has it, outside the modules and folders `besides`."""
    return [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in modules()
        if not str(path.relative_to(PACKAGE)).startswith(besides)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]


def test_nobody_but_the_folder_store_knows_how_it_keeps_runs() -> None:
    mechanisms = ("process_lock.py", "append_file.py", "output_folder.py")
    assert lines_with(FOLDER_STORE, "stores/folder/", "__init__.py", *mechanisms) == []


def test_stores_are_named_where_they_are_wired_and_know_nothing_of_each_other() -> None:
    import_of_a_store = re.compile(r"import .*MemoryStore|bbopt\.stores\.(folder|memory)\b")
    named = lines_with(import_of_a_store, "stores/folder/")
    assert named == ["stores/wiring.py:9: from bbopt.stores.folder import FolderStore"]


def test_names_of_output_files_are_made_and_matched_in_one_place() -> None:
    assert lines_with(FILE_NAMES, "output_folder.py") == []


def test_only_the_command_line_prints_or_exits() -> None:
    for path in modules():
        if part_of(path) in {"cli", "__main__"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "sys.exit", "exit"}, f"{path}:{node.lineno}: {called}"


def test_wrappers_and_targets_import_nothing_from_bbopt() -> None:
    root = PACKAGE.parent
    for path in [*root.glob("wrappers/**/*.py"), *root.glob("targets/**/*.py")]:
        assert list(imported_parts(path)) == [], path
        assert "import bbopt" not in path.read_text()
