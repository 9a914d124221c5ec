"""Forbidden clauses, evaluated for whole matrices of native values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["CombinationClause", "ForbiddenClause", "ForbiddenClauses", "clause_label"]


class ForbiddenClause(Protocol):
    """Something that forbids rows; `columns` are the parameters that it mentions."""

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns of these parameters."""
        ...

    @property
    def line(self) -> int | None:
        """Where the parameter file has it."""
        ...

    @property
    def text(self) -> str:
        """The clause as the parameter file has it."""
        ...

    def matches(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows of native values (n, n_params) are forbidden."""
        ...


def clause_label(clause: ForbiddenClause) -> str:
    """The clause for messages, with its line."""
    return clause.text if clause.line is None else f"{clause.text} (line {clause.line})"


@dataclass(frozen=True, slots=True)
class CombinationClause:
    """The classic clause: these native values of these columns must not all occur together."""

    columns: tuple[int, ...]
    values: tuple[float, ...]
    line: int | None
    text: str

    def matches(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows of native values (n, n_params) hold all of them."""
        result = np.ones(len(values), dtype=bool)
        for column, value in zip(self.columns, self.values, strict=True):
            result &= values[:, column] == value
        return result


class ForbiddenClauses:
    """All forbidden clauses of a space.

    They look at inactive parameters too, as SMAC v2 does: a clause that names one matches with the value that
    stands there, usually the default.
    """

    def __init__(self, clauses: Sequence[ForbiddenClause]) -> None:
        self.clauses = tuple(clauses)

    def is_forbidden(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows of native values (n, n_params) match at least one clause."""
        result = np.zeros(len(values), dtype=bool)
        for clause in self.clauses:
            result |= clause.matches(values)
        return result

    def counts(self, values: NDArray[np.float64]) -> list[int]:
        """How many rows each clause matches."""
        return [int(np.count_nonzero(clause.matches(values))) for clause in self.clauses]
