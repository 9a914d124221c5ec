"""Configurations as plain dicts of typed values, which every optimizer can produce, and the walk to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from bbopt.space import Configuration, Parameter, ParameterKind, Space
from bbopt.space.conditions import parents_first
from bbopt.space.declarations import Condition, Literal, Operator

__all__ = ["Settings", "SpaceWalk", "settings_of", "typed"]

Settings: TypeAlias = dict[str, Any]
"""The active parameters' values by name: float for a real, int for an integer, else the choice's text."""


def typed(parameter: Parameter, native: float) -> Any:
    """A native value (see Space) with its proper type."""
    if parameter.kind.is_discrete:
        return parameter.choices[int(native)]
    return int(native) if parameter.kind is ParameterKind.INTEGER else float(native)


def settings_of(configuration: Configuration) -> Settings:
    """The active settings of a configuration."""
    space, row = configuration.space, configuration.row
    columns = [space.index[name] for name in configuration.active]
    return {space.names[column]: typed(space.parameters[column], row[column]) for column in columns}


class SpaceWalk:
    """A space for those that build a configuration value by value, each parameter after its parents."""

    def __init__(self, space: Space) -> None:
        by_name = {parameter.name: parameter for parameter in space.parameters}
        self.parameters = [by_name[name] for name in parents_first(space.names, space.conditions)]
        self._by_name = by_name
        self._conditions: dict[str, list[Condition]] = {}
        for condition in space.conditions:
            self._conditions.setdefault(condition.child, []).append(condition)

    @property
    def is_conditional(self) -> bool:
        """Whether some parameter may be inactive."""
        return bool(self._conditions)

    def is_active(self, parameter: Parameter, settings: Mapping[str, Any]) -> bool:
        """Whether `settings`, which hold all its parents that are active, make the parameter active."""
        return all(
            any(all(self._holds(literal, settings) for literal in literals) for literals in line.alternatives)
            for line in self._conditions.get(parameter.name, ())
        )

    def active_among(self, settings: Settings) -> Settings:
        """Those of `settings`, which has all parameters, that are active."""
        found: Settings = {}
        for parameter in self.parameters:
            if self.is_active(parameter, found):
                found[parameter.name] = settings[parameter.name]
        return found

    def only_parent(self, parameter: Parameter) -> tuple[str, tuple[str, ...]] | None:
        """The one categorical parent with its values that make the parameter active; None without a parent.

        ValueError when its condition is not of this form.
        """
        lines = self._conditions.get(parameter.name, [])
        if not lines:
            return None
        literals = [literal for line in lines for literals in line.alternatives for literal in literals]
        parent = self._by_name[literals[0].parent]
        if len(literals) > 1 or not parent.kind.is_discrete:
            raise ValueError(f"{parameter.name} has more than one condition, or one on a number")
        choices = [c for c in parent.choices if self._holds(literals[0], {parent.name: c})]
        return parent.name, tuple(choices)

    def _holds(self, literal: Literal, settings: Mapping[str, Any]) -> bool:
        if literal.parent not in settings:
            return False
        parent, value = self._by_name[literal.parent], settings[literal.parent]
        native = float(parent.choices.index(value) if parent.kind.is_discrete else value)
        match literal.operator:
            case Operator.EQUAL | Operator.IN:
                return native in literal.values
            case Operator.NOT_EQUAL:
                return native not in literal.values
            case Operator.LESS:
                return native < literal.values[0]
            case Operator.GREATER:
                return native > literal.values[0]
