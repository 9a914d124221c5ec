"""What a search would use, as `bbopt check` shows it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.scenario import BudgetOptions, ProposerName, RacerName, RunObjective, Scenario
from bbopt.space import Space

if TYPE_CHECKING:
    from bbopt.session import Plan

__all__ = ["report_parameters", "report_plan"]


def _instances(scenario: Scenario) -> str:
    if scenario.instances.is_black_box:
        return "none: a black box"
    if scenario.folds is not None:
        return f"the {scenario.folds} folds of a cross-validation"
    training, test = scenario.instances, scenario.test_instances
    parts = [_counted(len(training), "training instance")]
    if training.seeds is not None:
        parts[0] += f" with {_counted(len(training.seed_order), 'seed')} in all"
    parts.append("no test instances" if test is None else _counted(len(test), "test instance"))
    parts.append(
        _counted(len(training.feature_names), "feature") if training.feature_names else "no features"
    )
    return ", ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _objective(scenario: Scenario) -> str:
    nature = "deterministic" if scenario.deterministic else "randomised"
    if scenario.run_objective is RunObjective.QUALITY:
        metrics = scenario.call.metrics
        parts = [f"the metric {metrics.optimised}"] if metrics.optimised else []
        parts += ["larger is better"] if metrics.is_maximised else []
        parts += [str(limit) for limit in metrics.limits]
        return ", ".join(["QUALITY", *parts, f"{nature} target"])
    capping = "adaptive capping" if scenario.adaptive_capping else "no capping"
    measure = f"{scenario.objective.intra_objective}, cutoff {scenario.cutoff_s:g} s, {capping}"
    return f"RUNTIME, {nature} target, {measure}"


def _budgets(scenario: Scenario, budgets: BudgetOptions) -> str:
    racer = scenario.racer
    if racer is RacerName.AUTO:
        from bbopt.planning.engine import budget_search_settings

        settings = budget_search_settings(scenario, budgets)
        how = "goes on where its configuration's last one has stopped" if settings.goes_on else "begins anew"
        return f"{', '.join(map(str, settings.levels))}, auto; each run {how}"
    if not racer.has_rungs:
        return f"{budgets.most}, for all runs"
    from bbopt.engines.racers import hyperband_schedule

    brackets = hyperband_schedule(budgets.most, budgets.eta, budgets.least, budgets.skip_last)
    if racer is not RacerName.HYPERBAND:
        brackets = brackets[:1]
    of_first = ", ".join(map(str, brackets[0].run_lengths(are_additional=budgets.are_additional)))
    rungs = f"{of_first}, {racer.value} with eta {budgets.eta}"
    if racer is RacerName.ASHA:
        return rungs
    sizes = [sum(rung.n for rung in bracket.rungs) for bracket in brackets]
    n_rounds, n_more = (1, 0) if budgets.brackets is None else divmod(budgets.brackets, len(sizes))
    n_runs = n_rounds * sum(sizes) + sum(sizes[:n_more])
    of_what = "a round" if budgets.brackets is None else f"in {_counted(budgets.brackets, 'bracket')}"
    return f"{rungs}; {_counted(n_runs, 'run')} on each instance {of_what}"


def report_plan(plan: Plan, warnings: list[str], configuration: str | None) -> None:
    """What was read; where no `configuration` line is asked for, no details either."""
    scenario, space, evaluator = plan.scenario, plan.space, plan.setup.evaluator
    for warning in (*plan.warnings, *warnings):
        print(f"warning: {warning}")
    for clause in space.configspace_unsupported if scenario.proposer is ProposerName.SMAC3 else ():
        print(f"warning: SMAC3 does not see {clause}")
    print(f"{scenario.path or 'command line'}: no problems found")
    if configuration is None:
        return
    if evaluator is None:
        program = scenario.program or "made for each run"
        place = scenario.exec_dir if scenario.run_folders is None else "a folder for each run"
        print(f"  target      {scenario.algo_text}   (program {program}, run in {place})")
        print(f"  answer      {plan.setup.command.answer.expected}")
    elif scenario.evaluator is not None:
        print(f"  target      not started: {scenario.evaluator.name} answers ({evaluator.description})")
    for when, command in (("before", scenario.commands.before), ("after", scenario.commands.after)):
        if command is not None:
            print(f"  {when:<12}{command}   (run in {scenario.commands.directory})")
    report_parameters(space, scenario.pcs_path)
    print(configuration, end="")
    print(f"  instances   {_instances(scenario)}")
    print(f"  objective   {_objective(scenario)}")
    if scenario.budgets is not None:
        print(f"  budgets     {_budgets(scenario, scenario.budgets)}")
    print(f"  output      {scenario.output_root}")
    if scenario.storage is not None:
        print(f"  runs        {scenario.storage.shown}")


def report_parameters(space: Space, path: Path) -> None:
    """How many parameters there are, and the default configuration."""
    size = "infinitely many" if math.isinf(space.size) else f"at most {space.size:.6g}"
    print(f"  parameters  {space.n_params} in {path}, {size} configurations")
    print(f"  default     {space.default.call_text()}")
