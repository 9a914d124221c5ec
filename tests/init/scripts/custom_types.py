"""Functions behind type: limits, powers, paths, enumerations, dates."""

import argparse
import enum
from pathlib import Path


class Loss(enum.Enum):
    HINGE = "hinge"
    LOG = "log"

    def __str__(self):
        return self.value


class Speed(enum.IntEnum):
    SLOW = 1
    FAST = 2


def probability(text):
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no probability")
    return value


def positive_int(text):
    value = int(text)
    if value < 1:
        raise ValueError("not positive")
    return value


def parse():
    p = argparse.ArgumentParser(fromfile_prefix_chars="@")
    p.add_argument("--keep", type=probability, default=0.8)  #: keep real 0.8 0..1
    p.add_argument("--n-estimators", type=positive_int, default=100)  #: n-estimators integer 100 1..
    p.add_argument("--tolerance", type=lambda s: float(s), default="1e-3")  #: tolerance real 0.001
    p.add_argument("--loss", type=Loss, choices=list(Loss), default=Loss.LOG)  #: loss choice log hinge|log
    p.add_argument(
        "--speed", type=lambda s: Speed[s], choices=list(Speed), default=Speed.SLOW
    )  #: speed choice SLOW SLOW|FAST
    p.add_argument("--workdir", type=Path, default=Path("."))  #: workdir text
    p.add_argument("--log", type=argparse.FileType("w"), default="-")  #: log text
    p.add_argument("--depth", type=int, choices=range(1, 11), default=3)  #: depth integer 3 1..10
    p.add_argument("--units", type=int, choices=[16, 32, 64], default=32)  #: units choice 32 16|32|64
    p.add_argument(
        "--ratio", type=float, choices=[0.5, 1.0, 2.0], default=1.0
    )  #: ratio choice 1.0 0.5|1.0|2.0
    p.add_argument("--steps", type=eval, default=10)  #: steps real 10
    p.add_argument("--scale", default=1.0)  #: scale text 1.0
    return p.parse_args()


args = parse()
print({"val_loss": abs(args.keep - 0.4) + args.depth / 10 + 32 / args.units, "epoch": 1})
