"""`bbopt check --scenario FILE`: read everything, run nothing, and report all problems at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.errors import InputErrors, Problems
from bbopt.options import Assignments
from bbopt.scenario import ProposerName, RunObjective, Scenario, find_pcs_file
from bbopt.space import read_pcs

if TYPE_CHECKING:
    from bbopt.session import Plan

__all__ = ["check"]


def check(arguments: Arguments) -> int:
    """Check what a search with these arguments would use; 0 when it could start.

    Raises InputErrors with every problem found.
    """
    problems = Problems()
    scenario = problems.attempt(arguments.scenario)
    if scenario is None:
        _check_parameters(arguments.given, problems)
        raise InputErrors(problems)
    from bbopt.session import plan_session

    plan = problems.attempt(lambda: plan_session(scenario))
    if plan is None:
        raise InputErrors(problems)
    _report(plan)
    return 0


def _check_parameters(assignments: Assignments, problems: Problems) -> None:
    """The parameter file on its own, when the scenario is not fit to be used."""
    path = find_pcs_file(assignments, cwd=current_folder())
    if path is not None:
        problems.attempt(lambda: read_pcs(path))


def _instances(scenario: Scenario) -> str:
    if scenario.instances.is_black_box:
        return "none: a black box"
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
        return f"QUALITY, {nature} target"
    capping = "adaptive capping" if scenario.adaptive_capping else "no capping"
    measure = f"{scenario.objective.intra_objective}, cutoff {scenario.cutoff_s:g} s, {capping}"
    return f"RUNTIME, {nature} target, {measure}"


def _report(plan: Plan) -> None:
    scenario, space, evaluator = plan.scenario, plan.space, plan.setup.evaluator
    for warning in plan.warnings:
        print(f"warning: {warning}")
    for clause in space.configspace_unsupported if scenario.proposer is ProposerName.SMAC3 else ():
        print(f"warning: SMAC3 does not see this forbidden clause: {clause}")
    size = "infinitely many" if math.isinf(space.size) else f"at most {space.size:.6g}"
    print(f"{scenario.path or 'command line'}: no problems found")
    if evaluator is None:
        print(
            f"  target      {scenario.algo_text}   (program {scenario.program}, run in {scenario.exec_dir})"
        )
        print(f"  answer      {plan.setup.command.answer.expected}")
    elif scenario.evaluator is not None:
        print(f"  target      not started: {scenario.evaluator.name} answers ({evaluator.description})")
    for when, command in (("before", scenario.commands.before), ("after", scenario.commands.after)):
        if command is not None:
            print(f"  {when:<12}{command}   (run in {scenario.commands.directory})")
    print(f"  parameters  {space.n_params} in {scenario.pcs_path}, {size} configurations")
    print(f"  default     {space.default.call_text()}")
    print(f"  instances   {_instances(scenario)}")
    print(f"  objective   {_objective(scenario)}")
    print(f"  output      {scenario.output_root}")
