"""ConfigSpace objects as spaces, by way of a parameter file's text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

from bbopt.errors import InputError
from bbopt.space.foreign_files import configspace_normal
from bbopt.space.reader import parse_pcs
from bbopt.space.space import Space

if TYPE_CHECKING:
    import ConfigSpace

__all__ = ["from_configspace"]

_SOURCE = "<ConfigSpace>"


def from_configspace(space: ConfigSpace.ConfigurationSpace) -> Space:
    """The space with the meaning of a ConfigSpace object; its `text` is the PCS form.

    Choices and constants become text.  Raises InputError for what a parameter file can't say: priors
    (beta, weights) and names or values with blanks, commas or braces.
    """
    lines = [_parameter_line(hyperparameter) for hyperparameter in space.values()]
    lines += [_condition_line(condition) for condition in space.conditions]
    for clause in space.forbidden_clauses:
        lines += [_forbidden_line(atoms) for atoms in _forbidden_products(clause)]
    return parse_pcs("\n".join(lines) + "\n", _SOURCE)


def _unsupported(what: str, got: Any, remedy: str | None = None) -> InputError:
    expected = (
        "uniform, normal, categorical, ordinal and constant parameters; "
        "conditions and forbidden clauses on them"
    )
    return InputError(
        f"{what} has no form in a parameter file", got=str(got), expected=expected, remedy=remedy
    )


def _parameter_line(hyperparameter: Any) -> str:
    import ConfigSpace

    name, default = hyperparameter.name, hyperparameter.default_value
    match hyperparameter:
        case ConfigSpace.CategoricalHyperparameter():
            if len({float(share) for share in hyperparameter.probabilities}) > 1:
                remedy = "drop the weights with remove_hyperparameter_priors()"
                raise _unsupported(f"the weights of {name!r}", hyperparameter, remedy)
            return f"{name} categorical {_braced(hyperparameter.choices)} [{_text(default)}]"
        case ConfigSpace.OrdinalHyperparameter() if hyperparameter.size == 1 and isinstance(default, int):
            return f"{name} integer [{default}, {default}] [{default}]"
        case ConfigSpace.OrdinalHyperparameter() if _exported_words(hyperparameter):
            low, high = hyperparameter.sequence[0], hyperparameter.sequence[-1]
            return _number_line(hyperparameter, "integer" if isinstance(default, int) else "real", low, high)
        case ConfigSpace.OrdinalHyperparameter():
            return f"{name} ordinal {_braced(hyperparameter.sequence)} [{_text(default)}]"
        case ConfigSpace.Constant():
            return f"{name} categorical {_braced([default])} [{_text(default)}]"
        case ConfigSpace.UniformIntegerHyperparameter() | ConfigSpace.NormalIntegerHyperparameter():
            kind = "integer"
        case ConfigSpace.UniformFloatHyperparameter() | ConfigSpace.NormalFloatHyperparameter():
            kind = "real"
        case _:
            remedy = "drop the priors with remove_hyperparameter_priors()"
            raise _unsupported(f"the parameter {name!r}", hyperparameter, remedy)
    return _number_line(hyperparameter, kind, hyperparameter.lower, hyperparameter.upper)


def _number_line(hyperparameter: Any, kind: str, low: Any, high: Any) -> str:
    bounds, default = f"[{_text(low)}, {_text(high)}]", f"[{_text(hyperparameter.default_value)}]"
    return f"{hyperparameter.name} {kind} {bounds} {default} {_distribution(hyperparameter)}".rstrip()


def _distribution(hyperparameter: Any) -> str:
    """The words behind a declaration: those it was exported with, or what ConfigSpace says in its way."""
    if words := _exported_words(hyperparameter):
        return words
    if not hasattr(hyperparameter, "mu"):
        return "log" if hyperparameter.log else ""
    shape = map(float, (hyperparameter.mu, hyperparameter.sigma, hyperparameter.lower))
    return configspace_normal(*shape, is_log=hyperparameter.log)


def _exported_words(hyperparameter: Any) -> str:
    from bbopt.space.configspace_export import DISTRIBUTION_META

    return str((hyperparameter.meta or {}).get(DISTRIBUTION_META, ""))


def _text(value: Any) -> str:
    """A value without the type names of numpy's scalars."""
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str) else repr(plain)


def _braced(values: Iterable[Any]) -> str:
    return "{" + ", ".join(_text(value) for value in values) + "}"


def _condition_line(condition: Any) -> str:
    child = condition.child.name if hasattr(condition, "child") else condition.dlcs[0].child.name
    alternatives = (" && ".join(literals) for literals in _alternatives(condition))
    return f"{child} | " + " || ".join(alternatives)


def _alternatives(condition: Any) -> list[tuple[str, ...]]:
    """The disjunctive normal form: alternatives of literals that must all hold."""
    import ConfigSpace

    match condition:
        case ConfigSpace.OrConjunction():
            return [literals for part in condition.components for literals in _alternatives(part)]
        case ConfigSpace.AndConjunction():
            parts = [_alternatives(part) for part in condition.components]
            return [tuple(x for literals in chosen for x in literals) for chosen in product(*parts)]
        case ConfigSpace.InCondition():
            return [(f"{condition.parent.name} in {_braced(condition.values)}",)]
        case ConfigSpace.EqualsCondition():
            sign = "=="
        case ConfigSpace.NotEqualsCondition():
            sign = "!="
        case ConfigSpace.LessThanCondition():
            sign = "<"
        case ConfigSpace.GreaterThanCondition():
            sign = ">"
        case _:
            raise _unsupported("a condition", condition)
    return [(f"{condition.parent.name} {sign} {_text(condition.value)}",)]


_COMPARISON = {"=": "=="}
_Atom = tuple[str, str, str]


def _forbidden_products(clause: Any) -> list[tuple[_Atom, ...]]:
    """The clause as alternatives, each of (name, sign, text) that must all hold to forbid."""
    import ConfigSpace
    from ConfigSpace import forbidden as kinds

    match clause:
        case ConfigSpace.ForbiddenAndConjunction():
            parts = [_forbidden_products(part) for part in clause.components]
            return [tuple(x for atoms in chosen for x in atoms) for chosen in product(*parts)]
        case kinds.ForbiddenOrConjunction():
            return [atoms for part in clause.components for atoms in _forbidden_products(part)]
        case ConfigSpace.ForbiddenInClause():
            return [((clause.hyperparameter.name, "=", _text(value)),) for value in clause.values]
        case ConfigSpace.ForbiddenEqualsClause():
            return [((clause.hyperparameter.name, "=", _text(clause.value)),)]
    sign = _signs().get(type(clause))
    if sign and isinstance(clause, kinds.ForbiddenRelation):
        return [((clause.left.name, sign, clause.right.name),)]
    if sign:
        return [((clause.hyperparameter.name, sign, _text(clause.value)),)]
    raise _unsupported("a forbidden clause", clause)


def _signs() -> dict[type, str]:
    from ConfigSpace import forbidden as kinds

    return {
        kinds.ForbiddenLessThanClause: "<",
        kinds.ForbiddenLessThanEqualsClause: "<=",
        kinds.ForbiddenGreaterThanClause: ">",
        kinds.ForbiddenGreaterThanEqualsClause: ">=",
        kinds.ForbiddenLessThanRelation: "<",
        kinds.ForbiddenLessThanEqualsRelation: "<=",
        kinds.ForbiddenGreaterThanEqualsRelation: ">=",
        kinds.ForbiddenGreaterThanRelation: ">",
        kinds.ForbiddenEqualsRelation: "==",
    }


def _forbidden_line(atoms: tuple[_Atom, ...]) -> str:
    if all(sign == "=" for _, sign, _ in atoms):
        return "{" + ", ".join(f"{name}={text}" for name, _, text in atoms) + "}"
    return (
        "{"
        + " && ".join(f"{name} {'==' if sign == '=' else sign} {text}" for name, sign, text in atoms)
        + "}"
    )
