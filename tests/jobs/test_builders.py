"""Functions by their names, and objects that states describe."""

from __future__ import annotations

import os.path
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.jobs.builders import find_callable, make
from bbopt.jobs.nested import DD
from bbopt.jobs.tools import make as make_of_tools

MODULE = """
class Plumber:
    def __init__(self, name="Mario", tool=None, boss=None):
        self.name, self.tool, self.boss = name, tool, boss

    @classmethod
    def named(cls, name):
        return cls(name)

def broken():
    raise ValueError("no way")

size = 3
"""


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "plumbing").mkdir()
    (tmp_path / "plumbing" / "__init__.py").touch()
    (tmp_path / "plumbing" / "people.py").write_text(MODULE)
    (tmp_path / "plumbing" / "fails.py").write_text("1 / 0\n")
    (tmp_path / "plumbing" / "lacks.py").write_text("import no_such_module_at_all\n")
    (tmp_path / "plumbing" / "ends.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "plumbing"]:
        del sys.modules[name]


def test_objects_are_built_from_below() -> None:
    flat = {
        "__builder__": "plumbing.people.Plumber",
        "name": "Luigi",
        "tool.size": 3,
        "boss.__builder__": "plumbing.people.Plumber",
        "boss.name": "Peach",
    }
    luigi = make(flat)
    assert (luigi.name, luigi.tool, luigi.boss.name) == ("Luigi", {"size": 3}, "Peach")
    assert isinstance(luigi.tool, DD)
    state = DD(obj=DD(__builder__="plumbing.people.Plumber"), n=3)
    made = make(state)
    assert (made.n, made.obj.name) == (3, "Mario")
    assert state.obj == {"__builder__": "plumbing.people.Plumber"}
    assert make(state.n) == 3
    assert make_of_tools is make


def test_functions_and_methods_by_name() -> None:
    assert find_callable("plumbing.people.Plumber.named")("Toad").name == "Toad"
    assert find_callable("os.path.join") is os.path.join


def test_what_a_builder_raises_passes_through() -> None:
    with pytest.raises(ValueError, match="no way"):
        make({"__builder__": "plumbing.people.broken"})
    with pytest.raises(TypeError, match="colour"):
        make({"__builder__": "plumbing.people.Plumber", "colour": "green"})


@pytest.mark.parametrize(
    ("name", "what", "said"),
    [
        ("no_such_module.function", "there is no module no_such_module", "PYTHONPATH"),
        ("plumbing.nothing.function", "plumbing has no 'nothing'", "plumbing.nothing.function"),
        ("plumbing.people.plumber", "plumbing.people has no 'plumber'", "did you mean Plumber?"),
        ("plumbing.people.Plumber.name", "Plumber has no 'name'", "did you mean named?"),
        ("plumbing.people.size", "this is no function", "of type int"),
        ("plumbing.people", "plumbing has no 'people'", "plumbing.people"),
        ("plumbing.fails.function", "the module plumbing.fails can't be imported", "ZeroDivisionError"),
        ("plumbing.lacks.function", "the module plumbing.lacks can't be imported", "no_such_module_at_all"),
        ("plumbing.ends.function", "the module plumbing.ends can't be imported", "SystemExit: 3"),
        ("function", "no name of a function in a module", "module.function"),
        ("a b.c", "no name of a function in a module", "module.function"),
        ("a..b", "no name of a function in a module", "module.function"),
        (3, "no name of a function in a module", "module.function"),
    ],
)
def test_names_of_nothing(name: Any, what: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        make({"__builder__": name})
    assert what in caught.value.what
    assert said in str(caught.value)
