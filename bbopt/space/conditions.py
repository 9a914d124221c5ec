"""Which parameters are active: conditions compiled to operations on whole columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bbopt.space.declarations import Condition, Literal, Operator, Parameter

__all__ = ["CompiledConditions", "find_cycle", "parents_first"]

_Formula = tuple[tuple[tuple[int, ...], ...], ...]
"""Numbers of literals: lines joined by "and", of alternatives joined by "or", of literals joined by "and"."""


def _parents(conditions: Sequence[Condition]) -> dict[str, list[str]]:
    parents: dict[str, list[str]] = {}
    for condition in conditions:
        known = parents.setdefault(condition.child, [])
        known += [literal.parent for literals in condition.alternatives for literal in literals]
    return parents


def find_cycle(conditions: Sequence[Condition]) -> tuple[str, ...]:
    """Names along one circle of conditions, the first repeated at the end; empty when there is none."""
    parents = _parents(conditions)
    finished: set[str] = set()
    for root in parents:
        path = [root]
        pending = [iter(parents[root])]
        while pending:
            parent = next(pending[-1], None)
            if parent is None:
                pending.pop()
                finished.add(path.pop())
            elif parent in path:
                return (*path[path.index(parent) :], parent)
            elif parent not in finished:
                path.append(parent)
                pending.append(iter(parents.get(parent, ())))
    return ()


def parents_first(names: Sequence[str], conditions: Sequence[Condition]) -> list[str]:
    """`names` in an order in which every parameter comes after its parents; there must be no cycle."""
    parents = _parents(conditions)
    ordered: dict[str, None] = {}
    for name in names:
        pending = [name]
        while pending:
            missing = [parent for parent in parents.get(pending[-1], ()) if parent not in ordered]
            if missing:
                pending += missing
            else:
                ordered.setdefault(pending.pop())
    return list(ordered)


class _CompiledLiteral:
    """One comparison of a column; choices go through a table, numbers are compared."""

    def __init__(self, literal: Literal, column: int, parameter: Parameter) -> None:
        self.column = column
        self._operator = literal.operator
        self._values = np.array(literal.values)
        self.table: NDArray[np.bool_] | None = None  # the answer for each choice, whatever the operator
        if parameter.kind.is_discrete:
            self.table = self._compare(np.arange(len(parameter.choices), dtype=float))

    def holds(self, column_values: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self.table is not None:
            found: NDArray[np.bool_] = self.table[column_values.astype(np.intp)]
            return found
        return self._compare(column_values)

    def _compare(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        result: NDArray[np.bool_]
        match self._operator:
            case Operator.IN:
                result = np.isin(values, self._values)
            case Operator.EQUAL:
                result = values == self._values[0]
            case Operator.NOT_EQUAL:
                result = values != self._values[0]
            case Operator.LESS:
                result = values < self._values[0]
            case Operator.GREATER:
                result = values > self._values[0]
        return result


class _Lookups:
    """Conditions of just one literal, on a choice: most of them, answered all at once from one table."""

    def __init__(self, conditions: Mapping[int, _CompiledLiteral]) -> None:
        """`conditions` by the column of the child."""
        literals = list(dict.fromkeys(conditions.values()))
        tables = [literal.table for literal in literals if literal.table is not None]
        self._parents = np.array([literal.column for literal in literals], dtype=np.intp)
        self._starts = np.cumsum([0, *map(len, tables)])[:-1]
        self._answers = np.concatenate(tables)
        self._columns = np.array(list(conditions), dtype=np.intp)
        self._literal_of = np.array([literals.index(x) for x in conditions.values()], dtype=np.intp)

    def fill(self, values: NDArray[np.float64], active: NDArray[np.bool_]) -> None:
        """Set the children's columns of `active` (n, n_params), whose parents are set already."""
        places = values[:, self._parents].astype(np.intp)
        places += self._starts
        holds = self._answers[places]
        holds &= active[:, self._parents]
        active[:, self._columns] = holds[:, self._literal_of]


class CompiledConditions:
    """The compiled conditions of a space.

    A literal whose parent is inactive is false, so that inactivity is passed on to children; where
    alternatives are joined by ||, another one may still hold.
    """

    def __init__(self, parameters: Sequence[Parameter], conditions: Sequence[Condition]) -> None:
        column = {parameter.name: index for index, parameter in enumerate(parameters)}
        # Real files say the same of many children: the 177 conditional parameters of SparrowToRiss have 51
        # different conditions, of 45 literals.  Each is kept once, and `active` evaluates it once.
        literals = list(dict.fromkeys(x for c in conditions for clause in c.alternatives for x in clause))
        number = {literal: index for index, literal in enumerate(literals)}
        self._literals = [
            _CompiledLiteral(x, column[x.parent], parameters[column[x.parent]]) for x in literals
        ]
        formulas: dict[int, _Formula] = {}
        for condition in conditions:
            alternatives = tuple(tuple(number[x] for x in clause) for clause in condition.alternatives)
            child = column[condition.child]  # of whose lines all must hold
            formulas[child] = (*formulas.get(child, ()), alternatives)
        order = parents_first(list(column), conditions)
        self.column_order = [column[name] for name in order]
        self._formulas = {index: formulas[index] for index in self.column_order if index in formulas}
        self.is_conditional = np.zeros(len(parameters), dtype=bool)
        self.is_conditional[list(self._formulas)] = True
        self.decides = np.zeros(len(parameters), dtype=bool)  # what others are conditional on
        self.decides[[column[literal.parent] for literal in literals]] = True
        self._levels = self._by_depth()

    def _by_depth(self) -> list[tuple[_Lookups | None, dict[int, _Formula]]]:
        """The conditional columns, each below all its parents, and apart those that just look a choice up."""
        depth: dict[int, int] = {}
        levels: list[tuple[dict[int, _CompiledLiteral], dict[int, _Formula]]] = []
        for column, formula in self._formulas.items():
            numbers = [number for alternatives in formula for clause in alternatives for number in clause]
            literals = [self._literals[number] for number in numbers]
            depth[column] = 1 + max((depth.get(literal.column, 0) for literal in literals), default=0)
            levels += [({}, {}) for _ in range(depth[column] - len(levels))]
            lookups, others = levels[depth[column] - 1]
            if len(literals) == 1 and literals[0].table is not None:
                lookups[column] = literals[0]
            else:
                others[column] = formula
        return [(_Lookups(lookups) if lookups else None, others) for lookups, others in levels]

    def active(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which parameters are active in the rows of native values (n, n_params)."""
        active = np.ones(values.shape, dtype=bool)
        results: dict[_Formula, NDArray[np.bool_]] = {}
        known: dict[int, NDArray[np.bool_]] = {}
        for lookups, others in self._levels:
            if lookups is not None:
                lookups.fill(values, active)
            for column, formula in others.items():
                if formula not in results:
                    results[formula] = self._evaluate(formula, values, active, known)
                active[:, column] = results[formula]
        return active

    def column_active(
        self, column: int, values: NDArray[np.float64], active: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whether `column` is active, given that all columns before it in `column_order` are set."""
        if column not in self._formulas:
            return np.ones(len(values), dtype=bool)
        return self._evaluate(self._formulas[column], values, active, {})

    def _evaluate(
        self,
        formula: _Formula,
        values: NDArray[np.float64],
        active: NDArray[np.bool_],
        known: dict[int, NDArray[np.bool_]],
    ) -> NDArray[np.bool_]:
        result = np.ones(len(values), dtype=bool)
        for alternatives in formula:
            any_holds = np.zeros(len(values), dtype=bool)
            for literals in alternatives:
                all_hold = np.ones(len(values), dtype=bool)
                for number in literals:
                    if number not in known:
                        literal = self._literals[number]
                        known[number] = active[:, literal.column] & literal.holds(values[:, literal.column])
                    all_hold &= known[number]
                any_holds |= all_hold
            result &= any_holds
        return result
