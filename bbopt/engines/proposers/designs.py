"""Designs of experiments: a table of configurations that is fixed before the first run."""

from __future__ import annotations

import enum
import math
from collections.abc import Container, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bbopt.engines.proposers.proposer import Ability, Proposal
from bbopt.errors import InputError
from bbopt.runs import Run, Texts
from bbopt.seeding import stream
from bbopt.space import Configuration, ParameterKind, Scale, Space

__all__ = ["ALL_LEVELS", "DesignProposer", "SamplingName", "grid", "sampled"]

ALL_LEVELS = 0
"""In place of a number of levels: all values of the parameter."""

_MOST_ROWS = 1_000_000
_MOST_CELLS = 50_000_000  # of points drawn at once: 400 MB


class SamplingName(enum.Enum):
    """How the rows of a design of a given length are spread over the unit cube."""

    MONTE_CARLO = "monte-carlo"
    LATIN_HYPERCUBE = "lhs"
    SOBOL = "sobol"
    HALTON = "halton"


class DesignProposer:
    """The rows of a design in their order, with the `texts` of each, if they have any.

    A repeated row is a proposal of its own: a race, to which it tells nothing new, passes over it as taken.
    """

    abilities = frozenset(Ability) - {Ability.GIVEN}

    def __init__(self, rows: Sequence[Configuration], kind: str, texts: Sequence[Texts] = ()) -> None:
        self._rows = rows
        self._kind = kind
        self._texts = texts

    def observe(self, run: Run) -> None:
        """A design is fixed."""

    def propose(
        self, index: int, taken: Container[Configuration], pending: Sequence[Configuration] = ()
    ) -> Proposal | None:
        """See Proposer."""
        rows = islice(enumerate(self._rows), index, None)
        free = next(((number, row) for number, row in rows if row not in taken), None)
        if free is None:
            return None
        number, row = free
        return Proposal(row, self._kind, texts=self._texts[number] if self._texts else ())


def sampled(space: Space, name: SamplingName, n: int, seed: int) -> list[Configuration]:
    """`n` legal configurations; forbidden points are passed over, and further ones taken in their place.

    A Latin hypercube with forbidden points is filled up from others of the same size.  Raises InputError
    where legal ones are too rare.
    """
    found: list[NDArray[np.float64]] = []
    n_found, part = 0, 0
    while n_found < n:
        points = _points(space.n_params, name, n, seed, part)
        if points is None:
            raise InputError(
                f"a {name.value} design of {n} rows can't be made",
                got=f"{n_found} legal rows; the others are forbidden by the parameter file",
                remedy="ask for fewer rows, or loosen the forbidden clauses",
            )
        values = space.from_unit(space.spread(points))
        legal = values[~space.is_forbidden(values)]
        found.append(legal[: n - n_found])
        n_found += len(found[-1])
        part += 1
    return space.configurations(space.canonical(np.concatenate(found)))


def _points(n_params: int, name: SamplingName, n: int, seed: int, part: int) -> NDArray[np.float64] | None:
    """Part number `part` of the sequence of points (m, n_params) in the unit cube; None behind the last."""
    from scipy.stats import qmc

    if part >= _parts(n, n_params):
        return None
    dimensions = max(1, n_params)
    rng = stream(seed, name.value, part)
    points: NDArray[np.float64]
    match name:
        case SamplingName.MONTE_CARLO:
            points = rng.random((n, dimensions))
        case SamplingName.LATIN_HYPERCUBE:
            points = qmc.LatinHypercube(dimensions, seed=rng).random(n)
        case SamplingName.SOBOL:
            # Of a power of two, as many as there are before it: only then is the sequence balanced.
            exponent = math.ceil(math.log2(max(n, 2))) + max(0, part - 1)
            sequence = qmc.Sobol(dimensions, seed=stream(seed, name.value))
            if part:
                sequence.fast_forward(2**exponent)
            points = sequence.random_base2(exponent) if not part else sequence.random(2**exponent)
        case SamplingName.HALTON:
            sequence = qmc.Halton(dimensions, seed=stream(seed, name.value))
            sequence.fast_forward(n * part)
            points = sequence.random(n)
    return points[:, :n_params]


def _parts(n: int, n_params: int) -> int:
    return max(1, min(100, _MOST_CELLS // max(1, n * n_params)))


def grid(space: Space, levels: Mapping[str, int], otherwise: int) -> list[Configuration]:
    """All legal combinations of `levels` values of each parameter, by its name, `otherwise` of the others.

    Levels of numbers are spaced evenly from bound to bound on the parameter's scale, those of a normal one
    have equal shares of it between them, and a single level is the default; of texts all choices are taken.
    A parameter varies only where it is active.  Raises InputError beyond 1,000,000 rows.
    """
    values = {
        column: _levels(space, column, levels.get(name, otherwise))
        for column, name in enumerate(space.names)
        if column not in space.fixed
    }
    rows = space.enumerate_values(_MOST_ROWS, values)
    if rows is None:
        counts = " x ".join(str(len(found)) for found in values.values())
        raise InputError(
            "the grid is too large",
            got=f"{counts} combinations",
            expected=f"at most {_MOST_ROWS:,} rows",
            remedy="give fewer levels (grid-levels = NAME=2, ...), or take another design, such as lhs",
        )
    return space.configurations(rows)


def _levels(space: Space, column: int, n: int) -> NDArray[np.float64]:
    """Native values, in rising order."""
    parameter = space.parameters[column]
    if n == ALL_LEVELS and parameter.size > _MOST_ROWS:
        raise InputError(
            f"all levels of {parameter.name} were asked for",
            got=parameter.domain,
            expected="a number of levels for a real parameter",
            remedy=f"write {parameter.name}=5, say, in grid-levels",
        )
    if parameter.kind.is_discrete or not 0 < n < parameter.size:
        return parameter.listed
    if n == 1:
        return np.array([parameter.default])
    if parameter.normal is not None or parameter.scale is Scale.LOG_NEAR_ONE:
        unit = np.full((n, space.n_params), 0.5)
        unit[:, column] = np.linspace(0.0, 1.0, n)
        return np.unique(space.decode(space.spread(unit))[:, column])
    values = (np.geomspace if parameter.log else np.linspace)(parameter.low, parameter.high, n)
    if parameter.grid is not None:
        return np.unique([parameter.grid.nearest(value) for value in values.tolist()])
    return np.unique(np.rint(values) if parameter.kind is ParameterKind.INTEGER else values)
