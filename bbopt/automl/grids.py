"""The grids of compile and fit parameters: Python literals, the parameters searched, and what a choice means.

A grid is a dictionary as MADlib takes it.  A list is a choice, unless it is `[low, high, 'linear']`, a range,
which may also be 'log' or 'log_near_one'.  `optimizer_params_list` has a dictionary for each kind of
optimizer, whose names are its own: they matter only where that optimizer is chosen.  Nothing is evaluated.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bbopt.errors import InputError, Place, Problems, did_you_mean, nearest

__all__ = ["Choice", "Grid", "ModelSettings", "OptimizerChoice", "Range", "grid_text", "read_grid"]

COMPILE, FIT = "compile_params_grid", "fit_params_grid"
OPTIMIZERS = "optimizer_params_list"
MODEL_ID, OPTIMIZER = "model_id", "optimizer"
_SAMPLINGS = {"linear": "", "log": "log", "log_near_one": "log_near_one"}
"""How a range is sampled, and the word of a parameter file for it."""

_WHOLE = frozenset({"batch_size", "epochs", "steps_per_epoch", "steps_per_execution"})
"""Parameters of Keras that are whole numbers, also in a range."""

_FIRST = (OPTIMIZER, "metrics", "loss", "epochs", "batch_size")
"""The order in which parameters are told, as MADlib tells them; others follow."""

_FORBIDDEN_IN_LABELS = frozenset(",{}[]|&=!<>'\"#")
_EXAMPLE = {
    COMPILE: "{'loss': ['categorical_crossentropy'], 'optimizer_params_list': "
    "[{'optimizer': ['Adam'], 'lr': [0.001, 0.1, 'log']}], 'metrics': ['accuracy']}",
    FIT: "{'batch_size': [32, 64], 'epochs': [10]}",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, sampled as one of MADlib's words says; whole ones if `is_whole`."""

    low: float
    high: float
    sampling: str
    is_whole: bool = False
    varies = True

    def declaration(self) -> str:
        """What follows the name in a parameter file; the default is in the middle of the scale."""
        if self.is_whole:
            low, high = int(self.low), int(self.high)
            middle = round(self._middle())
            return f"integer [{low}, {high}] [{middle}] {_SAMPLINGS[self.sampling]}".rstrip()
        words = f"real [{self.low!r}, {self.high!r}] [{self._middle()!r}] {_SAMPLINGS[self.sampling]}"
        return words.rstrip()

    def value(self, text: str) -> float:
        """The number that a parameter's text stands for."""
        return int(text) if self.is_whole else float(text)

    def values(self) -> list[float]:
        """Those to be tried out beforehand: both ends."""
        return [int(self.low), int(self.high)] if self.is_whole else [self.low, self.high]

    def _middle(self) -> float:
        match self.sampling:
            case "log":
                middle = math.sqrt(self.low) * math.sqrt(self.high)
            case "log_near_one":
                middle = 1 - math.sqrt((1 - self.low) * (1 - self.high))
            case _:
                middle = self.low + (self.high - self.low) / 2
        return min(max(float(f"{middle:.6g}"), self.low), self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of `options`, literals of any kind; their labels are what a parameter file calls them."""

    options: tuple[Any, ...]

    @property
    def varies(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.options) > 1

    @property
    def labels(self) -> list[str]:
        """A word for each: itself where that can be written, else its number."""
        words = [one if isinstance(one, str) else repr(one) for one in self.options]
        if all(map(_is_label, words)) and len(set(words)) == len(words):
            return words
        return [str(number) for number in range(1, len(words) + 1)]

    def declaration(self) -> str:
        """What follows the name in a parameter file."""
        numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in self.options)
        labels = ", ".join(self.labels)
        return f"{'ordinal' if numbers else 'categorical'} {{{labels}}} [{self.labels[0]}]"

    def value(self, text: str) -> Any:
        """The literal that a parameter's text stands for."""
        return self.options[self.labels.index(text)]

    def values(self) -> list[Any]:
        """All of them."""
        return list(self.options)


@dataclass(frozen=True, slots=True)
class OptimizerChoice:
    """An optimizer with its own parameters; `label` is what the parameter `optimizer` calls it."""

    label: str
    name: str
    arguments: Mapping[str, Range | Choice]


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What one configuration means: an architecture, and what it is compiled and trained with.

    The values are literals; `optimizer` is the name in `compile_params`, its arguments are apart.
    """

    model_id: int
    optimizer: str
    arguments: Mapping[str, Any]
    compile_params: Mapping[str, Any]
    fit_params: Mapping[str, Any]

    @property
    def compile_text(self) -> str:
        """As MADlib writes it: `optimizer='Adam(lr=0.1)',metrics=['accuracy'],loss='mse'`."""
        call = f"{self.optimizer}({','.join(_equals(self.arguments.items()))})"
        told = {OPTIMIZER: call, **self.compile_params}
        return ",".join(_equals((name, _as_list(name, told[name])) for name in _in_order(told)))

    @property
    def fit_text(self) -> str:
        """Likewise: `epochs=1,batch_size=8`; callbacks stand as they were written."""
        told = self.fit_params
        return ",".join(
            f"{name}={told[name]}" if name == "callbacks" else f"{name}={told[name]!r}"
            for name in _in_order(told)
        )


def _equals(pairs: Any) -> Iterator[str]:
    return (f"{name}={value!r}" for name, value in pairs)


def _as_list(name: str, value: Any) -> Any:
    return [value] if name == "metrics" and not isinstance(value, list) else value


def _in_order(names: Mapping[str, Any]) -> list[str]:
    return [one for one in _FIRST if one in names] + [one for one in names if one not in _FIRST]


@dataclass(frozen=True, slots=True)
class Grid:
    """All that is searched: architectures, optimizers, and other parameters by their names in Keras."""

    model_ids: tuple[int, ...]
    optimizers: tuple[OptimizerChoice, ...]
    compile_params: Mapping[str, Range | Choice] = field(default_factory=dict)
    fit_params: Mapping[str, Range | Choice] = field(default_factory=dict)

    def pcs(self) -> str:
        """The parameter file: all that varies, and the model; an optimizer's parameters depend on it."""
        lines = [f"{MODEL_ID} {Choice(self.model_ids).declaration().replace('ordinal', 'categorical')}"]
        labels, conditions = Choice(tuple(one.label for one in self.optimizers)), []
        if labels.varies:
            lines.append(f"{OPTIMIZER} {labels.declaration()}")
        for optimizer in self.optimizers:
            for name, domain in optimizer.arguments.items():
                if domain.varies:
                    lines.append(f"{optimizer.label}.{name} {domain.declaration()}")
                    conditions.append(f"{optimizer.label}.{name} | {OPTIMIZER} == {optimizer.label}")
        for name, domain in (*self.compile_params.items(), *self.fit_params.items()):
            if domain.varies:
                lines.append(f"{name} {domain.declaration()}")
        return "".join(f"{line}\n" for line in (*lines, *(conditions if labels.varies else ())))

    def settings(self, texts: Mapping[str, str]) -> ModelSettings:
        """What the active parameters of a configuration, by their texts, mean."""
        label = texts.get(OPTIMIZER, self.optimizers[0].label)
        optimizer = next(one for one in self.optimizers if one.label == label)
        return ModelSettings(
            int(texts[MODEL_ID]),
            optimizer.name,
            _chosen(optimizer.arguments, texts, f"{label}."),
            _chosen(self.compile_params, texts),
            _chosen(self.fit_params, texts),
        )


def _chosen(
    domains: Mapping[str, Range | Choice], texts: Mapping[str, str], prefix: str = ""
) -> dict[str, Any]:
    """The value of each parameter: that of its text, or the only one that it has."""
    return {
        name: domain.value(texts[prefix + name]) if domain.varies else domain.values()[0]
        for name, domain in domains.items()
    }


def grid_text(grid: str | Mapping[str, Any]) -> str:
    """A grid as text; from Python it may be the dictionary itself."""
    return grid if isinstance(grid, str) else repr(dict(grid))


def read_grid(model_ids: Sequence[int], compile_text: str, fit_text: str) -> Grid:
    """What both grids say; InputErrors with all that can't be meant so."""
    problems = Problems()
    compiled = problems.attempt(lambda: _dictionary(compile_text, COMPILE)) or {}
    fitted = problems.attempt(lambda: _dictionary(fit_text, FIT)) or {}
    problems.raise_if_any()
    optimizers = problems.attempt(lambda: _optimizers(compiled)) or ()
    others = {name: values for name, values in compiled.items() if name != OPTIMIZERS}
    if OPTIMIZER in others:
        problems.append(
            InputError(
                "an optimizer stands outside optimizer_params_list",
                place=Place(COMPILE),
                got=f"{OPTIMIZER!r}: {others.pop(OPTIMIZER)!r}",
                expected=f"'{OPTIMIZERS}': [{{'optimizer': ['Adam'], 'lr': [0.001, 0.1, 'log']}}]",
            )
        )
    compile_params = _domains(others, COMPILE, problems)
    if "loss" not in others:
        problems.append(InputError("there is no loss", place=Place(COMPILE), expected=_EXAMPLE[COMPILE]))
    fit_params = _domains(fitted, FIT, problems)
    problems.raise_if_any()
    return Grid(tuple(dict.fromkeys(model_ids)), optimizers, compile_params, fit_params)


def _dictionary(text: str, grid: str) -> dict[str, Any]:
    place = Place(grid)
    try:
        value = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "only literals may stand there"
        raise InputError(
            f"this is no Python dictionary: {reason}",
            place=place,
            got=text.strip() or "nothing",
            expected=_EXAMPLE[grid],
        ) from error
    return _named(value, place, _EXAMPLE[grid])


def _named(value: Any, place: Place, expected: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("a dictionary is needed", place=place, got=repr(value), expected=expected)
    for name in value:
        if not (isinstance(name, str) and name.isidentifier()):
            raise InputError(
                "a key is no name of a parameter", place=place, got=repr(name), expected=expected
            )
    return value


def _optimizers(compiled: Mapping[str, Any]) -> tuple[OptimizerChoice, ...]:
    place, entries = Place(COMPILE), compiled.get(OPTIMIZERS)
    if not isinstance(entries, list) or not entries:
        raise InputError(
            f"{OPTIMIZERS} is missing" if entries is None else f"{OPTIMIZERS} is no list of dictionaries",
            place=place,
            got=None if entries is None else repr(entries),
            expected=_EXAMPLE[COMPILE],
        )
    problems, found, labels = Problems(), [], set[str]()
    for entry in entries:
        arguments = dict(_named(entry, place, _EXAMPLE[COMPILE]))
        names = arguments.pop(OPTIMIZER, None)
        if not isinstance(names, list) or not names or not all(map(_is_name, names)):
            problems.append(
                InputError(
                    "an optimizer has no name" if names is None else "this is no list of optimizers",
                    place=place,
                    got=repr(entry if names is None else names),
                    expected="'optimizer': ['Adam']",
                )
            )
            continue
        domains = _domains(arguments, f"{COMPILE}, {', '.join(names)}", problems)
        for name in names:
            label, number = name, 1
            while label in labels:
                number += 1
                label = f"{name}.{number}"
            labels.add(label)
            found.append(OptimizerChoice(label, name, domains))
    problems.raise_if_any()
    return tuple(found)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isidentifier()


def _domains(values: Mapping[str, Any], place: str, problems: Problems) -> dict[str, Range | Choice]:
    found = {}
    for name, value in values.items():
        domain = problems.attempt(partial(_domain, name, value, Place(place)))
        if domain is not None:
            found[name] = domain
    return found


def _domain(name: str, values: Any, place: Place) -> Range | Choice:
    if not isinstance(values, list) or not values:
        raise InputError(
            f"the values of {name} are no list",
            place=place,
            got=repr(values),
            expected=f"'{name}': [{values!r}], a list of choices, or [low, high, 'log'], a range",
        )
    *numbers, word = values
    if isinstance(word, str) and len(numbers) == 2 and all(map(_is_number, numbers)):
        low, high = numbers
        return _range(name, low, high, word, place)
    options = _without_repetitions(values)
    if name in _WHOLE and not all(type(one) is int and one >= 1 for one in options):
        raise InputError(
            f"{name} are counted", place=place, got=f"'{name}': {values!r}", expected="integers of at least 1"
        )
    return Choice(options)


def _range(name: str, low: float, high: float, word: str, place: Place) -> Range:
    shown = f"'{name}': [{low!r}, {high!r}, {word!r}]"
    if word not in _SAMPLINGS:
        raise InputError(
            f"unknown sampling {word!r}",
            place=place,
            got=shown,
            expected=" or ".join(map(repr, _SAMPLINGS)),
            remedy=did_you_mean(nearest(word, _SAMPLINGS)),
        )
    bounds = {"linear": (-math.inf, math.inf), "log": (0, math.inf), "log_near_one": (-math.inf, 1)}
    least, most = bounds[word]
    if not (least < low < high < most):
        needed = {"linear": "", "log": ", both above 0", "log_near_one": ", both below 1"}[word]
        raise InputError(
            f"the range of {name} can't be sampled", place=place, got=shown, expected=f"low < high{needed}"
        )
    if name not in _WHOLE:
        return Range(float(low), float(high), word)
    if low < 1 or not (float(low).is_integer() and float(high).is_integer()):
        raise InputError(f"{name} are counted", place=place, got=shown, expected="whole bounds of at least 1")
    return Range(low, high, word, is_whole=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _without_repetitions(values: Sequence[Any]) -> tuple[Any, ...]:
    """Each once, numbers in their order where all are numbers."""
    found = list({repr(one): one for one in values}.values())
    return tuple(sorted(found) if all(map(_is_number, found)) else found)


def _is_label(word: str) -> bool:
    return bool(word) and word.isprintable() and not _FORBIDDEN_IN_LABELS & set(word) and " " not in word
