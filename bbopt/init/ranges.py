"""Ranges that are guessed from the name of a parameter and its default."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bbopt.init.arguments import Argument, Kind

__all__ = ["Range", "name_words", "number_range"]

_LEAST_RATIO_OF_LOG = 50.0
_EDGES = 8
"""How many times as small or large sizes may be that are powers of two."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` on a scale ("" or a word of parameter files), or the `values` in their order.

    `exact` says that the program itself has these bounds.
    """

    low: float
    high: float
    scale: str = ""
    default: float = math.nan
    values: tuple[int, ...] = ()
    exact: bool = False


def name_words(name: str) -> frozenset[str]:
    """The words of a name such as `weight-decay` or `maxDepth`, in small letters; `beta1` is beta, too."""
    spread = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    words = re.findall(r"[^\W_]+", spread)
    return frozenset((*words, *(word.rstrip("0123456789") for word in words), *_joined(words))) - {""}


def _joined(words: list[str]) -> Iterator[str]:
    yield from (f"{one} {other}" for one, other in itertools.pairwise(words))


def number_range(argument: Argument, default: float | None) -> Range | None:
    """A range for a number; None where nothing sensible can be guessed."""
    words = name_words(argument.name) | name_words(argument.flag)
    whole = argument.kind is Kind.INTEGER
    named = _named_whole(words, default) if whole else _named_real(words, default)
    if named is None and argument.low is not None and argument.high is not None:
        named = Range(argument.low, argument.high)
    if named is None and whole and default is not None and default < 0:
        return None
    around = _around_whole(None if default is None else int(default)) if whole else _around(default)
    return _within(argument, _including(named or around, default))


# --- reals


def _named_real(words: frozenset[str], default: float | None) -> Range | None:
    found = (make(words, default) for names, make in _REALS if words & names)
    return next((one for one in found if one is not None), None)


def _learning_rate(words: frozenset[str], default: float | None) -> Range | None:
    if words & {"decay", "gamma", "factor", "mult", "power", "scale", "ratio", "min", "final", "end", "step"}:
        return None
    if default is not None and default <= 0:
        return None
    found = Range(1e-5, 1.0, "log", 1e-3)
    return replace(found, low=min(found.low, _rounded(default / 100)) if default else found.low)


def _dropout(_: frozenset[str], default: float | None) -> Range | None:
    return Range(0, 0.9, default=0.1) if default is None or 0 <= default < 1 else None


def _momentum(words: frozenset[str], default: float | None) -> Range | None:
    if default is not None and not 0 <= default < 1:
        return None
    if "beta2" in words or "beta 2" in words:
        return Range(0.8, 0.99999 if default and default > 0.9998 else 0.9999, "log_near_one", 0.999)
    if "momentum" not in words and not words & {"beta1", "beta 1"}:
        return None
    return Range(0, 0.99, default=0.9) if default is None or default <= 0.99 else _near_one(default)


def _decay(words: frozenset[str], default: float | None) -> Range | None:
    if "decay" in words and not words & {"weight decay", "l2", "l1"}:
        return None
    if default is None or default > 0:
        scale = default or 1e-4
        return Range(min(1e-6, _rounded(scale / 100)), max(0.1, _rounded(scale * 100)), "log", 1e-4)
    return Range(0, 0.1) if default == 0 else None


def _share(_: frozenset[str], default: float | None) -> Range | None:
    return Range(0, 1, default=0.5) if default is None or 0 <= default <= 1 else None


def _fading(_: frozenset[str], default: float | None) -> Range | None:
    """What a number is multiplied by, again and again."""
    return Range(0.1, 0.999) if default is not None and 0.5 <= default < 0.9 else None


def _subsample(_: frozenset[str], default: float | None) -> Range | None:
    return Range(0.1, 1, default=1) if default is None or 0.1 <= default <= 1 else None


_Make = Callable[[frozenset[str], "float | None"], "Range | None"]
_REALS: tuple[tuple[frozenset[str], _Make], ...] = (
    (frozenset({"lr", "learning rate", "learningrate", "stepsize", "eta"}), _learning_rate),
    (frozenset({"dropout", "drop", "droprate", "dropoutrate", "droppath"}), _dropout),
    (frozenset({"momentum", "beta", "beta1", "beta2"}), _momentum),
    (
        frozenset(
            {"weight decay", "weightdecay", "wd", "l1", "l2", "reg", "regularization", "regularisation"}
            | {"lambda", "lamb", "ridge"}
        ),
        _decay,
    ),
    (frozenset({"subsample", "colsample", "bytree", "bylevel", "bynode"}), _subsample),
    (
        frozenset(
            {"prob", "probability", "p", "ratio", "fraction", "frac", "proportion", "share", "smoothing"}
            | {"quantile", "rate", "mixup", "cutmix", "hflip", "vflip", "flip", "max features"}
        ),
        _share,
    ),
    (frozenset({"gamma", "discount", "decay", "ema", "polyak"}), _fading),
)


def _around(default: float | None) -> Range:
    """Where a name says nothing."""
    if default is None:
        return Range(0, 1, default=0.5)
    if default == 0:
        return Range(0, 1)
    if default < 0:
        return Range(_rounded(2 * default), 0)
    if 0.9 <= default < 1:
        return _near_one(default)
    if 0.2 <= default < 1:  # a share, perhaps
        return Range(_rounded(default / 10), 1, "log")
    return Range(_rounded(default / 10), _rounded(default * 10), "log")


def _near_one(default: float) -> Range:
    return Range(0.5, float(f"{1 - (1 - default) / 100:.8g}"), "log_near_one")


# --- integers


def _named_whole(words: frozenset[str], default: float | None) -> Range | None:
    number = None if default is None else int(default)
    found = (make(number) for names, make in _INTEGERS if words & names)
    return next((one for one in found if one is not None), None)


def _around_whole(number: int | None) -> Range:
    """Where a name says nothing."""
    if number is None:
        return Range(1, 100, "log", 10)
    if number < 8:
        return Range(min(number, 1), max(2 * number, 4) if number else 10)
    return Range(number // 4, 4 * number, "log")


def _batch(default: int | None) -> Range | None:
    return _powers(32 if default is None else default) or _sizes(default)


def _sizes(default: int | None) -> Range | None:
    if default is None:
        return Range(8, 512, "log", 64)
    if default < 1:
        return None
    return _powers(default) or Range(max(1, default // 4), max(4, 4 * default), "log")


def _heads(default: int | None) -> Range | None:
    return _powers(default or 4) or (Range(1, 2 * default) if default and default > 0 else None)


def _layers(default: int | None) -> Range | None:
    return None if default is not None and default < 0 else Range(1, max(8, 2 * (default or 2)), default=2)


def _kernel(default: int | None) -> Range | None:
    if default is None or default % 2 == 0 or default < 1:
        return None
    values = tuple(range(1, max(7, default + 2) + 1, 2))
    return Range(1, values[-1], default=default, values=values)


def _trees(default: int | None) -> Range | None:
    return None if default is not None and default < 1 else Range(10, 1000, "log", 100)


def _depth(default: int | None) -> Range | None:
    return None if default is not None and default < 1 else Range(1, max(16, 2 * (default or 6)), default=6)


def _powers(default: int) -> Range | None:
    """Powers of two around one."""
    if default < 1 or default & (default - 1):
        return None
    low, high = max(1, default // _EDGES), default * _EDGES
    values = tuple(2**k for k in range(low.bit_length() - 1, high.bit_length()))
    return Range(low, high, default=default, values=values)


_INTEGERS: tuple[tuple[frozenset[str], Callable[[int | None], Range | None]], ...] = (
    (frozenset({"batch", "bs", "batchsize", "minibatch"}), _batch),
    (frozenset({"heads", "head", "nhead", "nheads"}), _heads),
    (frozenset({"kernel", "ksize"}), _kernel),
    (frozenset({"estimators", "trees", "ntrees"}), _trees),
    (frozenset({"max depth", "maxdepth", "tree depth"}), _depth),
    (frozenset({"size", "dim", "dims", "units", "width", "neurons"}), _sizes),
    (frozenset({"layers", "layer", "depth", "blocks", "stages", "nlayers", "nlayer"}), _layers),
    (
        frozenset(
            {"hidden", "embed", "embedding", "channels", "filters", "features", "latent", "nodes", "nhid"}
            | {"ninp", "emsize", "rank", "leaves"}
        ),
        _sizes,
    ),
)


# --- bounds


def _including(found: Range, default: float | None) -> Range:
    """The range, with the default in it."""
    if default is None:
        return replace(found, default=_middle(found)) if math.isnan(found.default) else found
    found = replace(found, default=default)
    if default in found.values:
        return found
    low, high = min(found.low, default), max(found.high, default)
    scale = "" if found.scale == "log" and low <= 0 else found.scale
    scale = "" if scale == "log_near_one" and high >= 1 else scale
    return replace(found, low=low, high=high, scale=scale, values=())


def _middle(found: Range) -> float:
    """A number in the middle of the range, on its scale."""
    return _rounded(
        math.sqrt(found.low * found.high) if found.scale == "log" else (found.low + found.high) / 2
    )


def _within(argument: Argument, found: Range) -> Range | None:
    """The range, kept to the bounds that the program has."""
    low, high = argument.low, argument.high
    if argument.exact and low is not None and high is not None:
        return _exact(argument, found, low, high)
    if low is not None:
        found = replace(found, low=max(found.low, low))
    if high is not None:
        found = replace(found, high=min(found.high, high))
    if argument.low_open and found.low == low:
        found = replace(found, low=_inside(low, found))
    if argument.high_open and found.high == high:
        found = replace(found, high=high - (high - found.low) / 1000)
    values = tuple(value for value in found.values if found.low <= value <= found.high)
    found = replace(found, values=values, default=min(max(found.default, found.low), found.high))
    if found.scale == "log" and found.low <= 0:
        found = replace(found, scale="")
    return found if found.low < found.high else None


def _exact(argument: Argument, found: Range, low: float, high: float) -> Range | None:
    whole = argument.kind is Kind.INTEGER
    low = _inside(low, found) if argument.low_open else low
    high = high - (high - low) / 1000 if argument.high_open else high
    if not low < high:
        return None
    wide = low > 0 and high / low >= _LEAST_RATIO_OF_LOG and (whole or high / low >= 2 * _LEAST_RATIO_OF_LOG)
    is_exact = not (argument.low_open or argument.high_open)
    default = min(max(found.default, low), high)
    return Range(low, high, "log" if wide else "", default, exact=is_exact)


def _inside(low: float, found: Range) -> float:
    """A number close above an open bound."""
    above = found.default - low if found.default > low else 1.0
    return low + _rounded(above / 100)


def _rounded(number: float) -> float:
    return float(f"{number:.2g}")
