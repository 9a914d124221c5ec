"""Costs over runs and over time: every run, and what each search stood by."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np

from bbopt.report.analysis import Analysis
from bbopt.report.facts import Incumbent, SeedFacts
from bbopt.report.figures.figure import Figure, evenly, plural
from bbopt.report.svg import Axis, Panel, Svg, number_axis
from bbopt.runs import Cell

__all__ = ["comparison", "progress"]

_MOST_POINTS = 3000
_COLOURS = 6
_QUARTILES_FROM = 3  # searches from which a median with quartiles is drawn

_Place = Callable[[Incumbent], float | None]


def progress(analysis: Analysis) -> Figure | None:
    """Of one study."""
    study, scale = analysis.study, analysis.scale
    svg = Svg(760, 330, f"{study.metric} over runs and over time")
    for panel, times in _panels(svg, [study.seeds], scale.axis):
        _draw_runs(analysis, panel, times)
        if len(study.seeds) >= _QUARTILES_FROM:
            _draw_quartiles([_steps(seed, times, study.objective.shown) for seed in study.seeds], panel)
        for number, seed in enumerate(study.seeds):
            kind = f"s{number % _COLOURS} {'thin' if len(study.seeds) >= _QUARTILES_FROM else 'line'}"
            x, y = _steps(seed, times, study.objective.shown)
            panel.steps(x, y, _end(seed, times), kind, f"seed {seed.seed}")
    _legend(svg, study.seeds, bool(study.failed.any()), bool(study.incomplete.any()))
    return Figure(
        "progress",
        "Progress",
        _how(analysis),
        ("seed", "run", "elapsed_s", study.metric),
        _rows(analysis),
        svg,
    )


def comparison(analyses: Sequence[Analysis]) -> Figure | None:
    """Of several studies of one metric: the median search of each, over runs and over time."""
    first = analyses[0].study
    kinds = {(one.study.metric, one.study.is_maximised, one.study.is_runtime) for one in analyses}
    drawn = [one for one in analyses if any(seed.incumbents for seed in one.study.seeds)]
    if len(kinds) > 1:
        named = ", ".join(f"{one.study.label}: {one.study.cost_label}" for one in analyses)
        return Figure("comparison", "Side by side", f"What was measured differs ({named}): no common axis.")
    if len(drawn) < 2:
        return None
    scales = [one.scale for one in drawn]
    shown = [
        float(first.objective.shown(i.cost)) for one in drawn for s in one.study.seeds for i in s.incumbents
    ]
    inside = [v for v in shown if min(s.low for s in scales) <= v <= max(s.high for s in scales)] or shown
    is_log = all(scale.is_log for scale in scales)
    label = scales[0].label + (", log scale" if is_log else "")
    axis = number_axis(label, min(inside), max(inside), log=is_log)
    svg = Svg(760, 330, f"{first.metric} of several searches")
    rows: list[tuple[Cell, ...]] = []
    for panel, times in _panels(svg, [one.study.seeds for one in drawn], axis):
        for number, one in enumerate(drawn):
            kind = f"s{number % _COLOURS}"
            lines = [_steps(seed, times, first.objective.shown) for seed in one.study.seeds]
            ends = [_end(seed, times) for seed in one.study.seeds]
            if len(lines) >= _QUARTILES_FROM:
                x, values = _aligned(lines, min(ends))
                panel.steps(x, np.median(values, axis=0), min(ends), f"{kind} line", one.study.label)
            else:
                for (x, y), end in zip(lines, ends, strict=True):
                    panel.steps(x, y, end, f"{kind} line", one.study.label)
    for one in drawn:
        rows += [(one.study.label, *row) for row in _rows(one)]
    svg.legend(60, 18, [(f"s{n % _COLOURS} line", one.study.label) for n, one in enumerate(drawn)])
    how = (
        "What each search stood by, after so many runs and after so much time. Of three or more searches in "
        "one place the line is their median, as far as all of them go."
    )
    return Figure(
        "comparison", "Side by side", how, ("where", "seed", "run", "elapsed_s", first.metric), rows, svg
    )


def _panels(svg: Svg, studies: Sequence[Sequence[SeedFacts]], axis: Axis) -> list[tuple[Panel, bool]]:
    """The panel over runs and, where times are known, that over time; whether it is the second."""
    seeds = [seed for some in studies for seed in some]
    most = max(len(seed.runs) for seed in seeds)
    latest = max((t for seed in seeds for t in seed.elapsed_s if t is not None), default=0.0)
    timed = latest > 0 and all(None not in seed.elapsed_s for seed in seeds)
    width = 300 if timed else 660
    runs = number_axis("runs", 0, max(most, 1), whole=True)
    found = [(Panel(svg, 66, 34, width, 240, runs, axis).frame(), False)]
    if timed:
        unit, per = next((u for u in (("h", 3600), ("min", 60)) if latest > 3 * u[1]), ("s", 1))
        over = number_axis(f"time since the start [{unit}]", 0, latest / per)
        scaled = Axis(over.label, lambda values: over.place(values / per), over.ticks)
        found.append((Panel(svg, 430, 34, width, 240, scaled, axis, names_up=False).frame(), True))
    return found


def _steps(seed: SeedFacts, times: bool, shown: Callable[[float], float]) -> tuple[list[float], list[float]]:
    x = [float(one.elapsed_s or 0.0) if times else float(one.n_runs) for one in seed.incumbents]
    return x, [shown(one.cost) for one in seed.incumbents]


def _end(seed: SeedFacts, times: bool) -> float:
    return max((t or 0.0 for t in seed.elapsed_s), default=0.0) if times else float(len(seed.runs))


def _aligned(
    lines: Sequence[tuple[Sequence[float], Sequence[float]]], end: float
) -> tuple[list[float], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """The values of all lines wherever one changes, from where all have begun."""
    begun = [(x, y) for x, y in lines if x]
    start = max((x[0] for x, _ in begun), default=math.inf)
    at = sorted({max(start, one) for x, _ in begun for one in x if one <= end})
    values = [[y[bisect_right(x, one) - 1] for one in at] for x, y in begun]
    return at, np.array(values, dtype=float).reshape(len(begun), len(at))


def _draw_quartiles(lines: list[tuple[list[float], list[float]]], panel: Panel) -> None:
    last = max((x[-1] for x, _ in lines if x), default=0.0)
    at, values = _aligned(lines, last)
    if len(at) < 2:
        return
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    x = [at[0], *(one for one in at[1:] for _ in range(2))]
    panel.band(x, _held(low), _held(high))
    panel.steps(at, middle, at[-1], "s0 line", "median of the searches")


def _held(values: Sequence[float]) -> list[float]:
    """Each value until the next one, for corners of steps."""
    doubled = [value for value in values for _ in range(2)]
    return doubled[:-1]


def _draw_runs(analysis: Analysis, panel: Panel, times: bool) -> None:
    study = analysis.study
    order = np.concatenate([np.arange(1, len(seed.runs) + 1) for seed in study.seeds]).astype(float)
    if times:
        order = np.array([t for seed in study.seeds for t in seed.elapsed_s], dtype=float)
    some = evenly(len(order), _MOST_POINTS)
    x, y = order[some], study.shown_costs[some]
    failed, cut = study.failed[some], study.incomplete[some] & ~study.failed[some]
    plain = ~failed & ~cut
    panel.marks(x[plain], y[plain], "p run")
    panel.marks(x[cut], y[cut], "v cens")
    worst = analysis.scale.high if analysis.scale.sign > 0 else analysis.scale.low
    panel.marks(x[failed], np.full(int(failed.sum()), worst), "x bad")


def _legend(svg: Svg, seeds: Sequence[SeedFacts], has_failed: bool, has_cut: bool) -> None:
    entries = [("p run", "run")]
    entries += [("v cens", "ended early")] if has_cut else []
    entries += [("x bad", "failed")] if has_failed else []
    if len(seeds) >= _QUARTILES_FROM:
        entries += [("s0 line", "median incumbent"), ("band", "quartiles"), ("s1 thin", "each search's")]
    else:
        entries += [(f"s{n} line", f"incumbent, seed {seed.seed}") for n, seed in enumerate(seeds)]
    svg.legend(66, 18, entries)


def _how(analysis: Analysis) -> str:
    study, scale = analysis.study, analysis.scale
    parts = ["Each point is a run; the line is what the search stood by, by its own estimate then"]
    parts[0] += (
        ", at the highest budget until then."
        if study.budgets
        else ", a mean over the runs of that configuration."
        if len(study.instances) > 1
        else "."
    )
    if study.failed.any():
        parts.append(f"Crosses at the edge are {plural(int(study.failed.sum()), 'failed run')}.")
    if study.incomplete.any():
        why = "reached the cutoff or were cut off before" if study.is_runtime else "were given up"
        parts.append(f"Triangles are runs that {why}.")
    if scale.n_beyond:
        parts.append(
            f"{plural(scale.n_beyond, 'run')} beyond the scale {'is' if scale.n_beyond == 1 else 'are'} "
            "drawn at its end."
        )
    if len(study.runs) > _MOST_POINTS:
        parts.append(f"Of {len(study.runs):,} runs {_MOST_POINTS:,} are drawn, evenly chosen.")
    return " ".join(parts)


def _rows(analysis: Analysis) -> list[tuple[Cell, ...]]:
    shown = analysis.study.objective.shown
    return [
        (seed.seed, one.n_runs, one.elapsed_s, shown(one.cost))
        for seed in analysis.study.seeds
        for one in seed.incumbents
    ]
