"""Help texts in the forms of several libraries."""

from __future__ import annotations

from typing import Any

import pytest

from bbopt.init.arguments import Kind
from bbopt.init.help_text import program_in_help

TEXTS = {
    "argparse": """usage: train.py [-h] [--lr LR] [--opt {sgd,adam}] [--nesterov | --no-nesterov] [-v]

options:
  -h, --help            show this help message and exit
  --lr LR               learning rate (default: 0.1)
  -b N, --batch-size N  size (default: 32)
  --opt {sgd,adam}      which (default: adam)
  --nesterov, --no-nesterov
                        use it (default: True)
  --fast                be fast (default: False)
  --data DIR            where the data is (default: data)
""",
    "click": """Usage: train.py [OPTIONS]

Options:
  --lr FLOAT                  Learning rate.  [default: 0.001]
  -d, --depth INTEGER RANGE   [default: 4; 1<=x<=12]
  --keep FLOAT RANGE          [default: 0.9; 0<=x<=1]
  --method [svd|line]         [default: svd]
  --shuffle / --no-shuffle    [default: shuffle]
  --out PATH
  --help                      Show this message and exit.
""",
    "absl": """
flags:

train.py:
  --batch_size: Batch size.
    (default: '128')
    (an integer)
  --learning_rate: Learning
    rate.
    (default: '0.1')
    (a number)
  --[no]nesterov: use it
    (default: 'true')
  --optimizer: <sgd|adam>: which one
    (default: 'sgd')
  --workdir: Directory.
""",
    "fire": """NAME
    fi.py

SYNOPSIS
    fi.py <flags>

FLAGS
    -l, --lr=LR
        Default: 0.01
    --layers=LAYERS
        Default: 2
    -o, --opt=OPT
        Default: 'adam'
""",
    "minisat": """USAGE: minisat [options] <input-file> <result-output-file>

CORE OPTIONS:

  -rnd-init, -no-rnd-init                 (default: off)
  -luby, -no-luby                         (default: on)

  -rnd-freq    = <double> [   0 ..    1] (default: 0)
  -var-decay   = <double> (   0 ..    1) (default: 0.95)
  -phase-saving = <int32>  [   0 ..    2] (default: 2)
  -rfirst      = <int32>  [   1 .. imax] (default: 100)
""",
    "clap": """Usage: prog [OPTIONS]

Options:
  -l, --lr <LR>          Learning rate [default: 0.1]
  -n, --num-trees <N>    Number of trees [default: 100]
      --kind <KIND>      Which [default: fast] [possible values: fast, slow]
      --verbose          Say more
  -h, --help             Print help
""",
    "gnu": """Usage: solver [OPTION]... FILE
  -t, --tolerance=NUM    stop there (default 1e-6)
      --restarts=INT     how often (default: 10)
      --greedy           be greedy
""",
    "go": """Usage of prog:
  -alpha float
        learning rate (default 0.5)
  -epochs int
        how long (default 10)
  -fast
        be fast
""",
}
EXPECTED: dict[str, dict[str, tuple[Kind, Any]]] = {
    "argparse": {
        "--lr": (Kind.REAL, 0.1),
        "--batch-size": (Kind.INTEGER, 32),
        "--opt": (Kind.CHOICE, "adam"),
        "--nesterov": (Kind.PAIR, True),
        "--fast": (Kind.CONSTANT, False),
        "--data": (Kind.TEXT, "data"),
    },
    "click": {
        "--lr": (Kind.REAL, 0.001),
        "--depth": (Kind.INTEGER, 4),
        "--keep": (Kind.REAL, 0.9),
        "--method": (Kind.CHOICE, "svd"),
        "--shuffle": (Kind.PAIR, True),
        "--out": (Kind.TEXT, None),
    },
    "absl": {
        "--batch_size": (Kind.INTEGER, 128),
        "--learning_rate": (Kind.REAL, 0.1),
        "--nesterov": (Kind.PAIR, True),
        "--optimizer": (Kind.TEXT, "sgd"),
        "--workdir": (Kind.TEXT, None),
    },
    "fire": {"--lr": (Kind.REAL, 0.01), "--layers": (Kind.INTEGER, 2), "--opt": (Kind.TEXT, "adam")},
    "minisat": {
        "-rnd-init": (Kind.PAIR, False),
        "-luby": (Kind.PAIR, True),
        "-rnd-freq": (Kind.REAL, 0),
        "-var-decay": (Kind.REAL, 0.95),
        "-phase-saving": (Kind.INTEGER, 2),
        "-rfirst": (Kind.INTEGER, 100),
    },
    "clap": {
        "--lr": (Kind.REAL, 0.1),
        "--num-trees": (Kind.INTEGER, 100),
        "--kind": (Kind.CHOICE, "fast"),
        "--verbose": (Kind.CONSTANT, False),
    },
    "gnu": {
        "--tolerance": (Kind.REAL, 1e-6),
        "--restarts": (Kind.INTEGER, 10),
        "--greedy": (Kind.CONSTANT, False),
    },
    "go": {"-alpha": (Kind.REAL, 0.5), "-epochs": (Kind.INTEGER, 10), "-fast": (Kind.CONSTANT, False)},
}


@pytest.mark.parametrize("name", TEXTS)
def test_forms(name: str) -> None:
    program = program_in_help(TEXTS[name])
    assert program is not None
    assert {one.flag: (one.kind, one.default) for one in program.arguments} == EXPECTED[name]


def test_bounds_choices_and_what_joins_flag_and_value() -> None:
    minisat, click, clap = (program_in_help(TEXTS[name]) for name in ("minisat", "click", "clap"))
    assert minisat is not None
    assert click is not None
    assert clap is not None
    by_flag = {one.flag: one for program in (minisat, click, clap) for one in program.arguments}
    decay, saving, first = (by_flag[name] for name in ("-var-decay", "-phase-saving", "-rfirst"))
    assert (decay.low, decay.high, decay.low_open, decay.joint) == (0, 1, True, "=")
    assert (saving.low, saving.high, saving.exact) == (0, 2, True)
    assert (first.low, first.high, first.exact) == (1, None, False)
    assert (by_flag["--depth"].low, by_flag["--depth"].high) == (1, 12)
    assert by_flag["--method"].choices == ("svd", "line")
    assert by_flag["--kind"].choices == ("fast", "slow")


def test_a_text_without_arguments() -> None:
    assert program_in_help("This program has no options - none at all.\n") is None
