"""The compiled space: everything that can be asked of whole matrices of native values.

Native values are float64 matrices `values` of shape (n, n_params), columns in the order of `Space.names`:
the number itself for integers and reals, the 0-based position of the choice for categoricals and ordinals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bbopt.errors import InputError
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.space.conditions import ActivityRules
from bbopt.space.configuration import Configuration
from bbopt.space.declarations import Condition, Parameter, ParameterKind
from bbopt.space.encoding import UnitEncoding
from bbopt.space.enumeration import enumerate_rows
from bbopt.space.forbidden import ForbiddenClause, ForbiddenRules
from bbopt.space.mutation import mutate
from bbopt.space.neighbourhood import changes
from bbopt.space.sampling import draw_legal
from bbopt.space.settings import complete_row, fixed_columns, quick_native, row_of_settings
from bbopt.space.settings_syntax import parse_settings

if TYPE_CHECKING:
    import ConfigSpace

__all__ = ["Space"]

_LARGEST_LISTED = 100_000  # configurations of a space whose few legal ones no random draw meets


class Space:
    """The parameters of a target with their conditions and forbidden clauses.

    `names` and `parameters` are sorted by code point, SMAC v2's order.  `text` is the parameter file's
    content and `source` its path, where there is one.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        conditions: Sequence[Condition] = (),
        clauses: Sequence[ForbiddenClause] = (),
        *,
        text: str = "",
        source: Path | None = None,
        fixed: Mapping[int, float] | None = None,
    ) -> None:
        self.parameters = tuple(sorted(parameters, key=lambda parameter: parameter.name))
        self.names = tuple(parameter.name for parameter in self.parameters)
        self.n_params = len(self.names)
        self.conditions = tuple(conditions)
        self.forbidden = ForbiddenRules(clauses)
        self.text = text
        self.source = source
        self.index = {name: column for column, name in enumerate(self.names)}
        self.category_sizes = np.array(
            [len(p.choices) if p.kind is ParameterKind.CATEGORICAL else 0 for p in self.parameters],
            dtype=np.intp,
        )
        self.rules = ActivityRules(self.parameters, self.conditions)
        self.encoding = UnitEncoding(self.parameters)
        self.fixed = dict(fixed or {})
        self._fixed_columns = list(self.fixed)
        self._fixed_values = np.array(list(self.fixed.values()), dtype=float)
        self._default_row = np.array([p.default for p in self.parameters], dtype=float)
        mentioned = [column for clause in clauses for column in clause.columns]
        self._clauses_see_inactive = bool(self.rules.is_conditional[mentioned].any())

    def __repr__(self) -> str:
        return f"<Space of {self.n_params} parameters from {self.source or 'text'}>"

    @cached_property
    def default(self) -> Configuration:
        """The configuration of all defaults."""
        return self.configurations(self._default_row[None, :])[0]

    @cached_property
    def size(self) -> float:
        """At most so many configurations differ in active parameters; infinite with a real parameter."""
        sizes = [p.size for column, p in enumerate(self.parameters) if column not in self.fixed]
        if math.inf in sizes:
            return math.inf
        return float(min(math.prod(map(int, sizes)), int(LARGEST_DOUBLE)))

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Native values as points of the unit cube (n, n_params)."""
        return self.encoding.encode(values)

    def decode(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the unit cube (n, n_params) as native values, neither canonical nor checked."""
        return self.encoding.decode(unit)

    def decode_free(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `decode`, with the fixed parameters of a subspace at their values."""
        return self.into_subspace(self.encoding.decode(unit))

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
        return self.rules.active(values)

    def is_forbidden(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows a forbidden clause matches (n,), looking at inactive parameters too."""
        return self.forbidden.is_forbidden(values)

    def canonical(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows with inactive parameters at their defaults.

        A row that would become forbidden by that alone keeps its inactive values: clauses look at
        inactive parameters too, and such a configuration has no other legal form nearby.
        """
        result = np.where(self.active(values), values, self._default_row)
        if self._clauses_see_inactive:
            spoilt = self.is_forbidden(result) & ~self.is_forbidden(values)
            result[spoilt] = values[spoilt]
        return result

    def keys(self, values: NDArray[np.float64]) -> list[bytes]:
        """What identifies each row: equal for rows that call the target in the same way."""
        masked = np.where(self.active(values), values + 0.0, np.nan)
        width = masked.itemsize * self.n_params
        data = masked.tobytes()
        return [data[start * width : (start + 1) * width] for start in range(len(masked))]

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Legal canonical rows, uniform in the unit cube: `n`, or fewer where legal ones are rare.

        There is at least one for n >= 1; InputError when 1,000,000 draws were all forbidden.
        """
        try:
            return self.canonical(draw_legal(self, n, rng))
        except InputError:
            listed = self.enumerate_values(_LARGEST_LISTED)
            if listed is None or len(listed) == 0:
                raise
            return listed[rng.integers(len(listed), size=n)]

    def neighbours(
        self,
        values: NDArray[np.float64],
        rng: np.random.Generator,
        n_continuous: int = 4,
        spread: ArrayLike = 0.2,
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The legal one-exchange neighbours of all rows, and the row that each comes from.

        Only active parameters change: a categorical to each other choice (20 random ones of more), an
        ordinal to the adjacent ones, a number to `n_continuous` draws from a normal around it, truncated
        to the unit interval, whose standard deviation there is `spread` (one, or one per row).
        """
        may_change = self.active(values)
        may_change[:, self._fixed_columns] = False
        widths = np.broadcast_to(np.asarray(spread, dtype=float), (len(values),))
        found = changes(self, values, may_change, rng, n_continuous=n_continuous, spread=widths)
        moved = self.into_subspace(values[found.rows])
        moved[np.arange(len(moved)), found.columns] = found.values
        moved = self.canonical(moved)
        is_legal = ~self.is_forbidden(moved)
        return moved[is_legal], found.rows[is_legal]

    def mutants(self, values: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """At most `n` legal canonical rows, each a random row of `values` with a few parameters changed."""
        parents = self.into_subspace(values[rng.integers(len(values), size=n)])
        may_change = self.active(parents)
        may_change[:, self._fixed_columns] = False
        moved = self.canonical(mutate(self, parents, may_change, rng))
        return moved[~self.is_forbidden(moved)]

    def enumerate_values(self, limit: int) -> NDArray[np.float64] | None:
        """All legal configurations, one row each, when there are at most `limit`; else None.

        Also None when finding them would take more memory than a few million cells.
        """
        return enumerate_rows(self, limit)

    def configuration(self, settings: Mapping[str, str]) -> Configuration:
        """The configuration with these settings as text; inactive parameters may be left out.

        Raises InputError (InputErrors for several problems).
        """
        row = row_of_settings(self, settings)
        return self.configurations(row[None, :])[0]

    def complete_configurations(self, many: Iterable[Mapping[str, str]]) -> list[Configuration | None]:
        """What `configuration` makes of each of many settings, all at once.

        None where it would raise an error, or any parameter is left out, be it inactive.
        """
        rows = [complete_row(self._natives, settings) for settings in many]
        complete = [row for row in rows if row is not None]
        if not complete:
            return [None] * len(rows)
        made = iter(self.configurations(np.array(complete)))
        return [None if row is None else next(made) for row in rows]

    @cached_property
    def _natives(self) -> dict[str, Callable[[str], float]]:
        return {parameter.name: quick_native(parameter) for parameter in self.parameters}

    def configurations(self, values: NDArray[np.float64]) -> list[Configuration]:
        """A configuration per row of native values."""
        rows = np.array(values, dtype=float)
        return [Configuration(self, row, key) for row, key in zip(rows, self.keys(rows), strict=True)]

    def parse_configuration(self, text: str) -> Configuration:
        """The configuration written as `-a '1' -b 'x'`, `a='1', b='x'` or `-Pa=1 -Pb=x`.

        Raises InputError (InputErrors for several problems).
        """
        return self.configuration(self.parse_settings(text))

    def parse_settings(self, text: str) -> dict[str, str]:
        """The settings written in one of the forms of `parse_configuration`, names and values unchecked.

        Raises InputError for text in none of them.
        """
        return parse_settings(text, self.parameters)

    def subspace(self, fixed: Mapping[str, str]) -> Space:
        """This space with parameters held at values ("<DEFAULT>": the default's) in every search.

        The default configuration stays what it was.  Raises InputError for unknown names and values.
        """
        columns = {**self.fixed, **fixed_columns(self, fixed)}
        return Space(
            self.parameters,
            self.conditions,
            self.forbidden.clauses,
            text=self.text,
            source=self.source,
            fixed=columns,
        )

    def to_configspace(self, seed: int | None = None) -> ConfigSpace.ConfigurationSpace:
        """A ConfigSpace object with the same meaning, but for `configspace_unsupported`."""
        from bbopt.space.configspace_export import export_space

        return export_space(self, seed)

    @property
    def configspace_unsupported(self) -> tuple[str, ...]:
        """The forbidden clauses that `to_configspace` can't express, with their lines."""
        from bbopt.space.configspace_export import unsupported_clauses

        return unsupported_clauses(self)

    def configspace_values(self, configuration: Configuration) -> dict[str, Any]:
        """The active settings as `ConfigSpace.Configuration(to_configspace(), values=...)` takes them."""
        from bbopt.space.configspace_export import export_values

        return export_values(configuration)

    def configuration_from_configspace(self, configuration: ConfigSpace.Configuration) -> Configuration:
        """The configuration equal to one drawn from `to_configspace()`."""
        from bbopt.space.configspace_export import import_configuration

        return import_configuration(self, configuration)
