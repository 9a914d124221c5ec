"""Imports point downwards, and never in a circle: held against every import of the package.

The layers are the table of ARCHITECTURE.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "bbopt"

LAYERS = (
    {
        "batch_job",
        "errors",
        "java_numbers",
        "isolated_python",
        "lazy_names",
        "once",
        "regular_files",
        "shell_words",
        "version",
    },
    {"seeding", "database_address", "durable_files", "process_identity", "text_files"},
    {"process_lock", "output_folder", "table_files"},
    {"append_file", "folder_locks"},
    {"space", "options"},
    {"runs"},
    {"scenario"},
    {"surrogate", "acquisition", "target", "stores"},
    {"engines", "executors"},
    {"tuning", "exports"},
    {"planning"},
    {"validation", "earlier", "jobs", "init"},
    {"dispatch", "session", "workers"},
    {"automl", "report"},
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


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """The dotted names that the module imports, inside functions and for type checkers too, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def imported_parts(path: Path, package: str = "bbopt") -> Iterator[tuple[str, int]]:
    """The parts of `package` that the module imports, with the line."""
    for name, line in imported_names(path):
        part = name.removeprefix(f"{package}.").partition(".")[0]
        if name.startswith(f"{package}.") and part != "__version__":
            yield part, line


def import_circle(package: Path) -> list[str]:
    """The modules along one circle of imports, empty when there is none.

    What counts is what a module's text names, at its top, inside functions, and under TYPE_CHECKING: the
    module, or the package from whose `__init__` something is taken.  That Python runs the `__init__` of
    every package above an imported module does not count.
    """
    paths = {path.relative_to(package.parent).with_suffix(""): path for path in package.rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__"): file for path, file in paths.items()}
    arrows = {
        name: {module for imported, _ in imported_names(file) if (module := _module(imported, names))}
        for name, file in names.items()
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module(imported: str, modules: Collection[str]) -> str:
    """The module that an import of a name, or from it, brings in; empty when it is none of `modules`."""
    while imported and imported not in modules:
        imported = imported.rpartition(".")[0]
    return imported


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


def test_no_imports_run_in_a_circle() -> None:
    assert import_circle(PACKAGE) == []


@pytest.mark.parametrize(
    "arrow_back",
    [
        "def later():\n    import pack.one\n",
        "if TYPE_CHECKING:\n    from pack.one import One\n",
        "from pack import one\n",
        "from pack import One\n",
    ],
)
def test_every_circle_is_found(tmp_path: Path, arrow_back: str) -> None:
    package = tmp_path / "pack"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("from pack.one import One\n")
    (package / "one.py").write_text("import os\nfrom pack.deep.two import two\n")
    (package / "deep" / "two.py").write_text("import pack.three\n")
    (package / "three.py").write_text("import pack_of_others\n")
    assert import_circle(package) == []
    (package / "three.py").write_text(arrow_back)
    assert {"pack.one", "pack.deep.two", "pack.three"} <= set(import_circle(package))


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
"""What only stores know of: how they keep runs, and how they keep others out."""

FILE_NAMES = re.compile(
    r"(live-rundata-|live-validation-|traj-run-|state-run|log-run|log-warn|log-err)(?!N)|\bprevious/.*\{"
)
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


def test_nobody_but_stores_know_how_they_keep_runs() -> None:
    mechanisms = ("process_lock.py", "folder_locks.py", "append_file.py", "output_folder.py")
    assert lines_with(FOLDER_STORE, "stores/folder/", "stores/sql/", "__init__.py", *mechanisms) == []


def test_stores_are_named_where_they_are_wired() -> None:
    import_of_a_store = re.compile(r"bbopt\.stores\.(folder|sql)\b")
    named = lines_with(import_of_a_store, "stores/folder/", "stores/sql/")
    assert {line.partition(":")[0] for line in named} == {"stores/wiring.py"}


def test_names_of_output_files_are_made_and_matched_in_one_place() -> None:
    assert lines_with(FILE_NAMES, "output_folder.py") == []


PRINT_THEMSELVES = {
    "jobs/experiment_process.py",
    "jobs/sql.py",
    "automl/keras_trainer.py",
    "target/function_process.py",
}
"""Processes of experiments, training and functions are commands; experiments say what they add."""


def test_only_the_command_line_prints_or_exits() -> None:
    for path in modules():
        if part_of(path) in {"cli", "__main__"} or str(path.relative_to(PACKAGE)) in PRINT_THEMSELVES:
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
