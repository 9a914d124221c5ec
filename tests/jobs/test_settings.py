"""Settings in arguments and files: what they give, and where their faults are said to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbopt.errors import InputError
from bbopt.jobs.expressions import Draws
from bbopt.jobs.nested import expand, flatten
from bbopt.jobs.products import product_of
from bbopt.jobs.settings import SettingsReader, file_text, settle
from tests.jobs.states import PLAIN_KEYS, as_typed, values

MLP = """\
learning_rate = 0.01   # as in the tutorial
L1_reg=0.00
L2_reg=0.0001

# what costs time
n_iter=50
batch_size = 20
n_hidden=10
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mlp_jobman.conf").write_text(MLP)
    return tmp_path


def draws() -> Draws:
    return Draws(np.random.default_rng(0))


def state(folder: Path, *arguments: str) -> dict[str, Any]:
    return settle(SettingsReader(folder).read(arguments), draws())


def refused(folder: Path, *arguments: str) -> InputError:
    with pytest.raises(InputError) as caught:
        SettingsReader(folder).read(arguments)
    return caught.value


@pytest.mark.parametrize(
    ("arguments", "flat"),
    [
        (["a=1"], {"a": 1}),
        (["b=2.3", 'c.d="hello"', "c.e=hello"], {"b": 2.3, "c.d": "hello", "c.e": "hello"}),
        ([" a = 1 "], {"a": 1}),
        (["a=inf", "b=-inf"], {"a": float("inf"), "b": float("-inf")}),
        (["a=1", "b=2", "a=3"], {"a": 3, "b": 2}),
        (["a="], {"a": ""}),
        (["a=x=y:=z"], {"a": "x=y:=z"}),
        (["a=#fff"], {"a": "#fff"}),
        (["a=<-x"], {"a": "<-x"}),
        (["a=line\nline"], {"a": "line\nline"}),
        (["a={'b': 1, 'c': {'d': 2}}", "a.b=3"], {"a.b": 3, "a.c.d": 2}),
        (["a={}"], {"a": {}}),
        (["obj::package.module.Class", "obj.n=3"], {"obj.__builder__": "package.module.Class", "obj.n": 3}),
        (["obj :: module.function"], {"obj.__builder__": "module.function"}),
        (["x := @math.sqrt(4)"], {"x": 2.0}),
        (["größe=1"], {"größe": 1}),
        ([], {}),
    ],
)
def test_arguments(folder: Path, arguments: list[str], flat: dict[str, Any]) -> None:
    found = state(folder, *arguments)
    assert found == flat
    assert list(map(type, found.values())) == list(map(type, flat.values()))


def test_the_tutorials_file(folder: Path) -> None:
    found = state(folder, "mlp_jobman.conf")
    assert found == {
        "learning_rate": 0.01,
        "L1_reg": 0.0,
        "L2_reg": 0.0001,
        "n_iter": 50,
        "batch_size": 20,
        "n_hidden": 10,
    }
    assert state(folder, "mlp_jobman.conf", "n_hidden=20") == {**found, "n_hidden": 20}
    assert state(folder, "n_hidden=20", "mlp_jobman.conf") == found
    assert state(folder, str(folder / "mlp_jobman.conf")) == found
    assert state(folder, "x.y <- mlp_jobman.conf") == {f"x.y.{key}": value for key, value in found.items()}


def test_the_tutorials_random_learning_rates(folder: Path) -> None:
    product = product_of(
        ["mlp_jobman.conf", "n_hidden={{20,30}}", "learning_rate:=@numpy.random.uniform(1e-6, 1e-1)"]
    )
    reader, source = SettingsReader(folder), draws()
    states = [expand(settle(reader.read(one), source)) for one in product.lists]
    assert [one.n_hidden for one in states] == [20, 30]
    assert len({one.learning_rate for one in states}) == 2
    assert all(1e-6 <= one.learning_rate < 0.1 for one in states)


def test_one_list_is_drawn_anew_for_each_job(folder: Path) -> None:
    settings, source = SettingsReader(folder).read(["x:=@random.random()"]), draws()
    assert len({settle(settings, source)["x"] for _ in range(20)}) == 20


def test_comments(folder: Path) -> None:
    (folder / "x.conf").write_text(
        "# all of it\n"
        "   # this, too\n"
        "a = 'x # y' # and this\n"
        "b = it's # isn't it\n"
        "c = [\"#\", '#'] #\n"
        "d = plain # 'quoted'\n"
        "e = 'not closed # here\n"
        "f=\n"
        "g=1#\r\n"
    )
    assert state(folder, "x.conf") == {
        "a": "x # y",
        "b": "it's",
        "c": ["#", "#"],
        "d": "plain",
        "e": "'not closed",
        "f": "",
        "g": 1,
    }


def test_files_name_files_relative_to_themselves(folder: Path) -> None:
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "all.conf").write_text(
        "a=1\ndeeper/b.conf\nsub <- deeper/b.conf\n../mlp_jobman.conf\nn_iter=3\n"
    )
    (folder / "deep" / "deeper" / "b.conf").write_text("b:=@math.sqrt(9)\nc::m.f\n")
    found = state(folder, "deep/all.conf", "x <- deep/all.conf")
    assert found["a"] == found["x.a"] == 1
    assert found["b"] == found["sub.b"] == found["x.sub.b"] == 3.0
    assert found["x.sub.c.__builder__"] == "m.f"
    assert found["n_iter"] == found["x.n_iter"] == 3


def test_files_are_read_once(folder: Path) -> None:
    reader = SettingsReader(folder)
    first = reader.read(["mlp_jobman.conf"])
    (folder / "mlp_jobman.conf").write_text("other=1\n")
    assert reader.read(["mlp_jobman.conf"]) == first


def test_a_file_may_be_named_twice_but_not_in_a_circle(folder: Path) -> None:
    (folder / "a.conf").write_text("mlp_jobman.conf\nx <- mlp_jobman.conf\nmlp_jobman.conf\n")
    assert len(state(folder, "a.conf", "a.conf")) == 12
    (folder / "sub").mkdir()
    (folder / "b.conf").write_text("\nsub/c.conf\n")
    (folder / "sub" / "c.conf").write_text("x <- ../b.conf\n")
    error = refused(folder, "b.conf")
    assert error.what == "files of settings name each other in a circle"
    assert str(error.place) == "sub/c.conf:1"
    assert error.got == "b.conf -> sub/c.conf -> sub/../b.conf"
    (folder / "self.conf").write_text("self.conf\n")
    assert refused(folder, "y <- self.conf").got == "self.conf -> self.conf"


@pytest.mark.parametrize(
    ("argument", "what", "got"),
    [
        ("nothing.conf", "neither a setting nor a file", "'nothing.conf'"),
        ("", "neither a setting nor a file", "''"),
        ("--force", "neither a setting nor a file", "'--force'"),
        ("a:b", "neither a setting nor a file", "'a:b'"),
        ("x <- nothing.conf", "neither a setting nor a file", "'nothing.conf'"),
        ("x <-", "neither a setting nor a file", "''"),
        ("~nobody_at_all/x", "neither a setting nor a file", "'~nobody_at_all/x'"),
        ("x" * 5000, "neither a setting nor a file", None),
        ("=3", "no name of a setting", "''"),
        ("a b=3", "no name of a setting", "'a b'"),
        ("a..b=3", "no name of a setting", "'a..b'"),
        ("n-hidden=3", "no name of a setting", "'n-hidden'"),
        ("--n=3", "no name of a setting", "'--n'"),
        ("1a=3", "no name of a setting", "'1a'"),
        ("<- mlp_jobman.conf", "no name of a setting", "''"),
        ("a={'b c': 1}", "no name of a setting", "'a.b c'"),
        ("a::b", "no name of a function in a module", "b"),
        ("a::@m.f(%x)", "no name of a function in a module", "@m.f(%x)"),
        ("a:=3", "no expression that can be evaluated", "3"),
        ("a:=@os.system('x')", "this module can't be used", "@os.system('x')"),
        ("a={20,30}", "can't hold such a value", "{20, 30}"),
    ],
)
def test_faults_of_arguments(folder: Path, argument: str, what: str, got: str | None) -> None:
    error = refused(folder, "b=1", argument)
    assert what in error.what
    assert got is None or error.got == got
    assert str(error.place).startswith("argument ")
    assert argument[:20].strip("'") in str(error.place)


def test_all_faults_are_told_with_their_lines(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "bad.conf").write_text("a=1\n\nb c=2\nnothing.conf # here\nd:=3\n")
    (folder / "all.conf").write_text("ok=1\nsub/bad.conf\nno.conf\n")
    error = refused(folder, "all.conf", "x y=1")
    assert [str(one.place) for one in error.errors] == [
        "sub/bad.conf:3",
        "sub/bad.conf:4",
        "sub/bad.conf:5",
        "all.conf:3",
        'argument "x y=1"',
    ]


def test_a_faulty_draw_is_told_with_its_line(folder: Path) -> None:
    (folder / "x.conf").write_text("a=1\nb:=@math.sqrt(-1)\n")
    settings = SettingsReader(folder).read(["x.conf"])
    with pytest.raises(InputError, match=r"^x\.conf:2: an expression has no value"):
        settle(settings, draws())


def test_conflicts(folder: Path) -> None:
    (folder / "x.conf").write_text("a=1\n")
    error = refused(folder, "x.conf", "a.b.c=2", "d::m.f", "d=3")
    first, second = error.errors
    assert first.what == "a has a value, and settings below it"
    assert first.got == "a=1 (x.conf:1) and a.b.c=2"
    assert str(first.place) == "argument a.b.c=2"
    assert second.got == "d=3 and d::m.f"
    assert refused(folder, "a.b=2", "a=1").what == "a has a value, and settings below it"


def test_files_that_are_not_readable(folder: Path) -> None:
    (folder / "binary.conf").write_bytes(b"a=1\nb=\xff\n")
    error = refused(folder, "binary.conf")
    assert "not UTF-8" in error.what
    assert str(error.place) == "binary.conf:2:3"
    assert "can't be read" in refused(folder, ".").what
    (folder / "null.conf").write_bytes(b"x\0y\n")
    assert str(refused(folder, "null.conf").place) == "null.conf:1"


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["a", "b.c", "b.__builder__", "d1"]), values(PLAIN_KEYS)))
def test_a_written_file_gives_the_state_back(
    tmp_path_factory: pytest.TempPathFactory, state: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("conf")
    flat = flatten(state)
    (folder / "current.conf").write_text(file_text(flat))
    assert as_typed(settle(SettingsReader(folder).read(["current.conf"]), draws())) == as_typed(flat)
