"""The mixture of families that the scenarios draw their instances from, in sizes that suit their solver."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from .crafted_families import factoring, latin_square, parity, pigeonhole
from .formula import Formula
from .instance_set import SATISFIABLE, UNKNOWN, UNSATISFIABLE, Family
from .random_families import colouring, random_clauses


@dataclass(frozen=True, slots=True)
class Sizes:
    """The least and the largest size of each family's instances, and the number of holes for the pigeons."""

    threshold3_variables: tuple[int, int]
    threshold5_variables: tuple[int, int]
    colouring_nodes: tuple[int, int]
    planted_nodes: tuple[int, int]
    latin_order: tuple[int, int]
    cubic_node_pairs: tuple[int, int]
    quartic_nodes: tuple[int, int]
    factor_bits: tuple[int, int]
    pigeon_holes: int
    pigeon_choices: int


def mixture(sizes: Sizes) -> tuple[Family, ...]:
    """Ten families, 20 instances; the densities are where each is hardest."""
    return (
        _random_clauses("threshold3", 3, sizes.threshold3_variables, 3, 4.26),
        _random_clauses("threshold5", 3, sizes.threshold5_variables, 5, 21.1),
        _family(
            "colouring", 2, sizes.colouring_nodes, lambda rng, n: colouring(rng, n, round(4.33 * n), 4, False)
        ),
        _family(
            "planted",
            2,
            sizes.planted_nodes,
            lambda rng, n: colouring(rng, n, round(4.5 * n), 4, True),
            SATISFIABLE,
        ),
        _family(
            "latin",
            3,
            sizes.latin_order,
            lambda rng, n: latin_square(rng, n, round(0.42 * n * n)),
            SATISFIABLE,
        ),
        Family(
            "pigeons",
            1,
            lambda rng: pigeonhole(rng, sizes.pigeon_holes, sizes.pigeon_choices),
            UNSATISFIABLE,
        ),
        _family(
            "cubic", 2, sizes.cubic_node_pairs, lambda rng, n: parity(rng, 2 * n, 3, False), UNSATISFIABLE
        ),
        _family("quartic", 2, sizes.quartic_nodes, lambda rng, n: parity(rng, n, 4, False), UNSATISFIABLE),
        _family("product", 1, sizes.factor_bits, lambda rng, n: factoring(rng, n, True), SATISFIABLE),
        _family("prime", 1, sizes.factor_bits, lambda rng, n: factoring(rng, n, False), UNSATISFIABLE),
    )


def _random_clauses(name: str, count: int, variables: tuple[int, int], length: int, ratio: float) -> Family:
    return _family(name, count, variables, lambda rng, n: random_clauses(rng, n, length, ratio))


def _family(
    name: str,
    count: int,
    sizes: tuple[int, int],
    draw: Callable[[random.Random, int], Formula],
    answer: str = UNKNOWN,
) -> Family:
    """Instances of a random size."""
    return Family(name, count, lambda rng: draw(rng, rng.randint(*sizes)), answer)
