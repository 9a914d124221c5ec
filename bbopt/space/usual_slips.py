"""What people write where a parameter file has something else, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["distribution_meant", "number_remedy", "range_remedy", "torn_value", "type_meant", "value_remedy"]

_TYPES = {
    "real": ("float", "double", "number", "numeric", "r", "uniform_float", "uniformfloat", "uniform"),
    "integer": ("int", "i", "long", "uniform_int", "uniforminteger", "randint"),
    "categorical": ("cat", "c", "category", "choice", "enum", "bool", "boolean", "string", "str", "constant"),
    "ordinal": ("ord", "o", "ordered"),
}
_DISTRIBUTIONS = {
    "leave it out: numbers are uniform where nothing else is said": ("uniform", "linear", "lin"),
    "write log": ("loguniform", "log_uniform", "log-uniform", "reciprocal", "logarithmic", "log10"),
    "write step(size), counted from the lower bound": ("quniform", "q", "quantized", "quantization", "steps"),
    "write log step(size)": ("qloguniform",),
    "write normal(mean, sd)": ("gauss", "gaussian", "norm", "randn", "truncnorm"),
    "write normal(mean, sd) step(size)": ("qnormal",),
    "write lognormal(mu, sigma), mu and sigma those of log x": ("log_normal", "log-normal", "loggaussian"),
    "write lognormal(mu, sigma) step(size)": ("qlognormal",),
}
_DISTRIBUTION_MEANT = {word: remedy for remedy, words in _DISTRIBUTIONS.items() for word in words}
_MEANT = {word: kind for kind, words in _TYPES.items() for word in words}
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*\[?\s*({_NUMBER})\s*(?:\.\.+|:|;)\s*({_NUMBER})\s*\]?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)
_TWO_DECIMAL_COMMAS = re.compile(r"\s*([+-]?\d+),(\d+)\s*[,;]\s*([+-]?\d+)(?:,(\d+))?\s*", re.ASCII)
_CLOSING = {'"': '"', "'": "'", "[": "]", "(": ")"}


def type_meant(word: str) -> str | None:
    """The type that is called `word` elsewhere."""
    return _MEANT.get(word.lower().removesuffix("hyperparameter"))


def distribution_meant(word: str) -> str | None:
    """What to write for a distribution that is called `word` elsewhere."""
    return _DISTRIBUTION_MEANT.get(word.lower())


def range_remedy(text: str) -> str | None:
    """For what stands between the brackets of a range, or in place of one."""
    if match := _RANGE.match(text):
        return f"write [{match[1]}, {match[2]}]"
    if match := _TWO_DECIMAL_COMMAS.fullmatch(text):
        low, high = f"{match[1]}.{match[2]}", f"{match[3]}.{match[4]}" if match[4] else match[3]
        return f"decimals have a point: [{low}, {high}]"
    return None


def number_remedy(text: str) -> str | None:
    """For what should be one number."""
    if _DECIMAL_COMMA.fullmatch(text):
        return f"decimals have a point: {text.strip().replace(',', '.')}"
    return None


def value_remedy(name: str, value: str) -> str:
    """For a value with blanks or commas in it."""
    words = " ".join(re.split(r"[\s,]+", value.strip("\"'[]() ")))
    short = "-".join(words.split()) or "a-b"
    return (
        f"name it without them, {short}, and say in the scenario what is passed for it: "
        f"param-template = {name}={short}: --{name} {words}"
    )


def torn_value(values: Sequence[str]) -> str | None:
    """A value in quotes or brackets that its own commas have divided, put together again."""
    for start, first in enumerate(values):
        closing = _CLOSING.get(first[:1])
        if closing is None or (first.endswith(closing) and len(first) > 1):
            continue
        for end in range(start + 1, len(values)):
            if values[end].endswith(closing):
                return ",".join(values[start : end + 1])
    return None
