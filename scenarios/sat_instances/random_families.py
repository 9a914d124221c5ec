"""Problems without structure: random clauses, and colourings of random graphs."""

from __future__ import annotations

import itertools
import random

from .formula import Formula


def random_clauses(rng: random.Random, variables: int, length: int, ratio: float) -> Formula:
    """Random k-SAT: distinct clauses of `length` literals, `ratio` of them per variable.

    Half of the formulas are satisfiable near the ratios 4.26 (length 3), 9.93 (4), 21.12 (5), where they are
    hardest: Mitchell, Selman, Levesque (1992), "Hard and easy distributions of SAT problems".
    """
    formula = Formula()
    names = formula.new_variables(variables)
    seen: set[tuple[int, ...]] = set()
    while len(seen) < round(ratio * variables):
        clause = tuple(rng.choice((1, -1)) * name for name in sorted(rng.sample(names, length)))
        if clause not in seen:
            seen.add(clause)
            formula.add(*clause)
    return formula


def colouring(rng: random.Random, nodes: int, edges: int, colours: int, planted: bool) -> Formula:
    """Colour a random graph; `planted` draws only edges that some hidden balanced colouring allows."""
    hidden = [node % colours for node in range(nodes)]
    rng.shuffle(hidden)
    possible = [
        (first, second)
        for first, second in itertools.combinations(range(nodes), 2)
        if not planted or hidden[first] != hidden[second]
    ]
    formula = Formula()
    colour = [formula.new_variables(colours) for _ in range(nodes)]
    for choices in colour:
        formula.exactly_one(choices)
    for first, second in rng.sample(possible, edges):
        for one, other in zip(colour[first], colour[second], strict=True):
            formula.add(-one, -other)
    return formula
