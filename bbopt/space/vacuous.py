"""Conditions and forbidden clauses that no values of the parameters fulfil: mostly slips."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace
from bbopt.space.declarations import Parameter, ParameterKind
from bbopt.space.expressions import BINARY_OPERATORS, UNARY_OPERATORS, Apply, ExpressionClause, PushNumber
from bbopt.space.forbidden import CombinationClause, ForbiddenClause, clause_label
from bbopt.space.step_grid import StepGrid

__all__ = ["never_holding"]

_N_DRAWN = 1024
_MOST_ROWS = 20_000
_MOST_LISTED = 50
"""An integer of so many values is looked at value by value."""

_COMPARISONS = {BINARY_OPERATORS[sign].function for sign in ("==", "!=", "<", ">", "<=", ">=", "&&", "||")}


def never_holding(space: CompiledSpace) -> Iterator[str]:
    """A sentence for each condition and clause that is proven to hold for no values; most show at once.

    What random rows do not fulfil is decided by rows that stand for all: every value of a list, and of a
    number those on either side of all that it is compared with.  Where they are too many, or an expression
    calculates with reals, nothing is said.
    """
    drawn = space.decode(np.random.default_rng(0).random((_N_DRAWN, space.n_params)))
    yield from _conditions(space, set(np.flatnonzero(space.active(drawn).any(axis=0)).tolist()))
    for clause in space.forbidden.clauses:
        if not clause.matches(drawn).any() and _is_vacuous(space, clause):
            together = isinstance(clause, CombinationClause)
            hint = ": its values are forbidden only all together" if together else ""
            yield f"the forbidden clause {clause_label(clause)} can never hold{hint}"


def _conditions(space: CompiledSpace, seen: set[int]) -> Iterator[str]:
    """Those of children that are never active; `seen` are columns that are."""
    parents: dict[int, set[int]] = defaultdict(set)
    constants: dict[int, set[float]] = defaultdict(set)
    lines: dict[int, list[str]] = defaultdict(list)
    for condition in space.conditions:
        child = space.index[condition.child]
        lines[child].append(condition.text + ("" if condition.line is None else f" (line {condition.line})"))
        for literal in (literal for literals in condition.alternatives for literal in literals):
            column = space.index[literal.parent]
            parents[child].add(column)
            constants[column].update(literal.values)
    for child in [child for child in lines if child not in seen]:
        rows = _rows(space, {c: _values(space.parameters[c], constants[c]) for c in _above(child, parents)})
        if rows is not None and not space.active(rows)[:, child].any():
            yield f"{space.names[child]} is never active: {' and '.join(lines[child])} can never hold"


def _above(child: int, parents: Mapping[int, Collection[int]]) -> set[int]:
    found: set[int] = set()
    pending = [child]
    while pending:
        new = set(parents.get(pending.pop(), ())) - found
        found |= new
        pending += new
    return found


def _is_vacuous(space: CompiledSpace, clause: ForbiddenClause) -> bool:
    if isinstance(clause, CombinationClause):
        return len(set(zip(clause.columns, clause.values, strict=True))) > len(set(clause.columns))
    if not isinstance(clause, ExpressionClause):
        return False
    parameters = {column: space.parameters[column] for column in clause.columns}
    landmarks = _landmarks(clause, parameters.values())
    if landmarks is None and not all(p.size <= _MOST_ROWS for p in parameters.values()):
        return False
    n_columns = max(1, len(parameters))
    values = {c: _values(p, landmarks, n_columns, merges=False) for c, p in parameters.items()}
    rows = _rows(space, values)
    return rows is not None and not clause.matches(rows).any()


def _landmarks(clause: ExpressionClause, parameters: Iterable[Parameter]) -> set[float] | None:
    """The numbers that its parameters are compared with; None where it calculates with them."""
    found = {bound for p in parameters if not p.kind.is_discrete for bound in (p.low, p.high)}
    previous = None
    for step in clause.steps:
        if isinstance(step, PushNumber):
            found |= {step.value, -step.value}
        elif isinstance(step, Apply) and step.function not in _COMPARISONS:
            is_sign = step.function in UNARY_OPERATORS.values() and isinstance(previous, PushNumber)
            if not is_sign:
                return None
        previous = step
    return found


def _values(
    parameter: Parameter, landmarks: Collection[float] | None, n_between: int = 1, *, merges: bool = True
) -> list[float]:
    """Values that stand for all, given what they are compared with; None is for anything."""
    low, high = parameter.low, parameter.high
    if parameter.kind is ParameterKind.CATEGORICAL and merges and landmarks is not None:
        others = (x for x in range(int(high) + 1) if x not in landmarks)
        return [*landmarks, *[float(x) for x in others][:1]]
    if parameter.size <= _MOST_LISTED or parameter.kind.is_discrete or landmarks is None:
        return list(map(float, parameter.listed))
    points = sorted({low, high, *(x for x in landmarks if low <= x <= high)})
    shares = [i / (n_between + 1) for i in range(1, n_between + 1)]
    between = [a + (b - a) * share for a, b in pairwise(points) for share in shares]
    if parameter.grid is not None:
        return _of_grid(parameter.grid, [*points, *between], n_between)
    if parameter.kind is ParameterKind.REAL:
        return [*points, *between]
    near = {x + step for x in points for step in range(-n_between, n_between + 1)}
    whole = {math.floor(x) for x in (*points, *between, *near)} | {math.ceil(x) for x in points}
    return sorted(float(x) for x in whole if low <= x <= high)


def _of_grid(grid: StepGrid, points: Iterable[float], n_near: int) -> list[float]:
    """Its numbers at the points and around them."""
    places = {math.floor(grid.position(x)) + step for x in points for step in range(-n_near, n_near + 2)}
    return [grid.at(float(place)) for place in sorted(places) if 0 <= place < grid.count]


def _rows(space: CompiledSpace, values: Mapping[int, list[float]]) -> NDArray[np.float64] | None:
    """All combinations of `values` by column, the rest at the default; None for too many."""
    n_rows = math.prod(map(len, values.values()))
    if n_rows > _MOST_ROWS:
        return None
    rows = np.repeat(space.default_row, n_rows, axis=0)
    grid = np.meshgrid(*values.values(), indexing="ij")
    for column, part in zip(values, grid, strict=True):
        rows[:, column] = part.ravel()
    return rows
