"""The seed of a search, and `-S name=value`: seeds of single random streams, by SMAC v2's names for them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.java_numbers import LARGEST_INT
from bbopt.options import OptionValues
from bbopt.scenario.state_folders import state_folder_seed

__all__ = ["NamedSeeds", "draw_seed", "read_named_seeds", "read_num_run"]

_OPTION = "S"
_PAIRS, _START, _SEARCH = "INSTANCE_SEEDS", "INITIAL_INCUMBENT_SELECTION", "RANDOM_CONFIG_POOL"
_INTEGER = re.compile(r"\+?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class NamedSeeds:
    """The seeds of streams that can be named.

    pairs: of the instances and seeds that configurations are compared on, and of the space-filling design;
    None where nobody named it.  start: of RANDOM initial configurations.  search: of all else that the
    engine draws.
    """

    pairs: int | None
    start: int
    search: int
    warnings: tuple[str, ...]


def read_named_seeds(values: OptionValues, seed: int) -> NamedSeeds:
    """What the options say, the first of several for one name, and otherwise the run's own `seed`.

    InputErrors for values that are no seeds; names of SMAC v2 that have no stream here are warned of.
    """
    seeds: dict[str, int] = {}
    problems: list[InputError] = []
    warnings: list[str] = []
    for text, place in values.placed_texts(_OPTION):
        name, _, value = (part.strip() for part in text.partition("="))
        if not _INTEGER.fullmatch(value) or int(value) > LARGEST_INT:
            problems.append(
                InputError(
                    f"{_OPTION} {name} is no seed",
                    place=place,
                    got=repr(value),
                    expected=f"an integer in [0, {LARGEST_INT}]",
                )
            )
        elif name in (_PAIRS, _START, _SEARCH):
            seeds.setdefault(name, int(value))
        else:
            known = ", ".join((_PAIRS, _START, _SEARCH))
            warnings.append(f"{place}: {_OPTION} {name} has no effect; the random streams are {known}")
    if problems:
        raise InputErrors(problems)
    return NamedSeeds(seeds.get(_PAIRS), seeds.get(_START, seed), seeds.get(_SEARCH, seed), tuple(warnings))


def draw_seed() -> int:
    """A seed from the operating system, for a search without --seed."""
    return int.from_bytes(os.urandom(4), "big") & LARGEST_INT


def read_num_run(
    values: OptionValues, restore_dir: Path | None, draw: Callable[[], int], problems: Problems
) -> int:
    """The seed as given, of the restored run, or drawn so that the offset leads to no impossible seed.

    What is wrong with it is added to `problems`.
    """
    restored = problems.attempt(lambda: _restored_seed(values, restore_dir)) if restore_dir else None
    if restored is not None:
        return restored
    offset = values.integer("seed-offset")
    lowest, highest = max(0, -offset), min(LARGEST_INT, LARGEST_INT - offset)
    if not values.is_given("num-run"):
        return lowest + draw() % (highest - lowest + 1)
    given = values.optional_integer("num-run")
    if given is None:  # its problem is already known
        return lowest
    if not lowest <= given <= highest:
        problem = InputError(
            "the seed plus its offset is out of range",
            place=values.place("seed-offset"),
            got=f"{given} + {offset}",
            expected=f"a sum in [0, {LARGEST_INT}]",
        )
        problems.append(problem)
    return given


def _restored_seed(values: OptionValues, restore_dir: Path) -> int | None:
    """A restored run goes on with its own seed; None where the folder's name does not tell it."""
    own = state_folder_seed(restore_dir)
    given = values.optional_integer("num-run")
    if own is None and not values.is_given("num-run"):
        raise InputError(
            "the name of the state folder does not tell the seed of the run",
            place=Place(restore_dir),
            expected="a folder named state-runN, N being the seed of the run",
            remedy="give --seed N as well, or rename the folder",
        )
    if own is not None and given is not None and given != own:
        raise InputError(
            "a restored run goes on with its own seed",
            place=values.place("num-run"),
            got=f"seed {given}, and the state folder {restore_dir}",
            expected=f"seed {own}",
            remedy="leave out --seed",
        )
    return own
