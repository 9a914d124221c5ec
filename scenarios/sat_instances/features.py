"""What a formula looks like before anything is solved, as numbers for the model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .formula import Formula

FEATURES = (
    "variables",
    "clauses",
    "clauses-per-variable",
    "clause-length-mean",
    "clause-length-deviation",
    "clause-length-most",
    "binary-share",
    "ternary-share",
    "horn-share",
    "degree-mean",
    "degree-variation",
    "degree-least",
    "degree-most",
    "degree-entropy",
    "positive-share-mean",
    "positive-share-deviation",
)


def features(formula: Formula) -> dict[str, float]:
    """The values of `FEATURES`; a variable's degree is the number of its occurrences."""
    lengths = [len(clause) for clause in formula.clauses]
    positive = [0] * formula.variables
    negative = [0] * formula.variables
    for clause in formula.clauses:
        for literal in clause:
            (positive if literal > 0 else negative)[abs(literal) - 1] += 1
    degrees = [p + n for p, n in zip(positive, negative, strict=True)]
    shares = [p / degree for p, degree in zip(positive, degrees, strict=True) if degree]
    horn = sum(sum(literal > 0 for literal in clause) <= 1 for clause in formula.clauses)
    values = (
        formula.variables,
        len(lengths),
        len(lengths) / formula.variables,
        _mean(lengths),
        _deviation(lengths),
        max(lengths),
        lengths.count(2) / len(lengths),
        lengths.count(3) / len(lengths),
        horn / len(lengths),
        _mean(degrees),
        _deviation(degrees) / _mean(degrees),
        min(degrees),
        max(degrees),
        _entropy(degrees),
        _mean(shares),
        _deviation(shares),
    )
    return dict(zip(FEATURES, values, strict=True))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(_mean([(value - mean) ** 2 for value in values]))


def _entropy(values: Sequence[float]) -> float:
    """Of the distribution of the values, in nats."""
    shares = [values.count(value) / len(values) for value in sorted(set(values))]
    return -math.fsum(share * math.log(share) for share in shares)
