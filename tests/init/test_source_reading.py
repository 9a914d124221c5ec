"""What the text of a script says without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import InputError
from bbopt.init.arguments import Kind
from bbopt.init.source_reading import arguments_in, printed_texts, read_source

SCRIPT = """
import click
from settings import add
p.add_argument("--lr", "-l", type=float, default=1e-3)
p.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
p.add_argument("--fast", action="store_true")
p.add_argument("--no-fast", dest="fast", action="store_false")
p.add_argument("--amp", action=argparse.BooleanOptionalAction, default=False)
p.add_argument("--flag", type=str2bool, default=True)
p.add_argument("data")
p.add_argument("--kinds", choices=KINDS)
@click.option("--depth", default=4)
@click.option("--way", type=click.Choice(["a", "b"]))
@click.option("--on/--off", default=True)
def main(): ...
print("epoch", e, "val_loss:", loss)
print(f"acc: {acc:.3f}", end="")
logger.info("rmse = %.4f", rmse)
print("mae: {:.2f}".format(mae))
print("f1: %g" % f1)
bar.set_postfix(train_loss=loss)
print(json.dumps({"auc": auc}))
"""


def test_arguments(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "settings.py").write_text(
        "import argparse\nparser.add_argument('--n', type=int, default=3)\n"
    )
    source = read_source(tmp_path / "train.py", [tmp_path])
    assert {"click", "settings", "argparse"} <= source.imported
    assert source.caught
    program = arguments_in(source)
    assert program is not None
    assert {one.title: (one.kind, one.default) for one in program.arguments} == {
        "--lr": (Kind.REAL, 1e-3),
        "--opt": (Kind.CHOICE, "sgd"),
        "--fast": (Kind.CONSTANT, False),
        "--no-fast": (Kind.CONSTANT, True),
        "--amp": (Kind.PAIR, False),
        "--flag": (Kind.TRUTH, True),
        "DATA": (Kind.TEXT, None),
        "--kinds": (Kind.TEXT, None),
        "--depth": (Kind.INTEGER, 4),
        "--way": (Kind.CHOICE, None),
        "--on": (Kind.PAIR, True),
        "--n": (Kind.INTEGER, 3),
    }


def test_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    texts = printed_texts(read_source(tmp_path / "train.py", [tmp_path]))
    assert texts == [
        "epoch 0.5 val_loss: 0.5",
        "acc: 0.5",
        "rmse = 0.5",
        "mae: 0.5",
        "f1: 0.5",
        "train_loss=0.5",
        "auc: 0.5",
    ]


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x = (\n")
    with pytest.raises(InputError, match="no Python"):
        read_source(tmp_path / "train.py", [])
