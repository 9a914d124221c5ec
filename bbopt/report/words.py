"""What a report says in words: what was searched, what was found, and why, as far as figures support it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bbopt.planning.target_call import recorded_command
from bbopt.report.analysis import Analysis
from bbopt.report.facts import Study
from bbopt.report.figures.figure import plural
from bbopt.report.svg import short
from bbopt.runs import Pair, at_budget
from bbopt.space import Configuration
from bbopt.stores import SeedStatus
from bbopt.target.answers import NO_QUALITY

__all__ = ["Result", "duration", "facts", "reasons", "result"]

_BOOTSTRAP_FROM = 5
_RESAMPLES = 4000
_TEST_FROM = 6
_AT_EDGE = 0.01
_ALPHA = 0.05
_MOST_NAMED = 3
_WORTH_NAMING = 0.1  # of all that the model expects of the way from the default


@dataclass(frozen=True, slots=True)
class Result:
    """The best configuration.

    `command` is what to type, `value` what it comes to, `spread` how sure that is, `default` what the default
    came to; `settings` are names, the default's texts and the best one's ("" where inactive).
    """

    command: str
    value: str
    spread: str
    default: str
    settings: tuple[tuple[str, str, str], ...]

    @property
    def estimate(self) -> str:
        """Value and spread."""
        return f"{self.value} ({self.spread})"


def duration(seconds: float) -> str:
    """`3 h 12 min`, `45 s`."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 72 else f"{hours // 24} d {hours % 24} h"


def facts(study: Study) -> Iterator[tuple[str, str]]:
    """What was searched, and how far: labels and texts."""
    if study.identity is not None:
        yield "program", study.identity.algo_exec
    direction = "maximised" if study.is_maximised else "minimised"
    yield "objective", f"{study.objective.label}, {direction}"
    free = [p for n, p in enumerate(study.space.parameters) if p.size > 1 and n not in study.space.fixed]
    conditional = len({one.child for one in study.space.conditions})
    more = f", {conditional} of them conditional" if conditional else ""
    yield "parameters", f"{len(free)}{more}"
    if len(study.training) > 1:
        n_all = len(study.training)
        yield (
            f"{study.unit}s",
            f"{n_all}" if n_all == len(study.instances) else f"{len(study.instances)} of {n_all} run on",
        )
    if study.budgets:
        yield "budgets", ", ".join(map(str, study.budgets))
    configurations = len({run.request.configuration for run in study.runs})
    yield "runs", f"{len(study.runs):,} ({plural(configurations, 'configuration')})"
    n_failed = int(study.failed.sum())
    if n_failed:
        yield "failed", f"{n_failed:,} ({n_failed / len(study.runs):.0%})"
    if study.n_forgotten:
        yield "forgotten", f"{plural(study.n_forgotten, 'run')} left out (bbopt forget)"
    yield "searches", f"{len(study.seeds)} ({_seeds(study)})"
    elapsed = [max((t for t in seed.elapsed_s if t is not None), default=0.0) for seed in study.seeds]
    if max(elapsed, default=0.0) > 0:
        longest = duration(max(elapsed))
        yield "time", longest if len(elapsed) == 1 else f"at most {longest} each"
    yield "where", study.where


def _seeds(study: Study) -> str:
    names = [str(seed.seed) for seed in study.seeds]
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    running = sum(bool(seed.is_open) for seed in study.seeds)
    state = f"; {running} running" if running else ""
    return f"seed{'s' * (len(names) > 1)} {shown}{state}"


def result(study: Study) -> Result | None:
    """The best configuration; None where no run has worked."""
    best, incumbent = study.best, study.incumbent
    if best is None or incumbent is None:
        return None
    costs = study.costs_of(incumbent)
    active, default = incumbent.active_values, study.space.default.active_values
    settings = tuple(
        (name, default.get(name, ""), active.get(name, ""))
        for name in study.space.names
        if name in active or name in default
    )
    value = study.objective.shown(_mean(costs)) if costs else best.best_shown or math.nan
    unit = " s" if study.is_runtime else ""
    return Result(
        _command(best, incumbent),
        f"{short(value)}{unit}{at_budget(best.best_budget)}",
        _spread(study, costs),
        _default(study, incumbent),
        settings,
    )


def _command(best: SeedStatus, incumbent: Configuration) -> str:
    """What to type; of a program that a configurator calls the call, of an unknown one the settings."""
    if best.best_call is not None:
        return best.best_call
    command = recorded_command(best.identity) if best.identity is not None else None
    run = best.last_runs.get(incumbent)
    return incumbent.call_text() if command is None or run is None else command.shell_line(run.request)


def _mean(costs: Mapping[Pair, float]) -> float:
    means = _by_instance(costs).values()
    return math.fsum(means) / len(means)


def _by_instance(costs: Mapping[Pair, float]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for pair, cost in costs.items():
        found.setdefault(pair.instance, []).append(cost)
    return {name: math.fsum(some) / len(some) for name, some in found.items()}


def _spread(study: Study, costs: Mapping[Pair, float]) -> str:
    """`95% interval 0.44 to 0.61, bootstrap over 20 runs on 20 instances`."""
    if len(costs) <= 1:
        is_sure = study.identity is not None and study.identity.deterministic
        return "one run" if is_sure else "one run: how much of it is chance is not known"
    by_instance = _by_instance(costs)
    shown = study.objective.shown
    units = list(by_instance.values()) if len(by_instance) > 1 else list(costs.values())
    over = f"{len(costs)} runs" + (
        f" on {plural(len(by_instance), study.unit)}" if len(by_instance) > 1 else ""
    )
    if len(units) < _BOOTSTRAP_FROM:
        low, high = sorted((shown(min(units)), shown(max(units))))
        return f"mean of {over}, from {short(low)} to {short(high)}"
    rng = np.random.default_rng(0)
    means = np.array(units)[rng.integers(len(units), size=(_RESAMPLES, len(units)))].mean(axis=1)
    low, high = sorted(shown(float(q)) for q in np.quantile(means, [0.025, 0.975]))
    return f"95% interval {short(low)} to {short(high)}, bootstrap over {over}"


def _default(study: Study, incumbent: Configuration) -> str:
    """How the default compares on the runs that both have."""
    default = study.space.default
    if incumbent.is_default:
        return "The best configuration is the default."
    seed, theirs = study.best_seed, study.costs_of(default)
    ours = {} if seed is None else seed.history.costs(incumbent)
    common = [pair for pair in theirs if pair in ours]
    if not theirs:
        return "The default was not run."
    if not common:
        return "The default and the best configuration have no run in common."
    failed = _failed(study, default, common)
    if failed == len(common):
        return f"The default failed ({plural(failed, 'run')})."
    budget = at_budget(common[0].runlength)
    mine, other = _mean({p: ours[p] for p in common}), _mean({p: theirs[p] for p in common})
    shown = study.objective.shown
    on = budget + _on(common, study.unit)
    if failed:
        return f"The default failed in {failed} of {plural(len(common), 'run')} in common."
    return (
        f"The default came to {short(shown(other))}{on}, the best to {short(shown(mine))} "
        f"there{_ratio(mine, other)}."
    )


def _failed(study: Study, configuration: Configuration, pairs: list[Pair]) -> int:
    seed = study.best_seed
    if seed is None:
        return 0
    standing = seed.history.standing(configuration, pairs)
    return len(standing.failed)


def _on(pairs: list[Pair], unit: str) -> str:
    instances = {pair.instance for pair in pairs}
    if len(instances) > 1:
        return f" on the {len(instances)} {unit}s that both have run on"
    return f" in {len(pairs)} runs that both have made" if len(pairs) > 1 else ""


def _ratio(mine: float, other: float) -> str:
    if not (mine > 0 and other > 0) or mine >= other:
        return ""
    factor = other / mine
    return f": {factor:.3g} times less" if factor >= 2 else f": {1 - mine / other:.0%} less"


def reasons(analysis: Analysis) -> list[str]:
    """Why this configuration, in sentences that figures of the report support; () where none is."""
    study = analysis.study
    incumbent = study.incumbent
    if incumbent is None:
        return []
    found = [*_against_default(study, incumbent), *_of_path(analysis, incumbent), *_of_importance(analysis)]
    found += [*_at_bounds(analysis, incumbent), *_of_seeds(study), *_of_tests(study, incumbent)]
    found += _of_training(study, incumbent)
    if analysis.too_few:
        found.append(analysis.too_few)
    return found


def _against_default(study: Study, incumbent: Configuration) -> Iterator[str]:
    if incumbent.is_default:
        return
    ours, theirs = _by_instance(study.costs_of(incumbent)), _by_instance(study.costs_of(study.space.default))
    common = [name for name in theirs if name in ours]
    if len(common) < _TEST_FROM:
        return
    a, b = np.array([ours[n] for n in common]), np.array([theirs[n] for n in common])
    better, worse = int((a < b).sum()), int((a > b).sum())
    if better + worse == 0:
        return
    from scipy.stats import wilcoxon

    p = float(wilcoxon(a, b).pvalue)
    verdict = "chance alone seldom does that" if p < _ALPHA else "chance alone may do that"
    yield (
        f"It is better than the default on {better} of {len(common)} {study.unit}s and worse on {worse} "
        f"(Wilcoxon signed-rank test: p = {p:.2g}; {verdict}, but it was chosen on these)."
    )


def _of_path(analysis: Analysis, incumbent: Configuration) -> Iterator[str]:
    if analysis.path is None:
        return
    _, steps = analysis.path
    names, default, best = analysis.study.space.names, analysis.study.space.default.values, incumbent.values
    least = _WORTH_NAMING * sum(abs(step.gain) for step in steps)
    sure = [
        s for s in steps if s.is_supported and s.gain >= least and set(s.columns) <= set(analysis.telling)
    ]
    sure.sort(key=lambda step: -step.gain)
    if not sure:
        yield "The model can't tell which of its settings make it better than the default."
        return
    told = [names[column] for step in sure[:_MOST_NAMED] for column in step.columns]
    changes = [f"{name} ({_value(default[name])} → {_value(best[name])})" for name in told]
    budget = at_budget(analysis.model.budget) if analysis.model else ""
    yield f"By the model, what it gains{budget} over the default comes from {_listed(changes)}."


def _of_importance(analysis: Analysis) -> Iterator[str]:
    names = analysis.study.space.names
    clear = [one for one in analysis.importances if one.low > analysis.noise_share][:_MOST_NAMED]
    if clear:
        shares = [f"{names[o.column]} {o.share:.0%} ({o.low:.0%} to {o.high:.0%})" for o in clear]
        yield (
            f"Of the differences over the whole space {_listed(shares)} "
            f"{'is' if len(clear) == 1 else 'are'} explained by "
            f"{'that parameter' if len(clear) == 1 else 'these parameters'} alone."
        )
    elif analysis.importances:
        yield "No parameter alone stands out over the whole space."


def _at_bounds(analysis: Analysis, incumbent: Configuration) -> Iterator[str]:
    space, active = analysis.study.space, set(incumbent.active)
    unit = space.encode(incumbent.row[None, :])[0]
    for column in analysis.telling:
        parameter = space.parameters[column]
        if parameter.kind.is_discrete or parameter.name not in active or parameter.size < 10:
            continue
        if min(unit[column], 1 - unit[column]) < _AT_EDGE:
            end = "lower" if unit[column] < 0.5 else "upper"
            text = _value(incumbent.values[parameter.name])
            yield f"{parameter.name} = {text} is at the {end} end of its range: there may be better beyond."


def _of_seeds(study: Study) -> Iterator[str]:
    shown = study.objective.shown
    ends = [shown(seed.incumbents[-1].cost) for seed in study.seeds if seed.incumbents]
    if len(ends) > 1:
        low, high = min(ends), max(ends)
        median = float(np.median(ends))
        if short(low) == short(high):
            yield f"All {len(ends)} searches ended at {short(low)}."
            return
        yield (
            f"{len(ends)} searches ended between {short(low)} and {short(high)} (median {short(median)}); "
            "it is the "
            "best of them."
        )


def _of_tests(study: Study, incumbent: Configuration) -> Iterator[str]:
    training = study.training
    costs = {
        run.pair: run.cost
        for run in study.validations
        if run.request.configuration == incumbent and run.request.instance.name not in training
    }
    if costs:
        shown = short(study.objective.shown(_mean(costs)))
        n = len(_by_instance(costs))
        yield f"On {plural(n, 'test instance')} that the search has not seen it comes to {shown}."


def _of_training(study: Study, incumbent: Configuration) -> Iterator[str]:
    told = [
        run
        for run in study.retrained
        if run.request.configuration == incumbent
        and not run.is_failure
        and run.result.additional != NO_QUALITY
    ]
    if told:
        yield f"Its training by retrain-command came to {short(study.objective.shown(told[-1].cost))}."


def _value(text: str) -> str:
    try:
        return short(float(text))
    except ValueError:
        return text


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
