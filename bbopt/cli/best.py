"""`bbopt best FOLDER`: the best configuration of an output folder, for eyes, programs or the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results

if TYPE_CHECKING:
    from bbopt.session.folder_overview import CrossValidation

__all__ = ["best"]


def best(arguments: Arguments) -> int:
    """Show it; InputError where no run has worked."""
    results, own = named_results(arguments), arguments.own
    from bbopt.runs import NO_BUDGET, at_budget, row_of
    from bbopt.session.checkpoint_files import checkpoint_of
    from bbopt.session.folder_overview import best_in, cross_validation, folder_overview

    found = folder_overview(results)
    if not found.seeds:
        raise results.no_seed_here()
    seed, configuration = best_in(found, results)
    crossed = cross_validation(seed, configuration, results)
    call, checkpoint = seed.best_call, checkpoint_of(results.output, configuration)
    if own.flag("json"):
        settings = row_of(configuration, {}, configuration.space.names)
        active = {name: value for name, value in settings.items() if value is not None}
        told = {"seed": seed.seed, "metric": seed.metric, "value": seed.best_shown, "cost": seed.best_cost}
        budget = {} if seed.best_budget == NO_BUDGET else {"budget": seed.best_budget}
        left = {} if checkpoint is None else {"checkpoint": checkpoint.path}
        told |= _as_json(crossed)
        print(json.dumps({**told, **budget, "settings": active, "command": call, **left}))
        return 0
    if own.flag("command"):
        print(call or configuration.call_text())
        return 0
    print(f"{seed.metric} {seed.best_shown}{at_budget(seed.best_budget)} (seed {seed.seed})")
    if crossed.over_folds is not None:
        print(f"cross-validation: {seed.metric} {crossed.over_folds.text(crossed.n_folds)}")
    for name, text in configuration.active_values.items():
        print(f"  {name} = {text}")
    if call is not None:
        print(call)
    if (run := crossed.retrained) is not None:
        value = crossed.retrained_value
        told_value = "not told" if value is None else f"{value:.6g}"
        print(f"retrained: {seed.metric} {told_value} (run {run.result.run_id})")
    if checkpoint is not None:
        print(f"checkpoint: {checkpoint.path}")
    return 0


def _as_json(crossed: CrossValidation) -> dict[str, object]:
    """The same for programs; nothing of what there is not."""
    spread, run = crossed.over_folds, crossed.retrained
    told: dict[str, object] = {}
    if spread is not None:
        told |= {"mean": spread.mean, "sd": spread.deviation}
        told |= {"folds": spread.n, "folds_failed": spread.n_failed}
    if run is not None:
        told["retrained"] = {"value": crossed.retrained_value, "run": run.result.run_id or None}
    return told
