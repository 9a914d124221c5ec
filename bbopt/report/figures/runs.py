"""Figures of the runs themselves: failures, where time went, any two columns, one column."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from bbopt.report.analysis import Analysis
from bbopt.report.facts import SeedFacts
from bbopt.report.figures.figure import Figure, evenly, plural
from bbopt.report.svg import Axis, Panel, Svg, number_axis, parameter_axis, short
from bbopt.runs import Cell, RunStatus, mean_cost

__all__ = ["distribution", "failures", "scatter", "time_spent"]

_MOST_REASONS = 12
_MOST_POINTS = 3000
_BINS = 24
_UNTOLD = {RunStatus.TIMEOUT: "reached its cutoff", RunStatus.UNSAT: "the program said so"}
_JITTER = 0.28  # of the distance between two choices


def failures(analysis: Analysis) -> Figure:
    """How runs ended that did not work, and why."""
    study = analysis.study
    by_reason: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, run in enumerate(study.runs):
        if run.is_failure or not run.result.status.is_solved:
            reason = run.result.reason.strip().partition("\n")[0] or _UNTOLD.get(
                run.result.status, "no reason told"
            )
            by_reason[run.result.shown_status, reason].append(number)
    title = "Failures and runs ended early"
    if not by_reason:
        return Figure("failures", title, f"None: all of {plural(len(study.runs), 'run')} came to an end.")
    ranked = sorted(by_reason.items(), key=lambda one: -len(one[1]))
    total = sum(map(len, by_reason.values()))
    shown = ranked[:_MOST_REASONS]
    svg = Svg(760, 40 + 24 * len(shown), "why runs failed or ended early")
    most = len(shown[0][1])
    for n, ((status, reason), members) in enumerate(shown):
        y = 10 + 24 * n
        width = 150 * len(members) / most
        svg.text(84, y + 15, status, "t e")
        svg.rect(
            92,
            y + 4,
            max(width, 1.5),
            14,
            "b1" if study.runs[members[0]].is_failure else "b3",
            tip=f"{len(members)} runs",
        )
        svg.text(98 + width, y + 15, str(len(members)))
        text = reason if len(reason) <= 76 else reason[:75] + "…"
        svg.text(285, y + 15, text)
    how = (
        f"{total:,} of {plural(len(study.runs), 'run')} ({total / len(study.runs):.0%}) failed (orange) "
        "or were ended "
        "before they had an answer (grey), by status and reason. The CSV has the names of runs of each kind."
    )
    rows: list[tuple[Cell, ...]] = [
        (status, reason, len(members), " ".join(study.names[m] for m in members[:5]))
        for (status, reason), members in ranked
    ]
    return Figure("failures", title, how, ("status", "reason", "runs", "such_as"), rows, svg)


def time_spent(analysis: Analysis) -> Figure | None:
    """Runs, the optimizer itself, and idle slots."""
    found = [row for seed in analysis.study.seeds if (row := _times(seed)) is not None]
    if not found:
        return None
    svg = Svg(760, 76 + 28 * len(found), "where the time went")
    most = max(row[1] * row[2] for row in found)
    unit, per = next((u for u in (("h", 3600.0), ("min", 60.0)) if most > 3 * u[1]), ("s", 1.0))
    axis = number_axis(f"time of all slots [{unit}]", 0, most / per)
    up = Axis("", lambda values: values, ())
    panel = Panel(svg, 90, 30, 640, 28 * len(found), axis, up, names_up=False).frame()
    for n, (seed, elapsed, slots, running, model) in enumerate(found):
        x, y = panel.x, panel.y + 28 * n + 6
        whole = elapsed * slots
        idle = max(0.0, whole - running - model)
        for kind, amount, what in (
            ("b", running, "runs"),
            ("b1", model, "bbopt itself"),
            ("b3", idle, "idle"),
        ):
            width = panel.w * amount / most
            svg.rect(x, y, width, 16, kind, tip=f"{what}: {short(amount)} s, {amount / whole:.0%}")
            x += width
        svg.text(panel.x - 8, y + 12, f"seed {seed}", "t e")
    svg.legend(90, 18, [("b", "runs"), ("b1", "bbopt itself"), ("b3", "idle")])
    how = (
        "The time of a search, times the runs that it had side by side at most: in runs, in bbopt itself "
        "(its CPU time: mostly the model), and idle, which is also the start of programs and waiting for "
        "the last runs."
    )
    columns = ("seed", "elapsed_s", "slots", "runs_s", "bbopt_s")
    return Figure("time", "Where the time went", how, columns, found, svg)


def _times(seed: SeedFacts) -> tuple[int, float, int, float, float] | None:
    """Seed, elapsed time, slots, time of runs and own CPU time, in seconds; None where times are unknown."""
    last = [run.elapsed for run in seed.record.runs if run.elapsed is not None]
    own = [run.result for run in seed.record.runs if run.reused_from is None]
    elapsed = max((one.wallclock_s for one in last), default=0.0)
    if len(last) < len(seed.record.runs) or elapsed <= 0:
        return None
    events = [(r.started_at, 1) for r in own if r.started_at is not None]
    events += [(r.started_at + r.wallclock_s, -1) for r in own if r.started_at is not None]
    now = slots = 0
    for _, change in sorted(events, key=lambda one: (one[0], one[1])):
        now += change
        slots = max(slots, now)
    running = math.fsum(r.wallclock_s for r in own)
    slots = max(slots, 1)
    model = max(one.own_cpu_s for one in last)
    return seed.seed, max(elapsed, (running + 0.0) / slots), slots, running, model


def scatter(analysis: Analysis) -> Figure | None:
    """A parameter and the metric; on the page any two columns are chosen."""
    study = analysis.study
    if not len(study.runs) or not study.space.n_params:
        return None
    column = analysis.telling[0] if analysis.telling else 0
    some = evenly(len(study.runs), _MOST_POINTS)
    across = parameter_axis(study.space, column)
    svg = Svg(760, 330, f"{study.metric} over {across.label}")
    panel = Panel(svg, 66, 20, 660, 250, across, analysis.scale.axis).frame()
    is_active, failed = study.active[some, column], study.failed[some]
    x, y = study.values[some, column], study.shown_costs[some]
    has_choices = study.space.parameters[column].kind.is_discrete
    if has_choices:
        x = x + np.random.default_rng(0).uniform(-_JITTER, _JITTER, len(x))
    plain, bad = is_active & ~failed, is_active & failed
    panel.marks(x[plain], y[plain], "p s0")
    worst = analysis.scale.high if analysis.scale.sign > 0 else analysis.scale.low
    panel.marks(x[bad], np.full(int(bad.sum()), worst), "x bad")
    how = (
        "A point is a run, a cross at the edge a failed one. On the page, any two columns of the table "
        "below can be chosen."
    )
    if has_choices:
        how += " Points of one choice are spread a little across."
    name = study.space.names[column]
    rows = [(study.names[n], *pair) for n, pair in _pairs(analysis, some.tolist(), column)]
    return Figure("scatter", "Any two columns", how, ("run", name, study.metric), rows, svg)


def _pairs(analysis: Analysis, numbers: list[int], column: int) -> Iterator[tuple[int, tuple[Cell, Cell]]]:
    study, parameter = analysis.study, analysis.study.space.parameters[column]
    for n in numbers:
        value: Cell = parameter.text(study.values[n, column]) if study.active[n, column] else None
        cost = study.shown_costs[n]
        yield n, (value, None if math.isnan(cost) else float(cost))


def distribution(analysis: Analysis) -> Figure | None:
    """The histogram of the metric; on the page that of any column."""
    study, scale = analysis.study, analysis.scale
    worked = study.shown_costs[~np.isnan(study.shown_costs)]
    if len(worked) < 3:
        return None
    of = scale.of(worked)
    low, high = (math.log10(scale.low), math.log10(scale.high)) if scale.is_log else (scale.low, scale.high)
    counts, edges = np.histogram(of, bins=_BINS, range=(low, high))
    svg = Svg(760, 290, f"histogram of {study.metric}")
    up = number_axis("runs", 0, float(counts.max()), whole=True)
    panel = Panel(svg, 66, 20, 660, 210, scale.axis, up).frame()
    shown = scale.shown(edges)
    xs = panel.across_at(shown)
    for n, count in enumerate(counts.tolist()):
        if count:
            top = panel.up_at([count])[0]
            tip = f"{short(float(shown[n]))} to {short(float(shown[n + 1]))}: {count}"
            svg.rect(xs[n] + 0.5, top, xs[n + 1] - xs[n] - 1, panel.y + panel.h - top, "b", tip=tip)
    best = study.costs_of(study.incumbent)
    if best:
        x = panel.across_at([study.objective.shown(mean_cost(best, best))])[0]
        svg.path(f"M{x:.1f} {panel.y}v{panel.h}", "s1 dash")
    how = (
        "How many runs came to what; failed ones are left out. The orange line is the best "
        "configuration's mean. On the page, any column of the table below can be chosen."
    )
    rows: list[tuple[Cell, ...]] = [
        (float(shown[n]), float(shown[n + 1]), int(count)) for n, count in enumerate(counts)
    ]
    return Figure("distribution", "One column", how, ("from", "to", "runs"), rows, svg)
