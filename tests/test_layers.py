"""Imports point downwards: the layer table of ARCHITECTURE.md, held against every import of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "bbopt"

LAYERS = (
    {"errors", "java_numbers"},
    {"seeding", "durable_files"},
    {"process_lock"},
    {"append_file"},
    {"space", "options"},
    {"runs"},
    {"scenario"},
    {"surrogate", "acquisition", "target", "storage"},
    {"engines", "executors"},
    {"tuning", "exports"},
    {"validation"},
    {"session"},
    {"cli"},
)
OF_ENGINES = ({"engine", "problem", "pairs"}, {"proposers"}, {"racers"})
"""The same within `engines/`: a proposer knows nothing of who compares what it proposes."""

ABOVE_ALL = {"__init__", "__main__"}
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
ABOVE_ALL_LEVEL = len(LAYERS)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path, package: Path = PACKAGE) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def imported_parts(path: Path, package: str = "bbopt") -> Iterator[tuple[str, int]]:
    """The parts of `package` that the module imports, inside functions too, with the line."""
    depth = package.count(".") + 1
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
            if name.startswith(f"{package}.") and words[depth] != "__version__":
                yield words[depth], node.lineno


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


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("engines/**/*.py")), ids=lambda path: path.name)
def test_racers_stand_above_proposers(path: Path) -> None:
    level = {part: number for number, parts in enumerate(OF_ENGINES) for part in parts}
    own = part_of(path, PACKAGE / "engines")
    for part, line in imported_parts(path, "bbopt.engines"):
        assert own in ABOVE_ALL or level[part] <= level[own], f"{path}:{line}: {own} imports {part}"


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
