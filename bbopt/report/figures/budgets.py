"""Where runs have budgets, or print their metric as they go: curves, and who went on at which budget."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np

from bbopt.report.analysis import Analysis
from bbopt.report.figures.figure import Figure, evenly, plural
from bbopt.report.svg import Panel, Svg, number_axis, short
from bbopt.runs import Cell
from bbopt.space import Configuration

__all__ = ["brackets", "curves"]

_MOST_CURVES = 250
_MOST_POINTS = 60
_FEWEST_POINTS = 3
_CLASSES = 5


def curves(analysis: Analysis) -> Figure | None:
    """The course of the metric in each run that told it."""
    study, scale = analysis.study, analysis.scale
    told = [n for n, run in enumerate(study.runs) if len(run.result.curve)]
    if not told:
        return None
    chosen = [told[k] for k in evenly(len(told), _MOST_CURVES)]
    points = {n: list(study.runs[n].result.curve) for n in chosen}
    values = np.array([v for some in points.values() for _, v in some if abs(v) < 1e300])
    steps = [s for some in points.values() for s, _ in some]
    low, high = np.quantile(values, [0.0, 0.95] if scale.sign > 0 else [0.05, 1.0])
    is_log = scale.is_log or (scale.sign > 0 and low > 0 and high / low > 30)
    label = study.metric + (", log scale" if is_log else "")
    svg = Svg(760, 340, f"courses of {study.metric}")
    across = number_axis("step", min(steps), max(steps), whole=True)
    panel = Panel(
        svg, 66, 34, 660, 250, across, number_axis(label, float(low), float(high), log=is_log)
    ).frame()
    ends = study.shown_costs[chosen] * scale.sign
    worked = ends[~np.isnan(ends)]
    rows: list[tuple[Cell, ...]] = []
    order = np.argsort(np.nan_to_num(ends, nan=np.inf))[::-1]
    for k in order:
        n = chosen[k]
        some = [points[n][i] for i in evenly(len(points[n]), _MOST_POINTS)]
        x, y = [float(s) for s, _ in some], [v for _, v in some]
        share = 1.0 if np.isnan(ends[k]) else float((worked < ends[k]).mean())
        kind = "qf" if np.isnan(ends[k]) else f"q{min(int(share * _CLASSES), _CLASSES - 1)}"
        if len(some) < _FEWEST_POINTS:
            panel.marks(x, y, f"p {kind}")
        else:
            panel.line(x, y, f"pc {kind}", study.names[n])
        rows += [(study.names[n], int(s), v) for s, v in some]
    how = (
        f"How {study.metric} went on in each run; the stronger the colour, the better its end, dashed "
        "lines failed. "
        f"Runs that told fewer than {_FEWEST_POINTS} values are points."
    )
    if ((values < low) | (values > high)).any():
        how += " Values beyond the axis are drawn at its end."
    if len(chosen) < len(told):
        how += f" Of {len(told):,} curves {len(chosen)} are drawn."
    svg.legend(66, 18, [("q0 line", "best fifth"), ("q2 line", "middle"), ("q4 line", "worst fifth")])
    return Figure("curves", "Curves", how, ("run", "step", study.metric), rows, svg)


def brackets(analysis: Analysis) -> Figure | None:
    """The results at each budget, and which configurations went on to the next."""
    study, scale = analysis.study, analysis.scale
    if len(study.budgets) < 2:
        return None
    found: dict[Configuration, dict[int, float]] = defaultdict(dict)
    for run, cost in zip(study.runs, study.shown_costs, strict=True):
        if not np.isnan(cost) and run.request.runlength in study.budgets:
            found[run.request.configuration][run.request.runlength] = float(cost)
    budgets = study.budgets
    svg = Svg(760, 360, "results at each budget")
    across = number_axis("budget, log scale", budgets[0] / 1.3, budgets[-1] * 1.3, log=True)
    across = type(across)(
        across.label, across.place, tuple((float(across.at([b])[0]), short(b)) for b in budgets)
    )
    panel = Panel(svg, 66, 40, 660, 250, across, scale.axis).frame()
    many = [one for one in found.values() if len(one) > 1]
    for n in evenly(len(many), 300):
        at = sorted(many[n])
        panel.line(at, [many[n][b] for b in at], "thin run")
    rows: list[tuple[Cell, ...]] = []
    for budget in budgets:
        values = [one[budget] for one in found.values() if budget in one]
        if not values:
            continue
        panel.marks([budget] * len(values), values, "p s0")
        x = panel.across_at([budget])[0]
        svg.text(x, panel.y - 6, plural(len(values), "run"), "t m")
        on = sum(budget in one and max(one) > budget for one in found.values())
        best = min(values) if scale.sign > 0 else max(values)
        rows.append((budget, len(values), on, best, float(np.median(values))))
    correlation = _agreement(found, budgets)
    how = (
        "A point is a configuration at a budget; a grey line joins what is the same configuration. "
        "Crossing lines "
        "mean that low budgets mislead." + correlation
    )
    columns = ("budget", "configurations", "went_on", "best", "median")
    return Figure("brackets", "Budgets", how, columns, rows, svg)


def _agreement(found: dict[Configuration, dict[int, float]], budgets: tuple[int, ...]) -> str:
    """How well the order at a budget foretells that at the next, where enough have gone on."""
    parts = []
    for low, high in itertools.pairwise(budgets):
        both = [(one[low], one[high]) for one in found.values() if low in one and high in one]
        if len(both) >= 8:
            from scipy.stats import spearmanr

            a, b = zip(*both, strict=True)
            if len(set(a)) > 1 and len(set(b)) > 1:
                parts.append(f"{low} and {high}: {spearmanr(a, b).statistic:.2f} ({len(both)})")
    return (
        f" Rank correlations between budgets (how many have run at both): {', '.join(parts)}."
        if parts
        else ""
    )
