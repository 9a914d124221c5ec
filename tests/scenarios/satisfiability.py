"""A small complete solver, for tests of generators without any solver installed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

Clause = Sequence[int]


def satisfiable(clauses: Iterable[Clause]) -> bool:
    """Davis, Putnam, Logemann, Loveland (1962): unit propagation, and a branch on the first literal left."""
    remaining = _propagated([frozenset(clause) for clause in clauses])
    if remaining is None:
        return False
    if not remaining:
        return True
    literal = min(remaining, key=len).__iter__().__next__()
    return any(satisfiable([*remaining, (choice,)]) for choice in (literal, -literal))


def _propagated(clauses: list[frozenset[int]]) -> list[frozenset[int]] | None:
    """What is left when all unit clauses are obeyed; None when they contradict."""
    while True:
        units = {literal for clause in clauses if len(clause) == 1 for literal in clause}
        if not units:
            return clauses
        if any(-literal in units for literal in units):
            return None
        false = {-literal for literal in units}
        clauses = [clause - false for clause in clauses if not clause & units]
        if frozenset() in clauses:
            return None


def models(clauses: Sequence[Clause], variables: int) -> list[tuple[bool, ...]]:
    """All assignments that satisfy the clauses, by trying all."""
    return [
        values
        for values in itertools.product((False, True), repeat=variables)
        if all(any(values[abs(literal) - 1] == (literal > 0) for literal in clause) for clause in clauses)
    ]
