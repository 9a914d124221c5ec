"""Calls that give a setting its value when a job is added: `@numpy.random.uniform(1e-6, 1e-1)`.

Nothing is evaluated as Python: a function of a fixed list is called with literals.  None of these keeps or
changes anything; what they draw comes from a generator that the caller gives.
"""

from __future__ import annotations

import ast
import math
import random
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bbopt.errors import InputError, did_you_mean, nearest
from bbopt.jobs.literals import NoLiteralError, literal, parsed
from bbopt.jobs.values import HELD, checked

__all__ = ["FUNCTIONS", "Draws", "Expression"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS: Mapping[str, frozenset[str]] = {
    "numpy.random": _names(
        """beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric
        laplace logistic lognormal logseries multinomial multivariate_normal negative_binomial
        noncentral_chisquare noncentral_f normal pareto permutation poisson power rand randint randn random
        random_sample rayleigh standard_cauchy standard_exponential standard_gamma standard_normal standard_t
        triangular uniform vonmises wald weibull zipf"""
    ),
    "random": _names(
        """betavariate choice choices expovariate gammavariate gauss lognormvariate normalvariate
        paretovariate randint random randrange sample triangular uniform vonmisesvariate weibullvariate"""
    ),
    "math": _names(
        """acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees dist erf erfc exp expm1 fabs
        floor fmod fsum gamma gcd hypot lcm ldexp lgamma log log10 log1p log2 pow prod radians sin sinh sqrt
        tan tanh trunc"""
    ),
}
"""What may be called, by module: neither what seeds or reads generators, nor what changes its argument."""

_EXPECTED = "@MODULE.FUNCTION(...) of numpy.random, random or math, with literals, as @random.randint(1, 9)"


@dataclass(frozen=True, slots=True)
class Expression:
    """A call of a function in `FUNCTIONS` with literals."""

    text: str
    module: str
    function: str
    positional: tuple[object, ...]
    named: tuple[tuple[str, object], ...]

    @classmethod
    def read(cls, text: str) -> Expression:
        """Of what somebody wrote; InputError, with what is allowed, for anything but such a call."""
        text = text.strip()
        node = parsed(text.removeprefix("@")) if text.startswith("@") else None
        if not isinstance(node, ast.Call):
            raise InputError("this is no expression that can be evaluated", got=text, expected=_EXPECTED)
        module, function = _function(node.func, text)
        try:
            positional = tuple(map(literal, node.args))
            named = tuple((_name(keyword), literal(keyword.value)) for keyword in node.keywords)
        except (NoLiteralError, RecursionError) as error:
            raise InputError(
                "an argument in an expression is no literal",
                got=f"{error} in {text}",
                expected=f"{HELD}, with texts in quotes",
            ) from error
        return cls(text, module, function, positional, named)


def _name(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise NoLiteralError(f"**{ast.unparse(keyword.value)}")
    return keyword.arg


def _function(node: ast.expr, text: str) -> tuple[str, str]:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    module = ".".join([node.id, *names[:-1]]) if isinstance(node, ast.Name) and names else ""
    if module not in FUNCTIONS:
        raise InputError("this module can't be used in an expression", got=text, expected=_EXPECTED)
    function, allowed = names[-1], sorted(FUNCTIONS[module])
    if function not in allowed:
        raise InputError(
            f"{module}.{function} can't be called in an expression",
            got=text,
            expected=f"one of {module}: {', '.join(allowed)}",
            remedy=did_you_mean(nearest(function, allowed)),
        )
    return module, function


class Draws:
    """Values of expressions, each drawn anew; equal generators give equal values in the same order."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._of_module: dict[str, Any] = {
            "numpy.random": np.random.RandomState(int(generator.integers(2**32))),
            "random": random.Random(int(generator.integers(2**63))),
            "math": math,
        }

    def value(self, expression: Expression) -> object:
        """What the call returns, arrays as lists; InputError for arguments that the function refuses."""
        function = getattr(self._of_module[expression.module], expression.function)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = function(*expression.positional, **dict(expression.named))
        except Exception as error:  # whatever these functions find wrong with their arguments
            reason = str(error) or type(error).__name__
            raise InputError("an expression has no value", got=f"{expression.text}: {reason}") from error
        return checked(value.tolist() if hasattr(value, "tolist") else value, expression.text)
