"""A space as a ConfigSpace object, for engines and users of that library."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import ConfigSpace
import numpy as np
from numpy.typing import NDArray

from bbopt.space.compiled import CompiledSpace
from bbopt.space.configuration import Configuration
from bbopt.space.declarations import Condition, Literal, Operator, Parameter, ParameterKind, Scale
from bbopt.space.forbidden import CombinationClause, clause_label
from bbopt.space.sampling import with_legal_inactive

__all__ = ["DISTRIBUTION_META", "export_space", "export_values", "import_row", "unsupported_clauses"]

_UNSUPPORTED_META = "bbopt_unsupported"
"""The entry of the ConfigurationSpace's `meta` that lists what it could not hold."""

DISTRIBUTION_META = "bbopt_distribution"
"""The entry of a hyperparameter's `meta` with the words of its declaration: ConfigSpace knows few of them."""

_CONFIGSPACE_DECIMALS = 13
"""ConfigSpace rounds reals that are given by value to so many decimals."""

_LEAST_LOG_MU, _MOST_LOG = -18.0, 700.0
"""Of a smaller exp(mu) ConfigSpace's rounding leaves less than five digits; a larger one is no double."""

_MOST_STEPS = 1000
"""So many steps, at most, are exported as a list of their numbers."""


def unsupported_clauses(space: CompiledSpace) -> tuple[str, ...]:
    """Forbidden expressions, fixed parameters, and what is lost of distributions."""
    clauses = [
        clause_label(clause)
        for clause in space.forbidden.clauses
        if not isinstance(clause, CombinationClause)
    ]
    for column, value in space.fixed.items():
        parameter = space.parameters[column]
        clauses.append(f"{parameter.name} held at {parameter.text(value)}")
    lost = ((parameter, _lost_words(parameter)) for parameter in space.parameters)
    clauses += [f"{words} of {parameter.name} (line {parameter.line})" for parameter, words in lost if words]
    return tuple(clauses)


def _lost_words(parameter: Parameter) -> str:
    """Those of its distribution by which ConfigSpace does not draw."""
    words, grid = parameter.distribution, parameter.grid
    is_lost = parameter.scale is Scale.LOG_NEAR_ONE or not (
        parameter.normal is None or _mu_and_sigma(parameter)
    )
    if grid is None:
        return words if is_lost else ""
    spread, _, step = words.rpartition(" ")
    if grid.count > _MOST_STEPS:
        return words if is_lost else step
    return spread


def _mu_and_sigma(parameter: Parameter) -> tuple[float, float] | None:
    """What ConfigSpace takes for the parameter's normal distribution; None where there is none, or no way.

    See `configspace_normal`.  It rounds both to some decimals, in which small ones are lost.
    """
    normal = parameter.normal
    if normal is None or not parameter.log:
        return None if normal is None else (normal.mean, normal.sd)
    if not (_LEAST_LOG_MU < normal.mean < _MOST_LOG and normal.sd < _MOST_LOG):
        return None
    return math.exp(normal.mean), math.exp(normal.sd) - parameter.low


def export_space(space: CompiledSpace, seed: int | None) -> ConfigSpace.ConfigurationSpace:
    """The ConfigurationSpace with the same parameters, conditions and classic forbidden clauses."""
    exported = ConfigSpace.ConfigurationSpace(
        seed=seed, meta={_UNSUPPORTED_META: list(unsupported_clauses(space))}
    )
    known = {parameter.name: _hyperparameter(parameter) for parameter in space.parameters}
    formulas: dict[str, list[Condition]] = {}
    for condition in space.conditions:
        formulas.setdefault(condition.child, []).append(condition)
    conditions = [_condition(space, known, child, lines) for child, lines in formulas.items()]
    forbidden = [
        _forbidden(space, known, clause)
        for clause in space.forbidden.clauses
        if isinstance(clause, CombinationClause)
    ]
    exported.add([*known.values(), *conditions, *forbidden])
    return exported


def export_values(configuration: Configuration) -> dict[str, Any]:
    """The active parameters' values as a ConfigSpace configuration takes them."""
    columns = configuration.space.index
    return {
        name: _value(configuration.space.parameters[columns[name]], configuration.row[columns[name]])
        for name in configuration.active
    }


def _value(parameter: Parameter, native: float) -> Any:
    """The value as ConfigSpace has it: text for choices, else a number."""
    if parameter.kind.is_discrete:
        return parameter.choices[int(native)]
    return int(native) if parameter.kind is ParameterKind.INTEGER else float(native)


def _hyperparameter(parameter: Parameter) -> Any:
    name, default = parameter.name, _value(parameter, parameter.default)
    if parameter.kind is ParameterKind.CATEGORICAL:
        return ConfigSpace.CategoricalHyperparameter(name, list(parameter.choices), default_value=default)
    if parameter.kind is ParameterKind.ORDINAL:
        return ConfigSpace.OrdinalHyperparameter(name, list(parameter.choices), default_value=default)
    if parameter.low == parameter.high:  # ConfigSpace refuses a range of one integer
        return ConfigSpace.OrdinalHyperparameter(name, [default], default_value=default)
    return _number(parameter, default)


def _number(parameter: Parameter, default: Any) -> Any:
    name, words, grid = parameter.name, parameter.distribution, parameter.grid
    meta: dict[Hashable, Any] = {} if parameter.is_plain else {DISTRIBUTION_META: words}
    if grid is not None and grid.count <= _MOST_STEPS:
        values = [_value(parameter, native) for native in parameter.listed.tolist()]
        return ConfigSpace.OrdinalHyperparameter(name, values, default_value=default, meta=meta)
    bounds = _value(parameter, parameter.low), _value(parameter, parameter.high)
    rest = {"default_value": default, "log": parameter.log, "meta": meta or None}
    is_integer = parameter.kind is ParameterKind.INTEGER
    if shape := _mu_and_sigma(parameter):
        normals = ConfigSpace.NormalIntegerHyperparameter, ConfigSpace.NormalFloatHyperparameter
        return normals[not is_integer](name, *shape, *bounds, **rest)
    if is_integer:
        return ConfigSpace.UniformIntegerHyperparameter(name, *bounds, **rest)
    return ConfigSpace.UniformFloatHyperparameter(name, *bounds, **rest)


def _joined(conjunction: Callable[..., Any], parts: Iterable[Any]) -> Any:
    found = list(parts)
    return found[0] if len(found) == 1 else conjunction(*found)


def _condition(space: CompiledSpace, known: dict[str, Any], child: str, lines: Sequence[Condition]) -> Any:
    """All lines about a child in one conjunction: ConfigSpace takes one condition per child."""

    def all_of(literals: Sequence[Literal]) -> Any:
        return _joined(ConfigSpace.AndConjunction, (_literal(space, known, child, x) for x in literals))

    def any_of(line: Condition) -> Any:
        return _joined(ConfigSpace.OrConjunction, map(all_of, line.alternatives))

    return _joined(ConfigSpace.AndConjunction, map(any_of, lines))


def _literal(space: CompiledSpace, known: dict[str, Any], child: str, literal: Literal) -> Any:
    parameter = space.parameters[space.index[literal.parent]]
    ends = known[child], known[literal.parent]
    values = [_value(parameter, native) for native in literal.values]
    match literal.operator:
        case Operator.EQUAL:
            return ConfigSpace.EqualsCondition(*ends, values[0])
        case Operator.LESS:
            return ConfigSpace.LessThanCondition(*ends, values[0])
        case Operator.GREATER:
            return ConfigSpace.GreaterThanCondition(*ends, values[0])
        case Operator.IN:
            return ConfigSpace.InCondition(*ends, values)
    return _not_equal(parameter, ends, values[0])


def _not_equal(parameter: Parameter, ends: tuple[Any, Any], value: Any) -> Any:
    """Unequal to a value; ConfigSpace's own condition also holds where the parent is inactive."""
    if parameter.kind.is_discrete:
        others = [choice for choice in parameter.choices if choice != value]
        if others:
            return ConfigSpace.InCondition(*ends, others)
    elif parameter.low != parameter.high:
        return ConfigSpace.OrConjunction(
            ConfigSpace.LessThanCondition(*ends, value), ConfigSpace.GreaterThanCondition(*ends, value)
        )
    return ConfigSpace.NotEqualsCondition(*ends, value)


def _forbidden(space: CompiledSpace, known: dict[str, Any], clause: CombinationClause) -> Any:
    return _joined(
        ConfigSpace.ForbiddenAndConjunction,
        (
            ConfigSpace.ForbiddenEqualsClause(
                known[space.names[column]], _value(space.parameters[column], native)
            )
            for column, native in zip(clause.columns, clause.values, strict=True)
        ),
    )


def import_row(space: CompiledSpace, configuration: ConfigSpace.Configuration) -> NDArray[np.float64]:
    """The row (1, n_params) of native values that ConfigSpace's configuration has.

    What that leaves out is inactive and gets its default, or another value where a clause forbids that.
    """
    row = space.default_row.copy()
    for name, value in dict(configuration).items():
        column = space.index[name]
        row[0, column] = _native(space.parameters[column], value)
    return with_legal_inactive(space, row)


def _native(parameter: Parameter, value: Any) -> float:
    if parameter.kind.is_discrete:
        return parameter.native(str(value))
    number = float(value)
    if parameter.grid is not None:
        return parameter.grid.nearest(number)
    if number == round(parameter.default, _CONFIGSPACE_DECIMALS):
        return parameter.default
    return min(max(number, parameter.low), parameter.high)
