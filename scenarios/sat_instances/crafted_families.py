"""Problems with structure: Latin squares, pigeons, parities, and the factors of a number."""

from __future__ import annotations

import random
from collections import defaultdict

from .formula import Formula


def latin_square(rng: random.Random, order: int, holes: int) -> Formula:
    """Fill the holes of a quasigroup's table: satisfiable, hardest with about 42% of the cells empty.

    Gomes, Shmoys (2002), "Completing quasigroups or Latin squares: a structured graph coloring problem".
    """
    rows, columns, symbols = (rng.sample(range(order), order) for _ in range(3))
    cells = [(row, column) for row in range(order) for column in range(order)]
    empty = sorted(rng.sample(cells, holes))
    missing_in_row = [set[int]() for _ in range(order)]
    missing_in_column = [set[int]() for _ in range(order)]
    for row, column in empty:
        symbol = symbols[(rows[row] + columns[column]) % order]
        missing_in_row[row].add(symbol)
        missing_in_column[column].add(symbol)
    formula = Formula()
    # A group is what holds exactly one true variable: a cell, or a symbol's places in a row or a column.
    groups: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for row, column in empty:
        for symbol in sorted(missing_in_row[row] & missing_in_column[column]):
            variable = formula.new_variable()
            for group in (("cell", row, column), ("row", row, symbol), ("column", column, symbol)):
                groups[group].append(variable)
    for variables in groups.values():
        formula.exactly_one(variables)
    return formula


def pigeonhole(rng: random.Random, holes: int, choices: int) -> Formula:
    """One pigeon more than holes, each with random `choices` of the holes: unsatisfiable."""
    formula = Formula()
    takers: list[list[int]] = [[] for _ in range(holes)]
    for _ in range(holes + 1):
        sits_in = formula.new_variables(choices)
        formula.add(*sits_in)
        for hole, variable in zip(rng.sample(range(holes), choices), sits_in, strict=True):
            takers[hole].append(variable)
    for variables in takers:
        formula.at_most_one(variables)
    return formula


def parity(rng: random.Random, nodes: int, degree: int, satisfiable: bool) -> Formula:
    """Tseitin's formula of a random graph: the edges at each node have a given parity.

    Urquhart (1987), "Hard examples for resolution": unsatisfiable when the parities sum to an odd number.
    """
    formula = Formula()
    edges_at: list[list[int]] = [[] for _ in range(nodes)]
    for first, second in _random_regular_graph(rng, nodes, degree):
        edge = formula.new_variable()
        edges_at[first].append(edge)
        edges_at[second].append(edge)
    odd = [rng.random() < 0.5 for _ in range(nodes)]
    odd[0] ^= (sum(odd) % 2 == 1) == satisfiable
    for edges, is_odd in zip(edges_at, odd, strict=True):
        formula.parity(edges, is_odd)
    return formula


def _random_regular_graph(rng: random.Random, nodes: int, degree: int) -> list[tuple[int, int]]:
    """Pair the ends of edges at random until no edge is a loop or double (`nodes * degree` must be even)."""
    ends = [node for node in range(nodes) for _ in range(degree)]
    while True:
        rng.shuffle(ends)
        pairs = list(zip(ends[::2], ends[1::2], strict=True))
        if all(a != b for a, b in pairs) and len({frozenset(pair) for pair in pairs}) == len(pairs):
            return pairs


def factoring(rng: random.Random, bits: int, satisfiable: bool) -> Formula:
    """Write a number as a product: of two primes of `bits` bits, or (in vain) a prime of twice the bits.

    The multiplier is an array of full adders; both factors are odd and have `bits` bits.
    """
    if satisfiable:
        number = _random_prime(rng, bits) * _random_prime(rng, bits)
    else:
        number = _random_prime(rng, 2 * bits)
    formula = Formula()
    left, right = formula.new_variables(bits), formula.new_variables(bits)
    for factor in (left, right):
        formula.add(factor[0])
        formula.add(factor[-1])
    for position, bit in enumerate(_product(formula, left, right)):
        formula.add(bit if number >> position & 1 else -bit)
    return formula


def _product(formula: Formula, left: list[int], right: list[int]) -> list[int]:
    """The bits of the product, lowest first: partial products summed column by column."""
    columns: list[list[int]] = [[] for _ in range(len(left) + len(right) + 1)]
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            columns[i + j].append(formula.conjunction(one, other))
    bits = []
    for index, column in enumerate(columns):
        while len(column) > 1:
            terms = [column.pop(0) for _ in range(min(3, len(column)))]
            column.append(formula.exclusive_or(*terms))
            is_pair = len(terms) == 2
            columns[index + 1].append(formula.conjunction(*terms) if is_pair else formula.majority(*terms))
        bits += column
    return bits


def _random_prime(rng: random.Random, bits: int) -> int:
    """A prime with its highest bit set, found by trial division (so `bits` is at most about 40)."""
    while True:
        number = rng.randrange(1 << (bits - 1), 1 << bits) | 1
        if all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2)):
            return number
