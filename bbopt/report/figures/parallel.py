"""Parallel coordinates: a line for each configuration through its settings to what came out."""

from __future__ import annotations

import html

import numpy as np
from numpy.typing import NDArray

from bbopt.report.analysis import Analysis
from bbopt.report.figures.figure import Figure, evenly
from bbopt.report.model import at_model_budget, responses
from bbopt.report.svg import Axis, Svg, parameter_axis
from bbopt.runs import Cell
from bbopt.surrogate import FloatArray

__all__ = ["parallel"]

_MOST_AXES = 9
_MOST_BEST = 150
_MOST_OTHERS = 350
_TOP, _HEIGHT = 40, 250
_INACTIVE = -0.07
_CLASSES = 5


def parallel(analysis: Analysis) -> Figure | None:
    """Of the configurations at the model's budget, the best ones and others evenly chosen."""
    study, scale = analysis.study, analysis.scale
    columns = _columns(analysis)
    if not columns:
        return None
    _, of_budget = at_model_budget(study)
    numbers = np.flatnonzero(of_budget)
    rows, of, configuration = responses(study, scale, of_budget)
    if len(rows) < 2:
        return None
    costs = np.where(_have_failed(study.failed[numbers], configuration, len(rows)), np.nan, scale.shown(of))
    chosen = _chosen(costs * scale.sign)
    axes = [parameter_axis(study.space, column) for column in columns]
    places = np.stack([axis.at(rows[chosen, n]) for n, axis in zip(columns, axes, strict=True)], axis=1)
    places = np.where(study.space.active(rows[chosen])[:, columns], places, _INACTIVE)
    worst = scale.high if scale.sign > 0 else scale.low
    places = np.column_stack([places, scale.axis.at(np.where(np.isnan(costs), worst, costs)[chosen])])
    axes.append(Axis(study.metric, scale.axis.place, scale.axis.ticks))
    svg = Svg(760, _TOP + _HEIGHT + 30, "parallel coordinates of the configurations")
    xs = [46.0 + 640.0 / len(columns) * n for n in range(len(axes))]
    names: list[list[str]] = [[] for _ in rows]
    for number, one in zip(numbers.tolist(), configuration.tolist(), strict=True):
        names[one].append(study.names[number])
    best = study.space.keys(study.incumbent.row[None, :])[0] if study.incumbent is not None else b""
    keys = study.space.keys(rows[chosen])
    told: list[tuple[Cell, ...]] = []
    order = np.argsort(np.nan_to_num(costs[chosen] * scale.sign, nan=np.inf))[::-1]
    for line in sorted(order.tolist(), key=lambda one: keys[one] == best):  # the best over all others
        place, one = places[line], chosen[line]
        d = "M" + "L".join(f"{x:.0f} {_y(p):.1f}" for x, p in zip(xs, place, strict=True))
        runs = html.escape(" ".join(names[one]), quote=True)
        data = f' data-v="{",".join(f"{p:.3f}" for p in place)}" data-run="{runs}"'
        svg.path(d, "pc best" if keys[line] == best else _kind(costs, one, scale.sign), extra=data)
        cost = None if np.isnan(costs[one]) else float(costs[one])
        active = dict(zip(columns, places[line] != _INACTIVE, strict=False))
        texts = [study.space.parameters[n].text(rows[one, n]) if active[n] else None for n in columns]
        told.append((names[one][0], len(names[one]), *texts, cost))
    for n, (x, axis) in enumerate(zip(xs, axes, strict=True)):
        _draw_axis(svg, x, axis, n)
    titles = ("first_run", "runs", *(study.space.names[n] for n in columns), study.metric)
    how = _how(analysis, len(chosen), len(rows), columns)
    return Figure("parallel", "All settings at once", how, titles, told, svg)


def _have_failed(
    failed: NDArray[np.bool_], configuration: NDArray[np.int64], count: int
) -> NDArray[np.bool_]:
    """The configurations of which no run has worked."""
    found = np.ones(count, dtype=bool)
    found[configuration[~failed]] = False
    return found


def _how(analysis: Analysis, n_lines: int, n_all: int, columns: list[int]) -> str:
    study = analysis.study
    what = f"its results, as if on all {study.unit}s" if len(study.instances) > 1 else "what came out"
    parts = [
        f"A line is a configuration, through its settings to {what}: the stronger its colour, the better; "
        "orange "
        f"is the best one{', dashed lines failed' if study.failed.any() else ''}."
    ]
    if n_lines < n_all:
        parts.append(f"Drawn are the best and others evenly chosen, {n_lines} of {n_all:,}.")
    varying = len(_varying(analysis))
    if len(columns) < varying:
        why = "that matter most to the model" if analysis.importances else "that come first"
        parts.append(f"Of {varying} parameters these are the {len(columns)} {why}.")
    if not study.active.all():
        parts.append("Below an axis: the parameter is inactive.")
    parts.append(
        "Drag along an axis to keep only lines that pass there (keyboard: Tab to an axis, arrows move the "
        "upper end, with Shift the lower one, Escape lets all through)."
    )
    return " ".join(parts)


def _varying(analysis: Analysis) -> list[int]:
    space = analysis.study.space
    return [n for n in range(space.n_params) if space.sizes[n] > 1 and n not in space.fixed]


def _columns(analysis: Analysis) -> list[int]:
    """The parameters that are shown, in the space's order."""
    ranked = [one.column for one in analysis.importances]
    return sorted([*ranked, *(n for n in _varying(analysis) if n not in ranked)][:_MOST_AXES])


def _chosen(costs: FloatArray) -> NDArray[np.intp]:
    """The numbers of those that are drawn, less being better."""
    if len(costs) <= _MOST_BEST + _MOST_OTHERS:
        return np.arange(len(costs))
    order = np.argsort(np.nan_to_num(costs, nan=np.inf))
    best, rest = order[:_MOST_BEST], np.sort(order[_MOST_BEST:])
    return np.sort(np.concatenate([best, rest[evenly(len(rest), _MOST_OTHERS)]]))


def _kind(costs: FloatArray, line: int, sign: float) -> str:
    if np.isnan(costs[line]):
        return "pc qf"
    worked = costs[~np.isnan(costs)] * sign
    share = float((worked < costs[line] * sign).mean())
    return f"pc q{min(int(share * _CLASSES), _CLASSES - 1)}"


def _y(place: float) -> float:
    return _TOP + _HEIGHT * (1 - place)


def _draw_axis(svg: Svg, x: float, axis: Axis, number: int) -> None:
    svg.path(f"M{x:.0f} {_TOP}v{_HEIGHT}", "axis")
    for at, text in axis.ticks:
        svg.text(x + 5, _y(at) + 4, text, "t halo")
    label = axis.label if len(axis.label) <= 16 else axis.label[:15] + "…"
    lift = 12 if number % 2 else 26
    svg.text(x, lift, label, "t m l")
    name = html.escape(axis.label, quote=True)
    svg.add(
        f'<rect class="brush" data-axis="{number}" x="{x - 14:.0f}" y="{_TOP}" width="28" height="{_HEIGHT}" '
        f'data-name="{name}"/>'
    )
