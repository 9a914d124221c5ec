"""Over instances (or folds): the default beside the best, instance by instance, and what tests say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bbopt.report.analysis import Analysis
from bbopt.report.figures.figure import Figure, plural
from bbopt.report.svg import Axis, Panel, Svg, number_axis
from bbopt.runs import Cell, Pair, RuntimeObjective
from bbopt.space import Configuration

__all__ = ["by_instance", "cumulated", "default_and_best", "instance_table", "spread", "tested"]

_MOST_CONFIGURATIONS = 12
_FEWEST_INSTANCES = 2
_FEWEST_POINTS = 3


def by_instance(analysis: Analysis, configuration: Configuration | None) -> dict[str, float]:
    """The mean cost on each instance, as people know it, at the configuration's highest budget."""
    return _means(analysis, analysis.study.costs_of(configuration))


def _means(analysis: Analysis, costs: Mapping[Pair, float]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for pair, cost in costs.items():
        found.setdefault(pair.instance, []).append(cost)
    return {name: analysis.study.objective.shown(math.fsum(c) / len(c)) for name, c in found.items()}


def _both(analysis: Analysis) -> list[tuple[str, float, float, str]]:
    """The instances that both have run on: the default's mean, the best one's, and `search` or `test`."""
    study = analysis.study
    if study.incumbent is None or study.incumbent.is_default:
        return []
    default, best = by_instance(analysis, study.space.default), by_instance(analysis, study.incumbent)
    found = [(name, default[name], best[name], "search") for name in default if name in best]
    tests = {
        is_best: _means(
            analysis,
            {r.pair: r.cost for r in study.validations if r.request.configuration == configuration},
        )
        for is_best, configuration in ((False, study.space.default), (True, study.incumbent))
    }
    return found + [
        (name, tests[False][name], tests[True][name], "test") for name in tests[False] if name in tests[True]
    ]


def _axis(analysis: Analysis, values: Sequence[float], label: str) -> Axis:
    scale = analysis.scale
    finite = [v for v in values if abs(v) < 1e300]
    is_log = scale.is_log and min(finite) > 0
    label = f"{label}: {scale.label}{', log scale' if is_log else ''}"
    return number_axis(label, min(finite), max(finite), log=is_log)


def default_and_best(analysis: Analysis) -> Figure | None:
    """A point for each instance, the default's cost across and the best configuration's up."""
    both = _both(analysis)
    if len(both) < _FEWEST_POINTS:
        return None
    values = [v for _, a, b, _ in both for v in (a, b)]
    unit = analysis.study.unit
    svg = Svg(760, 470, f"default and best configuration, {unit} by {unit}")
    across, up = _axis(analysis, values, "default"), _axis(analysis, values, "best")
    panel = Panel(svg, 160, 34, 400, 385, across, up).frame()
    ends = [min(values), max(values)]
    panel.line(ends, ends, "ref")
    objective = analysis.study.objective
    if isinstance(objective, RuntimeObjective) and objective.cutoff_s < max(values):
        panel.line([objective.cutoff_s] * 2, ends, "ref")
        panel.line(ends, [objective.cutoff_s] * 2, "ref")
    xs, ys = panel.across_at([a for _, a, _, _ in both]), panel.up_at([b for _, _, b, _ in both])
    for (name, a, b, where), x, y in zip(both, xs, ys, strict=True):
        kind = "o s0" if where == "search" else "o s1"
        svg.path(f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", kind, f"{name}: {a:.4g} → {b:.4g}")
    svg.legend(160, 18, [("o s0", "in the search"), ("o s1", "in tests")])
    sign = analysis.scale.sign
    better = sum(b * sign < a * sign for _, a, b, _ in both)
    side = "Below" if sign > 0 else "Above"
    how = (
        f"Each point stands for one {unit}. {side} the diagonal the best configuration is better than the "
        f"default: on {better} of {len(both)}."
    )
    if isinstance(objective, RuntimeObjective):
        times = f"; runs that reach it count {objective.factor} times that" if objective.factor > 1 else ""
        how += f" Dashed lines across are the cutoff of {objective.cutoff_s:g} s{times}."
    columns = (unit, "default", "best", "seen_in")
    return Figure("instances", f"Default and best on each {unit}", how, columns, both, svg)


def cumulated(analysis: Analysis) -> Figure | None:
    """How many instances are solved within which runtime."""
    objective = analysis.study.objective
    both = _both(analysis)
    if not isinstance(objective, RuntimeObjective) or len(both) < _FEWEST_POINTS:
        return None
    cutoff = objective.cutoff_s
    least = min([v for _, a, b, _ in both for v in (a, b) if v > 0], default=cutoff / 100)
    axis = number_axis("runtime [s], log scale", min(least, cutoff / 10), cutoff, log=True)
    svg = Svg(760, 330, "instances solved within a runtime")
    up = number_axis("instances solved", 0, len(both), whole=True)
    panel = Panel(svg, 66, 34, 660, 240, axis, up).frame()
    rows: list[tuple[Cell, ...]] = []
    for kind, name, values in (
        ("s1 line dash", "default", [a for _, a, _, _ in both]),
        ("s0 line", "best", [b for _, _, b, _ in both]),
    ):
        solved = sorted(v for v in values if v < cutoff)
        if solved:
            panel.steps(solved, range(1, len(solved) + 1), cutoff, kind, name)
        rows += [(name, value, n) for n, value in enumerate(solved, start=1)]
    svg.legend(66, 18, [("s0 line", "best configuration"), ("s1 line dash", "default")])
    how = (
        f"How many of the {len(both)} instances that both have run on are solved, on average, within a "
        "runtime: the "
        "further up and left, the better. What ends below the top was not solved within the cutoff."
    )
    columns = ("configuration", "runtime_s", "instances_solved")
    return Figure("cumulated", "Cumulated runtimes", how, columns, rows, svg)


def spread(analysis: Analysis) -> Figure | None:
    """How far the results of the best configurations are apart, over instances, folds or seeds."""
    study, seed = analysis.study, analysis.study.best_seed
    if seed is None or study.incumbent is None:
        return None
    history = seed.history
    tried = [one for one in history.configurations if history.n_pairs(one) >= 3]
    tried = [one for one in tried if len(history.top_pairs(one)) >= 3 and one != study.incumbent]
    tried = sorted(tried, key=history.rank)[: _MOST_CONFIGURATIONS - 2]
    if len(history.top_pairs(study.incumbent)) < 3:
        return None
    shown = [("best", study.incumbent)]
    if study.space.default in history and not study.incumbent.is_default:
        shown.append(("default", study.space.default))
    shown += [(f"configuration {history.number(one)}", one) for one in tried if not one.is_default]
    values = {name: [study.objective.shown(c) for c in study.costs_of(one).values()] for name, one in shown}
    flat = [v for some in values.values() for v in some]
    svg = Svg(760, 74 + 24 * len(values), f"spread of results over {study.unit}s")
    across = _axis(analysis, flat, "each run")
    panel = Panel(
        svg, 150, 28, 580, 24 * len(values), across, Axis("", lambda v: v, ()), names_up=False
    ).frame()
    rows: list[tuple[Cell, ...]] = []
    for n, (name, some) in enumerate(values.items()):
        y = panel.y + 24 * n + 12
        xs = panel.across_at(some)
        svg.path("".join(f"M{x:.1f} {y:.1f}h0" for x in xs), "p s0" if n == 0 else "p run")
        low, middle, high = panel.across_at(np.quantile(some, [0.25, 0.5, 0.75]))
        svg.path(f"M{low:.1f} {y + 8:.1f}H{high:.1f}M{middle:.1f} {y - 8:.1f}v16", "wh")
        svg.text(panel.x - 8, y + 4, f"{name} ({len(some)})", "t e")
        pairs = study.costs_of(dict(shown)[name])
        rows += [(name, p.instance, p.seed, study.objective.shown(c)) for p, c in pairs.items()]
    svg.legend(150, 16, [("p s0", "a run"), ("wh", "median, and the middle half")])
    over = f"{study.unit}s and seeds" if len(study.instances) > 1 else "seeds"
    how = (
        f"The results of the best configuration, the default and the runners-up over {over} (in brackets, "
        "how many "
        "runs). Where the spread is wider than what separates them, their order may be chance; they need "
        "not have "
        "run on the same ones."
    )
    return Figure(
        "spread", "Spread of results", how, ("configuration", study.unit, "seed", study.metric), rows, svg
    )


def instance_table(analysis: Analysis) -> Figure | None:
    """Each instance in figures."""
    study = analysis.study
    if len(study.instances) < _FEWEST_INSTANCES:
        return None
    default, best = by_instance(analysis, study.space.default), by_instance(analysis, study.incumbent)
    counts: dict[str, list[int]] = {name: [0, 0, 0] for name in study.instances}
    for run, is_incomplete in zip(study.runs, study.incomplete, strict=True):
        count = counts[run.request.instance.name]
        count[0] += 1
        count[1] += run.is_failure
        count[2] += bool(is_incomplete) and not run.is_failure
    rows: list[tuple[Cell, ...]] = [
        (name, *counts[name], default.get(name), best.get(name)) for name in study.instances
    ]
    columns = (study.unit, "runs", "failed", "ended early", "default", "best")
    how = (
        f"{plural(len(rows), study.unit)}: the runs made on each, and the mean {study.metric} of the "
        "default and of "
        "the best configuration, where these have run on it."
    )
    return Figure("instance-table", f"Each {study.unit}", how, columns, rows)


def tested(analysis: Analysis) -> Figure | None:
    """What validations say of configurations, on instances or seeds that searches have not seen."""
    study = analysis.study
    if not study.validations:
        return None
    costs: dict[Configuration, dict[Pair, float]] = {}
    for run in study.validations:
        costs.setdefault(run.request.configuration, {})[run.pair] = run.cost
    training = study.training
    rows: list[tuple[Cell, ...]] = []
    shown = study.objective.shown
    for configuration, pairs in costs.items():
        name = "best" if configuration == study.incumbent else "default" if configuration.is_default else ""
        other = {p: c for p, c in pairs.items() if p.instance not in training}
        for kind, some in (
            ("test instances", other),
            ("training instances", {p: c for p, c in pairs.items() if p not in other}),
        ):
            if some:
                means = list(_means(analysis, some).values())
                searched = [
                    c
                    for s in study.seeds
                    if configuration in s.history
                    for c in [s.history.cost(configuration)]
                ]
                told = shown(searched[0]) if searched else None
                rows.append(
                    (
                        name or configuration.call_text(),
                        kind,
                        len(some),
                        len(means),
                        math.fsum(means) / len(means),
                        min(means),
                        max(means),
                        told,
                    )
                )
    columns = (
        "configuration",
        "on",
        "runs",
        "instances",
        f"mean {study.metric}",
        "least",
        "most",
        "in the search",
    )
    how = (
        "Runs of validations, which no search has learned from: the mean over instances, and the least "
        "and the most of "
        "one instance. 'In the search' is what the search itself had seen of the configuration, chosen "
        "because that was good: "
        "expect it to look better."
    )
    return Figure("tests", "Tests", how, columns, rows)
