"""The compiled parameters: everything that can be asked of whole matrices of native values.

Native values are float64 matrices `values` of shape (n, n_params), columns in the order of the names: the
number itself for integers and reals, the 0-based position of the choice for categoricals and ordinals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bbopt.space.conditions import CompiledConditions
from bbopt.space.declarations import Condition, Parameter, ParameterKind
from bbopt.space.encoding import UnitEncoding
from bbopt.space.forbidden import ForbiddenClause, ForbiddenClauses

__all__ = ["CompiledSpace"]


class CompiledSpace:
    """The parameters of a target with their conditions and forbidden clauses, as `Space` builds on them.

    `names` and `parameters` are sorted by code point, SMAC v2's order.  `fixed` are native values by column
    that no search varies.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        conditions: Sequence[Condition],
        clauses: Sequence[ForbiddenClause],
        fixed: Mapping[int, float],
    ) -> None:
        self.parameters = tuple(sorted(parameters, key=lambda parameter: parameter.name))
        self.names = tuple(parameter.name for parameter in self.parameters)
        self.n_params = len(self.names)
        self.conditions = tuple(conditions)
        self.forbidden = ForbiddenClauses(clauses)
        self.index = {name: column for column, name in enumerate(self.names)}
        self.category_sizes = np.array(
            [len(p.choices) if p.kind is ParameterKind.CATEGORICAL else 0 for p in self.parameters],
            dtype=np.intp,
        )
        self.sizes = np.array([p.size for p in self.parameters], dtype=float)
        self.is_ordinal = np.array([p.kind is ParameterKind.ORDINAL for p in self.parameters], dtype=bool)
        self.is_number = (self.category_sizes == 0) & ~self.is_ordinal
        self.activity = CompiledConditions(self.parameters, self.conditions)
        self.encoding = UnitEncoding(self.parameters)
        self.fixed = dict(fixed)
        self.default_row = np.array([[p.default for p in self.parameters]], dtype=float)
        self.default_row.flags.writeable = False
        self._fixed_columns = list(self.fixed)
        self._fixed_values = np.array(list(self.fixed.values()), dtype=float)
        mentioned = [column for clause in clauses for column in clause.columns]
        self._clauses_see_inactive = bool(self.activity.is_conditional[mentioned].any())

    @cached_property
    def default_key(self) -> bytes:
        """What identifies the default (see `keys`)."""
        return self.keys(self.default_row)[0]

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Native values as points of the unit cube (n, n_params)."""
        return self.encoding.encode(values)

    def decode(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube (n, n_params) as native values, neither canonical nor checked."""
        return self.encoding.decode(unit)

    def spread(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points uniform in the unit cube (n, n_params) as points distributed as the parameters say."""
        return self._with_normals(unit, self.encoding.normals.quantiles)

    def gather(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inverse of `spread`: points of the unit cube (n, n_params) by their shares of distributions."""
        return self._with_normals(unit, self.encoding.normals.shares)

    def _with_normals(
        self, unit: NDArray[np.float64], move: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """The points with their columns of normal parameters moved."""
        normals = self.encoding.normals
        if not normals:
            return unit
        moved: NDArray[np.float64] = np.array(unit, dtype=float)
        moved[:, normals.columns] = move(moved[:, normals.columns])
        return moved

    def log_density(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely the distributions make rows of native values (n,), compared with a uniform one."""
        normals = self.encoding.normals
        densities = normals.log_density(self.encode(values)[:, normals.columns])
        found: NDArray[np.float64] = np.sum(densities, axis=1, where=self.active(values)[:, normals.columns])
        return found

    def decode_free(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `decode`, with the fixed parameters of a subspace at their values."""
        return self.into_subspace(self.decode(unit))

    def into_subspace(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows with the fixed parameters of a subspace at their values; forbidden ones may result."""
        moved: NDArray[np.float64] = np.array(values, dtype=float)
        moved[:, self._fixed_columns] = self._fixed_values
        return moved

    def from_unit(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube as canonical native values; check `is_forbidden` before use."""
        return self.canonical(self.decode_free(unit))

    def active(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which parameters are active in each row (n, n_params)."""
        return self.activity.active(values)

    def may_change(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which parameters a search may change in each row (n, n_params): active ones that are not fixed."""
        result = self.active(values)
        result[:, self._fixed_columns] = False
        return result

    def is_forbidden(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows a forbidden clause matches (n,), looking at inactive parameters too."""
        return self.forbidden.is_forbidden(values)

    def canonical(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows with inactive parameters at their defaults.

        A row that would become forbidden by that alone keeps its inactive values: clauses look at
        inactive parameters too, and such a configuration has no other legal form nearby.
        """
        result = np.where(self.active(values), values, self.default_row)
        if self._clauses_see_inactive:
            spoilt = self.is_forbidden(result) & ~self.is_forbidden(values)
            result[spoilt] = values[spoilt]
        return result

    def canonical_again(
        self, values: NDArray[np.float64], rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """As `canonical`, of rows that were so before active cells `rows[i], columns[i]` were changed."""
        if self._clauses_see_inactive:
            return self.canonical(values)
        touched = np.zeros(len(values), dtype=bool)
        touched[rows[self.activity.decides[columns]]] = True
        values[touched] = self.canonical(values[touched])
        return values

    def keys(self, values: NDArray[np.float64]) -> list[bytes]:
        """What identifies each row: equal for rows that call the target in the same way."""
        masked = np.where(self.active(values), values + 0.0, np.nan)
        width = masked.itemsize * self.n_params
        data = masked.tobytes()
        return [data[start * width : (start + 1) * width] for start in range(len(masked))]
