"""The numbers that stand for the values of categoricals and ordinals in expressions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from bbopt.java_numbers import parse_double
from bbopt.space.declarations import Parameter, ParameterKind

__all__ = ["OrderError", "finite_number", "value_numbers"]


class OrderError(ValueError):
    """Ordinals that contradict each other, or the order of numbers."""


def value_numbers(parameters: Sequence[Parameter]) -> dict[str, float]:
    """A number for every value of the categoricals and ordinals among `parameters`.

    A text that is a number stands for itself.  The others get distinct numbers such that the values of
    every ordinal increase, numbers among them included.  Raises OrderError when that is impossible.
    """
    texts = list(dict.fromkeys(choice for parameter in parameters for choice in parameter.choices))
    numbers_in = {text: finite_number(text) for text in texts}
    nodes = {text: text if number is None else number for text, number in numbers_in.items()}
    after: dict[float | str, list[float | str]] = {node: [] for node in nodes.values()}
    numbers = sorted(node for node in after if isinstance(node, float))
    for lower, upper in pairwise(numbers):
        after[lower].append(upper)
    for parameter in parameters:
        if parameter.kind is ParameterKind.ORDINAL:
            for lower_text, upper_text in pairwise(parameter.choices):
                after[nodes[lower_text]].append(nodes[upper_text])
    places = _spread(_topological(after))
    return {text: places[node] for text, node in nodes.items()}


def finite_number(text: str) -> float | None:
    """The number that the text is, None when it is none."""
    try:
        value = parse_double(text) + 0.0
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _topological(after: dict[float | str, list[float | str]]) -> list[float | str]:
    waiting = dict.fromkeys(after, 0)
    for successors in after.values():
        for node in successors:
            waiting[node] += 1
    ready = [node for node, count in waiting.items() if count == 0]
    for node in ready:
        for successor in after[node]:
            waiting[successor] -= 1
            if waiting[successor] == 0:
                ready.append(successor)
    if len(ready) < len(after):
        stuck = ", ".join(str(node) for node, count in waiting.items() if count > 0)
        raise OrderError(f"no common order of the values {stuck}")
    return ready


def _spread(ordered: list[float | str]) -> dict[float | str, float]:
    """Numbers stay; runs of texts are spread between the numbers around them."""
    places: dict[float | str, float] = {node: node for node in ordered if isinstance(node, float)}
    run: list[float | str] = []
    lower: float | None = None
    for node in ordered:
        if not isinstance(node, float):
            run.append(node)
            continue
        for index, text in enumerate(run, 1):
            if lower is None:
                places[text] = node - (len(run) + 1 - index)
            else:
                places[text] = lower + (node - lower) * index / (len(run) + 1)
        run, lower = [], node
    for index, text in enumerate(run, 1):
        places[text] = (-1.0 if lower is None else lower) + index
    return places
