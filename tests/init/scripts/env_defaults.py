"""Defaults of an environment variable and of a file beside it; a type that is a partial; two long names."""

import argparse
import functools
import os
from pathlib import Path

DEFAULTS = {"lr": 0.02} if Path(__file__).exists() else {}


def bounded(text, low, high):
    value = int(text)
    if not low <= value <= high:
        raise argparse.ArgumentTypeError("out of range")
    return value


def cli(parser=None):
    parser = parser or argparse.ArgumentParser()
    opt = parser.add_argument_group("optimisation")
    opt.add_argument("--lr", type=float, default=DEFAULTS.get("lr"))  #: lr real 0.02
    opt.add_argument(
        "--width", type=functools.partial(bounded, low=1, high=10), default=4
    )  #: width integer 4 1..10
    opt.add_argument("--cooling", "--cool-down", type=float, default=0.97)  #: cooling real 0.97
    opt.add_argument("--user", default=os.environ.get("NO_SUCH_USER"))  #: user text None
    return parser


if __name__ == "__main__":
    found = vars(cli().parse_args())
    print(f"energy = {found['width'] * found['lr']:.3e} J")
