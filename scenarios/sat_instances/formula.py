"""A formula in conjunctive normal form, built clause by clause."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence


class Formula:
    """Clauses over the variables 1 to `variables`; a literal is a variable or its negative."""

    def __init__(self) -> None:
        self.variables = 0
        self.clauses: list[tuple[int, ...]] = []

    def new_variable(self) -> int:
        """A variable that nothing uses yet."""
        self.variables += 1
        return self.variables

    def new_variables(self, count: int) -> list[int]:
        """So many variables that nothing uses yet."""
        return [self.new_variable() for _ in range(count)]

    def add(self, *literals: int) -> None:
        """One of these literals holds."""
        self.clauses.append(literals)

    def at_most_one(self, literals: Iterable[int]) -> None:
        """No two of these literals hold."""
        for first, second in itertools.combinations(literals, 2):
            self.add(-first, -second)

    def exactly_one(self, literals: Sequence[int]) -> None:
        """One of these literals holds, and no other."""
        self.add(*literals)
        self.at_most_one(literals)

    def parity(self, literals: Sequence[int], odd: bool) -> None:
        """The number of these literals that hold is odd, or even: 2^(n-1) clauses for n literals."""
        for signs in itertools.product((1, -1), repeat=len(literals)):
            # A clause excludes the one assignment that makes all its literals false: those of wrong parity.
            true_literals = signs.count(-1)
            if (true_literals % 2 == 1) != odd:
                self.add(*(sign * literal for sign, literal in zip(signs, literals, strict=True)))

    def conjunction(self, first: int, second: int) -> int:
        """A new variable that says whether both hold."""
        both = self.new_variable()
        self.add(-both, first)
        self.add(-both, second)
        self.add(both, -first, -second)
        return both

    def exclusive_or(self, *literals: int) -> int:
        """A new variable that says whether an odd number of them holds."""
        is_odd = self.new_variable()
        self.parity([*literals, is_odd], odd=False)
        return is_odd

    def majority(self, first: int, second: int, third: int) -> int:
        """A new variable that says whether two or three of them hold."""
        result = self.new_variable()
        for one, other in itertools.combinations((first, second, third), 2):
            self.add(result, -one, -other)
            self.add(-result, one, other)
        return result

    def shuffled(self, rng: random.Random) -> Formula:
        """The same problem with variables renamed, and clauses and their literals in another order."""
        names = list(range(1, self.variables + 1))
        rng.shuffle(names)
        result = Formula()
        result.variables = self.variables
        for clause in self.clauses:
            renamed = [names[abs(literal) - 1] * (1 if literal > 0 else -1) for literal in clause]
            rng.shuffle(renamed)
            result.add(*renamed)
        rng.shuffle(result.clauses)
        return result

    def dimacs(self, comment: str) -> str:
        """The text of a DIMACS file."""
        lines = [f"c {comment}", f"p cnf {self.variables} {len(self.clauses)}"]
        lines += [" ".join(map(str, (*clause, 0))) for clause in self.clauses]
        return "\n".join(lines) + "\n"
