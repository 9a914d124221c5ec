"""A parameter space in irace's files: parameters with conditions, forbidden clauses, configurations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bbopt.space import Configuration, Parameter, ParameterKind, Space
from bbopt.space.declarations import Condition, Literal, Operator, number_text
from bbopt.space.forbidden import CombinationClause

__all__ = ["IraceSpace", "irace_names", "quoted"]

_RESERVED = re.compile(r"if|else|repeat|while|function|for|next|break|in|TRUE|FALSE|NULL|Inf|NaN|NA")
_PLAIN = re.compile(r"[\w.+:/@%=-]+", re.ASCII)  # values that neither a shell nor irace's reader takes apart
_FEWEST_DIGITS = 4  # irace's own default
_MOST_DIGITS = 15
_DIGITS_BELOW_BOUND = 3  # of a logarithmic parameter's lower bound, so that values near it differ


def irace_names(names: Iterable[str]) -> dict[str, str]:
    """A name for each that R takes as a variable: `-` becomes `.`, what then collides gets a number."""
    chosen: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._]", ".", name)
        if _RESERVED.fullmatch(plain) or not re.match(r"[A-Za-z]", plain):
            plain = f"p.{plain}"
        candidates = [plain, *(f"{plain}.{i}" for i in range(2, len(chosen) + 3))]
        chosen[name] = next(one for one in candidates if one not in chosen.values())
    return chosen


def quoted(text: str) -> str:
    """A word in R's quotes; ValueError when irace would take it apart."""
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"irace's files can't hold {text!r}")
    return f'"{text}"'


def _decimals(value: float) -> int:
    return len(np.format_float_positional(value, trim="-").partition(".")[2])


@dataclass(frozen=True, slots=True)
class IraceSpace:
    """A space as irace reads it.

    The switch of a parameter is SMAC's, `-name value`, so that a target is called as SMAC calls it.
    ValueError where irace's formats can't say what the space says.
    """

    space: Space
    names: Mapping[str, str]

    @classmethod
    def of(cls, space: Space) -> IraceSpace:
        """The space with irace's names for its parameters."""
        return cls(space, irace_names(space.names))

    @property
    def digits(self) -> int:
        """How many decimals the values of reals need: irace rounds bounds, too."""
        needed = [_FEWEST_DIGITS]
        for parameter in self.space.parameters:
            if parameter.kind is ParameterKind.REAL:
                extra = _DIGITS_BELOW_BOUND if parameter.log else 0
                needed.append(_decimals(parameter.low) + extra)
                needed += [_decimals(parameter.high), _decimals(parameter.default)]
        return min(max(needed), _MOST_DIGITS)

    def parameter_file(self) -> str:
        """One line a parameter: name, switch, type, domain, condition."""
        conditions: dict[str, list[Condition]] = {}
        for condition in self.space.conditions:
            conditions.setdefault(condition.child, []).append(condition)
        lines = []
        for parameter in self.space.parameters:
            switch = quoted(f"-{parameter.name}")[:-1] + ' "'
            words = [self.names[parameter.name], switch, self._type(parameter), self._domain(parameter)]
            if parameter.name in conditions:
                words += ["|", " & ".join(f"({self._condition(one)})" for one in conditions[parameter.name])]
            lines.append(" ".join(words) + "\n")
        return "".join(lines)

    def forbidden_file(self) -> str:
        """One R expression a clause.

        SMAC's clauses see an inactive parameter at its default, where irace has none.
        """
        clauses = self.space.forbidden.clauses
        combinations = [clause for clause in clauses if isinstance(clause, CombinationClause)]
        if len(combinations) < len(clauses):
            rest = ", ".join(clause.text for clause in clauses if clause not in combinations)
            raise ValueError(f"forbidden expressions are not translated for irace: {rest}")
        return "".join(f"{self._clause(clause)}\n" for clause in combinations)

    def configurations_file(self, configurations: Iterable[Configuration]) -> str:
        """A table of configurations, NA where a parameter is inactive."""
        lines = [" ".join(self.names[name] for name in self.space.names)]
        for configuration in configurations:
            active = configuration.active_values
            lines.append(
                " ".join(quoted(active[name]) if name in active else "NA" for name in self.space.names)
            )
        return "\n".join(lines) + "\n"

    def _clause(self, clause: CombinationClause) -> str:
        parts = []
        for column, value in zip(clause.columns, clause.values, strict=True):
            parameter = self.space.parameters[column]
            name = self.names[parameter.name]
            part = f"({name} == {_constant(parameter, value)})"
            if value == parameter.default and self.space.activity.is_conditional[column]:
                part = f"(is.na({name}) | {part})"
            parts.append(part)
        return " & ".join(parts)

    def _type(self, parameter: Parameter) -> str:
        letter = {
            ParameterKind.CATEGORICAL: "c",
            ParameterKind.ORDINAL: "o",
            ParameterKind.INTEGER: "i",
            ParameterKind.REAL: "r",
        }[parameter.kind]
        return f"{letter},log" if parameter.log else letter

    def _domain(self, parameter: Parameter) -> str:
        if parameter.kind.is_discrete:
            return "(" + ", ".join(map(quoted, parameter.choices)) + ")"
        return f"({_decimal(parameter.low)}, {_decimal(parameter.high)})"

    def _condition(self, condition: Condition) -> str:
        return " | ".join(
            " & ".join(self._literal(literal) for literal in literals) for literals in condition.alternatives
        )

    def _literal(self, literal: Literal) -> str:
        """A comparison; of a choice a list of those that fulfil it, because R would compare texts."""
        parameter, name = self.space.parameters[self.space.index[literal.parent]], self.names[literal.parent]
        if parameter.kind.is_discrete:
            choices = [c for i, c in enumerate(parameter.choices) if _holds(literal, float(i))]
            return f"({name} %in% c({', '.join(map(quoted, choices))}))"
        values = [_constant(parameter, value) for value in literal.values]
        if literal.operator is Operator.IN:
            return f"({name} %in% c({', '.join(values)}))"
        return f"({name} {literal.operator.value} {values[0]})"


def _constant(parameter: Parameter, value: float) -> str:
    """A native value as R writes it."""
    return quoted(parameter.choices[int(value)]) if parameter.kind.is_discrete else _decimal(value)


def _decimal(value: float) -> str:
    return number_text(value) if value.is_integer() else np.format_float_positional(value, trim="-")


def _holds(literal: Literal, value: float) -> bool:
    match literal.operator:
        case Operator.EQUAL | Operator.IN:
            return value in literal.values
        case Operator.NOT_EQUAL:
            return value not in literal.values
        case Operator.LESS:
            return value < literal.values[0]
        case Operator.GREATER:
            return value > literal.values[0]
