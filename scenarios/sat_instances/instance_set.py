"""Training and test instances drawn from a recipe, and the lists that a scenario names."""

from __future__ import annotations

import argparse
import csv
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .features import FEATURES, features
from .formula import Formula

SPLITS = ("training", "test")
SATISFIABLE, UNSATISFIABLE, UNKNOWN = "SATISFIABLE", "UNSATISFIABLE", "0"


@dataclass(frozen=True, slots=True)
class Family:
    """`count` training and as many test instances; `answer` is what is known by how they are made."""

    name: str
    count: int
    draw: Callable[[random.Random], Formula]
    answer: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Instance:
    """A formula with its name (without a folder) and what is known of its answer."""

    name: str
    formula: Formula
    answer: str


def draw_split(families: Sequence[Family], split: str, seed: int) -> list[Instance]:
    """The instances of "training" or "test"; each depends on the seed and its own name only."""
    instances = []
    for family in families:
        for number in range(1, family.count + 1):
            name = f"{split}-{family.name}-{number}.cnf"
            rng = random.Random(f"{seed} {name}")
            instances.append(Instance(name, family.draw(rng).shuffled(rng), family.answer))
    return instances


def write_set(
    families: Sequence[Family], seed: int, folder: Path, listed_as: str, with_features: bool
) -> None:
    """Write the instances, `training.txt`, `test.txt` and `features.csv`; lists say `listed_as/NAME`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[list[object]] = []
    for split in SPLITS:
        instances = draw_split(families, split, seed)
        for instance in instances:
            (folder / instance.name).write_text(instance.formula.dimacs(f"{instance.name}, seed {seed}"))
            values = features(instance.formula) if with_features else {}
            rows.append([f"{listed_as}/{instance.name}", *(f"{value:.6g}" for value in values.values())])
        lines = [f"{listed_as}/{instance.name} {instance.answer}\n" for instance in instances]
        (folder / f"{split}.txt").write_text("".join(lines))
    if with_features:
        with (folder / "features.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([["instance", *FEATURES], *rows])


def main(families: Sequence[Family], scenario: Path, description: str, with_features: bool) -> None:
    """The command of a scenario's `generate.py`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed is another set (default: %(default)s)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=scenario / "instances",
        help="where to write (default: instances/ beside this script, which scenario.txt names)",
    )
    given = parser.parse_args()
    listed_as = Path(os.path.relpath(given.folder.resolve(), scenario)).as_posix()
    write_set(families, given.seed, given.folder, listed_as, with_features)
    print(f"{sum(family.count for family in families)} training and as many test instances in {given.folder}")
