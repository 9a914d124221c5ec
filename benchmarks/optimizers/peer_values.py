"""Values of peers that know neither ordinals nor our types."""

from __future__ import annotations

from typing import Any

from bbopt.space import Parameter, ParameterKind

__all__ = ["typed_value"]


def typed_value(parameter: Parameter, value: Any) -> Any:
    """A peer's value with its proper type and within its range; of an ordinal the peer has the position."""
    match parameter.kind:
        case ParameterKind.CATEGORICAL:
            return str(value)
        case ParameterKind.ORDINAL:
            return parameter.choices[int(value)]
        case ParameterKind.INTEGER:
            return int(min(max(round(value), parameter.low), parameter.high))
        case ParameterKind.REAL:
            return float(min(max(value, parameter.low), parameter.high))
