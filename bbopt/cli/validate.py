"""`bbopt validate --scenario FILE`: run configurations on the test instances, as `smac-validate` does."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import signals_stop
from bbopt.cli.streams import outlive_the_output
from bbopt.errors import InputError, Place
from bbopt.options import OptionValues
from bbopt.output_folder import SeedFile
from bbopt.scenario import Scenario

if TYPE_CHECKING:
    from rich.console import Console

    from bbopt.validation.jobs import ValidationPlan
    from bbopt.validation.plans import ValidationInputs
    from bbopt.validation.validation import ValidationOutcome

__all__ = ["validate"]

_DEFAULT_SEED = 1  # of what is drawn and named by a seed when none is given


def validate(arguments: Arguments) -> int:
    """Validate what is named, and show a table; 0, or what the signal stands for that ended it."""
    outlive_the_output()
    scenario = arguments.scenario()
    from rich.console import Console

    from bbopt.cli.validation_table import show_validation
    from bbopt.validation.plans import plan_validation

    plan = plan_validation(scenario, _inputs(arguments.own, scenario), seed=_seed(scenario))
    for warning in scenario.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    console = Console(highlight=False)
    outcome = _execute(plan, console)
    show_validation(console, outcome)
    return 0 if outcome.signal is None else 128 + outcome.signal


def _seed(scenario: Scenario) -> int:
    return _DEFAULT_SEED if scenario.given_num_run is None else scenario.given_num_run


def _inputs(own: OptionValues, scenario: Scenario) -> ValidationInputs:
    from bbopt.validation.plans import ValidationInputs

    listed, here = own.optional_text("configuration-list"), current_folder()
    inputs = ValidationInputs(
        trajectories=tuple(here / text for text in own.texts("trajectory-file")),
        configurations=own.texts("configuration"),
        configuration_list=None if listed is None else here / listed,
        n_random=own.integer("random-configurations"),
        default_is_first=own.flag("include-default-as-first-random"),
        on_training_instances=not own.flag("validate-test-instances"),
        folder=scenario.output_dir if own.flag("use-scenario-outdir") else None,
        here=here,
    )
    if inputs.names_configurations or inputs.trajectories:
        return inputs
    return replace(inputs, trajectories=_trajectories_of(scenario))


def _trajectories_of(scenario: Scenario) -> tuple[Path, ...]:
    """The trajectories in the scenario's output folder, of one seed when it is given."""
    folder, kind, only = scenario.output_root, SeedFile.TRAJECTORY, scenario.given_num_run
    files = scenario.output.files(kind) if folder.is_dir() else {}
    found = [path for seed, (path, _) in files.items() if only in {None, seed} and path.is_file()]
    if not found:
        raise InputError(
            "there is no trajectory to validate",
            place=Place(folder),
            expected=f"a file {kind.name_of('N' if only is None else only)}, as a search leaves it",
            remedy="name one with --trajectory-file FILE, or give --configuration DEFAULT",
        )
    return tuple(found)


def _execute(plan: ValidationPlan, console: Console) -> ValidationOutcome:
    from bbopt.cli.live_validation import LiveValidation
    from bbopt.planning.executor import RunOwner, build_keeper, start_executor
    from bbopt.session.scenario_commands import CommandRunner
    from bbopt.validation.validation import Validation

    scenario, n_slots = plan.setup.scenario, plan.settings.n_parallel
    commands = CommandRunner(scenario.commands, scenario.execution.grace_s)
    validation: Validation | None = None
    signals: list[int] = []

    def stop(_: str, number: int) -> None:
        signals.append(number)
        commands.stop()
        if validation is not None:
            validation.stop(number)

    with ExitStack() as stack:
        stack.enter_context(signals_stop(stop))  # the first, to be the last to end
        stack.enter_context(console_log("WARN", None))
        live = LiveValidation(console, plan.setup.objective.shown)
        observers = [stack.enter_context(live)] if sys.stdout.isatty() else []
        owner = RunOwner("validation", keeper=build_keeper(plan.setup))
        executor = stack.enter_context(start_executor(plan.setup, owner, n_slots))
        validation = Validation(plan, executor, observers)
        if signals:
            validation.stop(signals[0])
        if commands.run_before():
            stack.callback(commands.run_after)
        return validation.run()
