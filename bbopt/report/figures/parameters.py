"""What the model says of parameters: importance, the way from the default, effects."""

from __future__ import annotations

import numpy as np

from bbopt.report.analysis import Analysis
from bbopt.report.figures.figure import Figure, evenly
from bbopt.report.model import Effect, Step, Surface
from bbopt.report.svg import Panel, Svg, number_axis, parameter_axis, short
from bbopt.runs import Cell, at_budget
from bbopt.surrogate import FloatArray

__all__ = ["ablation", "effects", "importance", "surface"]

_MOST_BARS = 12
_MOST_EFFECTS = 6
_CIVIDIS = (
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#e1cc55",
    "#fee838",
)


def importance(analysis: Analysis) -> Figure:
    """Shares of the variance."""
    title = "Which parameters matter"
    if analysis.too_few or analysis.model is None:
        return Figure("importance", title, analysis.too_few)
    model, names = analysis.model, analysis.study.space.names
    found = analysis.importances
    bars = found[:_MOST_BARS]
    svg = Svg(760, 62 + 24 * len(bars), "importance of parameters")
    panel = Panel(
        svg,
        190,
        26,
        530,
        24 * len(bars),
        number_axis("share of the differences between configurations", 0.0, 1.0),
        number_axis("", 0, len(bars), whole=True),
        names_up=False,
    )
    panel.up = type(panel.up)("", panel.up.place, ())
    panel.frame()
    for n, one in enumerate(bars):
        y = panel.y + 24 * n
        x, low, high, total = panel.across_at([one.share, one.low, one.high, one.total])
        tip = f"{names[one.column]}: {one.share:.0%} by itself, {one.total:.0%} with its interactions"
        svg.rect(panel.x, y + 5, x - panel.x, 14, "b", tip=tip)
        svg.path(f"M{low:.1f} {y + 12:.1f}H{high:.1f}M{low:.1f} {y + 8:.1f}v8M{high:.1f} {y + 8:.1f}v8", "wh")
        svg.path(f"M{total - 4:.1f} {y + 12:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "o s1")
        name = names[one.column]
        svg.text(panel.x - 8, y + 16, name if len(name) <= 26 else name[:25] + "…", "t e")
    edge = panel.across_at([analysis.noise_share])[0]
    svg.path(f"M{edge:.1f} {panel.y}v{panel.h:.1f}", "ref")
    svg.legend(
        190,
        16,
        [
            ("b", "by itself"),
            ("wh", "80% of the forests"),
            ("o s1", "with interactions"),
            ("ref", "no effect at all"),
        ],
    )
    how = (
        f"How much of the differences in {analysis.scale.label.partition(' (')[0]} over the whole space each "
        f"parameter explains (functional ANOVA of forests fitted to resamples of "
        f"{model.n_configurations:,} configurations{at_budget(model.budget)}). Whatever does not reach "
        "the dashed line can't be told from "
        f"a parameter without effect. Of configurations that they have not seen, they explain "
        f"{model.explained:.0%} of the differences."
    )
    rows: list[tuple[Cell, ...]] = [(names[i.column], i.share, i.low, i.high, i.total) for i in found]
    columns = ("parameter", "share", "share_10", "share_90", "share_with_interactions")
    return Figure("importance", title, how, columns, rows, svg)


def ablation(analysis: Analysis) -> Figure | None:
    """From the default to the incumbent, one parameter after the other."""
    title = "From the default to the best"
    if analysis.path is None or not analysis.path[1]:
        return None
    start, steps = analysis.path
    scale, space = analysis.scale, analysis.study.space
    ends = [start, *(step.after for step in steps)]
    of = scale.of(np.array(ends))
    lows = scale.shown(np.concatenate([of[:1], of[:-1] - scale.sign * np.array([s.low for s in steps])]))
    highs = scale.shown(np.concatenate([of[:1], of[:-1] - scale.sign * np.array([s.high for s in steps])]))
    values = np.concatenate([ends, lows, highs])
    axis = number_axis(
        f"predicted {scale.axis.label}", float(values.min()), float(values.max()), log=scale.is_log
    )
    svg = Svg(760, 74 + 26 * len(ends), "ablation path from the default to the best configuration")
    panel = Panel(svg, 300, 26, 430, 26 * len(ends), axis, number_axis("", 0, 1), names_up=False)
    panel.up = type(panel.up)("", panel.up.place, ())
    panel.frame()
    x = panel.across_at(ends)
    bounds = np.stack([panel.across_at(lows), panel.across_at(highs)])
    for n in range(len(ends)):
        y = panel.y + 26 * n + 13
        if n:
            left, right = sorted((x[n - 1], x[n]))
            kind = "b" if steps[n - 1].is_supported else "b3"
            svg.rect(left, y - 7, max(right - left, 1.5), 14, kind, tip=f"to {short(ends[n])}")
            a, b = sorted(bounds[:, n])
            svg.path(f"M{a:.1f} {y:.1f}H{b:.1f}M{a:.1f} {y - 4:.1f}v8M{b:.1f} {y - 4:.1f}v8", "wh")
        else:
            svg.path(f"M{x[0]:.1f} {y - 8:.1f}v16", "wh")
        svg.text(panel.x - 8, y + 4, "the default" if n == 0 else _change(analysis, steps[n - 1]), "t e")
    svg.legend(300, 16, [("b", "the forests agree"), ("b3", "they do not"), ("wh", "80% of them")])
    how = (
        "Starting from the default, the setting of the best configuration that the model expects to help "
        "most is taken over first, then the next. Grey steps are not supported by the runs: forests "
        "fitted to resamples of them disagree whether they help."
    )
    rows: list[tuple[Cell, ...]] = [("the default", None, None, start, None, None, None)]
    incumbent = analysis.study.incumbent
    texts = incumbent.values if incumbent is not None else {}
    for step in steps:
        name = " ".join(space.names[n] for n in step.columns)
        before = " ".join(space.default.values[space.names[n]] for n in step.columns)
        after = " ".join(texts[space.names[n]] for n in step.columns)
        rows.append((name, before, after, step.after, step.gain, step.low, step.high))
    columns = ("parameter", "from", "to", "predicted", "gain", "gain_10", "gain_90")
    return Figure("ablation", title, how, columns, rows, svg)


def _change(analysis: Analysis, step: Step) -> str:
    """`lr: 0.1 → 0.003`."""
    if len(step.columns) > 1:
        return f"{len(step.columns)} other settings together"
    space, incumbent = analysis.study.space, analysis.study.incumbent
    name = space.names[step.columns[0]]
    before, after = space.default.values[name], incumbent.values[name] if incumbent else ""
    text = f"{name}: {_brief(before)} → {_brief(after)}"
    return text if len(text) <= 44 else text[:43] + "…"


def _brief(text: str) -> str:
    try:
        return short(float(text))
    except ValueError:
        return text if len(text) <= 14 else text[:13] + "…"


def effects(analysis: Analysis) -> Figure | None:
    """Of the most important parameters, one at a time."""
    model = analysis.model
    wanted = analysis.telling[:_MOST_EFFECTS]
    if model is None or not analysis.importances:
        return None
    if not wanted:
        return Figure("effects", "Effects", "No parameter's effect can be told from noise.")
    found = [effect for column in wanted if (effect := model.effect(column)) is not None]
    per_row = 3
    height = 235 * -(-len(found) // per_row)
    svg = Svg(760, height + 8, "effects of single parameters")
    values = np.concatenate([np.concatenate([one.low, one.high]) for one in found])
    scale = analysis.scale
    axis = number_axis(analysis.study.quantity, float(values.min()), float(values.max()), log=scale.is_log)
    for n, effect in enumerate(found):
        x, y = 66 + 236 * (n % per_row), 14 + 235 * (n // per_row)
        across = parameter_axis(analysis.study.space, effect.column)
        panel = Panel(svg, x, y, 205, 160, across, axis, names_up=n % per_row == 0).frame()
        _draw_effect(analysis, panel, effect)
    how = (
        "What the model expects of each value of a parameter where all others are at random (partial "
        "dependence), and the band in which 80% of the forests are. Ticks at the bottom are values that were "
        "tried: where there are few, the model guesses. The orange line is the best configuration's value."
    )
    rows: list[tuple[Cell, ...]] = []
    for effect in found:
        parameter = analysis.study.space.parameters[effect.column]
        places = zip(effect.values, effect.mean, effect.low, effect.high, strict=True)
        rows += [(parameter.name, parameter.text(v), float(m), float(a), float(b)) for v, m, a, b in places]
    columns = ("parameter", "value", "predicted", "predicted_10", "predicted_90")
    return Figure("effects", "Effects of single parameters", how, columns, rows, svg)


def _draw_effect(analysis: Analysis, panel: Panel, effect: Effect) -> None:
    study, column = analysis.study, effect.column
    tried = np.unique(study.values[study.active[:, column], column])
    for at in panel.across_at(tried[evenly(len(tried), 200)]):
        panel.svg.path(f"M{at:.1f} {panel.y + panel.h:.1f}v-5", "run")
    incumbent = study.incumbent
    if incumbent is not None and study.space.names[column] in incumbent.active:
        at = panel.across_at([incumbent.row[column]])[0]
        panel.svg.path(f"M{at:.1f} {panel.y:.1f}v{panel.h:.1f}", "s1 dash")
    if study.space.parameters[column].is_unordered or len(effect.values) < 3:
        for v, m, low, high in zip(effect.values, effect.mean, effect.low, effect.high, strict=True):
            x, (a, b) = panel.across_at([v])[0], panel.up_at([low, high])
            panel.svg.path(f"M{x:.1f} {a:.1f}V{b:.1f}M{x - 4:.1f} {a:.1f}h8M{x - 4:.1f} {b:.1f}h8", "wh")
            panel.marks([v], [m], "o s0")
        return
    panel.band(list(effect.values), list(effect.low), list(effect.high))
    panel.line(effect.values, effect.mean, "s0 line")


def surface(analysis: Analysis) -> Figure | None:
    """The two most important parameters together: expected cost, and how far the trees are apart."""
    wanted, model = analysis.telling, analysis.model
    if model is None or len(wanted) < 2:
        return None
    found = next((s for up in wanted[1:] if (s := model.surface(wanted[0], up)) is not None), None)
    if found is None:
        return None
    space, scale = analysis.study.space, analysis.scale
    svg = Svg(760, 360, "effect of two parameters together")
    across, up = parameter_axis(space, found.across), parameter_axis(space, found.up)
    spread_label = "decades" if scale.is_log else scale.label.partition(" (")[0]
    of = np.log10(found.mean) if scale.is_log else found.mean
    for n, (values, title, is_cost) in enumerate(
        (
            (of, f"expected {scale.label.partition(' (')[0]}", True),
            (found.spread, f"standard deviation between forests [{spread_label}]", False),
        )
    ):
        panel = Panel(
            svg, 66 + 360 * n, 30, 290, 230, across, up, names_up=n == 0, title=title, has_grid=False
        )
        low, high = float(values.min()), float(values.max())
        _draw_cells(panel, found, values)
        panel.frame()
        if is_cost:
            _draw_tried(analysis, panel, found.across, found.up)
        ends = scale.shown(np.array([low, high])) if is_cost else np.array([low, high])
        for k, colour in enumerate(_CIVIDIS):
            svg.rect(panel.x + 60 + 17 * k, 322, 17, 10, "cell", fill=colour)
        svg.text(panel.x + 54, 331, short(float(ends[0])), "t e")
        svg.text(panel.x + 236, 331, short(float(ends[1])))
    names = space.names[found.across], space.names[found.up]
    how = (
        f"Left, what the model expects where only {names[0]} and {names[1]} are known; points are "
        "configurations that were tried, the ring is the best one. Right, how far the forests are "
        "apart: where that is much, the left side is a guess."
    )
    rows: list[tuple[Cell, ...]] = []
    for i, up_value in enumerate(found.up_values):
        for j, value in enumerate(found.across_values):
            texts = space.parameters[found.across].text(value), space.parameters[found.up].text(up_value)
            rows.append((*texts, float(found.mean[i, j]), float(found.spread[i, j])))
    columns = (*names, "predicted", "spread_between_forests")
    return Figure("surface", f"{names[0]} and {names[1]} together", how, columns, rows, svg)


def _draw_cells(panel: Panel, found: Surface, values: FloatArray) -> None:
    """Values (n_up, n_across) as colours."""
    xs = _edges(panel.across_at(found.across_values), panel.x, panel.x + panel.w)
    ys = _edges(panel.up_at(found.up_values)[::-1], panel.y, panel.y + panel.h)[::-1]
    low, high = float(values.min()), float(values.max())
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            share = (value - low) / (high - low) if high > low else 0.5
            colour = _CIVIDIS[min(int(share * len(_CIVIDIS)), len(_CIVIDIS) - 1)]
            width, height = xs[j + 1] - xs[j] + 0.3, ys[i] - ys[i + 1] + 0.3
            panel.svg.rect(xs[j], ys[i + 1], width, height, "cell", fill=colour)


def _edges(places: FloatArray, first: float, last: float) -> FloatArray:
    return np.concatenate([[first], (places[1:] + places[:-1]) / 2, [last]])


def _draw_tried(analysis: Analysis, panel: Panel, across: int, up: int) -> None:
    study = analysis.study
    rows = study.values[study.active[:, across] & study.active[:, up]]
    rows = rows[evenly(len(rows), 400)]
    panel.marks(rows[:, across], rows[:, up], "p dot")
    if study.incumbent is not None:
        x, y = panel.across_at([study.incumbent.row[across]])[0], panel.up_at([study.incumbent.row[up]])[0]
        ring = f"M{x - 7:.1f} {y:.1f}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0"
        panel.svg.path(ring, "ring back")
        panel.svg.path(ring, "ring s1", "the best configuration")
