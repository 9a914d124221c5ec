"""`-S name=value`: seeds of single random streams, by SMAC v2's names for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbopt.errors import InputError, InputErrors
from bbopt.java_numbers import LARGEST_INT
from bbopt.options import OptionValues

__all__ = ["NamedSeeds", "read_named_seeds"]

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
