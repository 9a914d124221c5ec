"""A parameter space: its configurations drawn, changed, listed, read from text and exchanged."""

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
from bbopt.space.compiled import CompiledSpace
from bbopt.space.configuration import Configuration
from bbopt.space.declarations import Condition, Parameter
from bbopt.space.enumeration import enumerate_rows
from bbopt.space.forbidden import ForbiddenClause
from bbopt.space.mutation import mutate
from bbopt.space.neighbourhood import changes
from bbopt.space.sampling import draw_legal
from bbopt.space.settings import complete_row, fixed_columns, quick_native, row_of_settings
from bbopt.space.settings_syntax import parse_given_settings, parse_settings

if TYPE_CHECKING:
    import ConfigSpace

__all__ = ["Space"]

_LARGEST_LISTED = 100_000  # configurations of a space whose few legal ones no random draw meets


class Space(CompiledSpace):
    """A compiled space with what a search needs: configurations, as objects and as rows.

    `text` is the parameter file's content and `source` its path, where there is one.
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
        super().__init__(parameters, conditions, clauses, fixed or {})
        self.text = text
        self.source = source

    def __repr__(self) -> str:
        return f"<Space of {self.n_params} parameters from {self.source or 'text'}>"

    @cached_property
    def default(self) -> Configuration:
        """The configuration of all defaults."""
        return self.configurations(self.default_row)[0]

    @cached_property
    def size(self) -> float:
        """At most so many configurations differ in active parameters; infinite with a real without steps."""
        sizes = [p.size for column, p in enumerate(self.parameters) if column not in self.fixed]
        if math.inf in sizes:
            return math.inf
        return float(min(math.prod(map(int, sizes)), int(LARGEST_DOUBLE)))

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Legal canonical rows, drawn from the distributions: `n`, or fewer where legal ones are rare.

        There is at least one for n >= 1; InputError when 1,000,000 draws were all forbidden.
        """
        try:
            return self.canonical(draw_legal(self, n, rng))
        except InputError:
            listed = self.enumerate_values(_LARGEST_LISTED)
            if listed is None or len(listed) == 0:
                raise
            return listed[rng.integers(len(listed), size=n)]

    def legal(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The legal ones of the rows, canonical."""
        rows = self.canonical(values)
        return rows[~self.is_forbidden(rows)]

    def neighbours(
        self,
        values: NDArray[np.float64],
        rng: np.random.Generator,
        n_continuous: int = 4,
        spread: ArrayLike = 0.2,
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The legal one-exchange neighbours of all rows, and the row that each comes from.

        Only active parameters change: a categorical to each other choice (20 random ones of more), an
        ordinal to the adjacent ones, a number to `n_continuous` draws from a normal around it, whose
        standard deviation in the unit interval is `spread` (one, or one per row), and to the bound where a
        draw lies beyond.
        """
        widths = np.broadcast_to(np.asarray(spread, dtype=float), (len(values),))
        values = self.canonical(self.into_subspace(values))
        found = changes(self, values, rng, n_continuous=n_continuous, spread=widths)
        moved = values[found.rows]
        places = np.arange(len(moved))
        moved[places, found.columns] = found.values
        moved = self.canonical_again(moved, places, found.columns)
        is_legal = ~self.is_forbidden(moved)
        return (moved, found.rows) if is_legal.all() else (moved[is_legal], found.rows[is_legal])

    def mutants(self, values: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """At most `n` legal canonical rows, each a random row of `values` with a few parameters changed."""
        moved = mutate(self, self.canonical(self.into_subspace(values)), n, rng)
        return moved[~self.is_forbidden(moved)]

    def enumerate_values(
        self, limit: int, levels: Mapping[int, NDArray[np.float64]] | None = None
    ) -> NDArray[np.float64] | None:
        """All legal configurations, one row each, when there are at most `limit`; else None.

        `levels`: the only native values of the parameters in these columns.  Also None when finding them
        would take more memory than a few million cells.
        """
        return enumerate_rows(self, limit, levels or {})

    def configuration(self, settings: Mapping[str, str]) -> Configuration:
        """The configuration with these settings as text; inactive parameters may be left out.

        Raises InputError (InputErrors for several problems).
        """
        return self.configurations(row_of_settings(self, settings))[0]

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

    def parse_given(self, text: str) -> dict[str, str]:
        """The settings that a person gives, also as a command line or as JSON, names and values unchecked.

        Raises InputError for anything else.
        """
        return parse_given_settings(text, self.parameters)

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
        """What `to_configspace` can't express, with lines: forbidden clauses, and parts of distributions."""
        from bbopt.space.configspace_export import unsupported_clauses

        return unsupported_clauses(self)

    def configspace_values(self, configuration: Configuration) -> dict[str, Any]:
        """The active settings as `ConfigSpace.Configuration(to_configspace(), values=...)` takes them."""
        from bbopt.space.configspace_export import export_values

        return export_values(configuration)

    def configuration_from_configspace(self, configuration: ConfigSpace.Configuration) -> Configuration:
        """The configuration equal to one drawn from `to_configspace()`."""
        from bbopt.space.configspace_export import import_row

        return self.configurations(import_row(self, configuration))[0]
