"""`bbopt validate --scenario FILE`: run configurations on the test instances, as `smac-validate` does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bbopt.cli.tune import console_log, current_folder, load, signals_stop
from bbopt.errors import InputError, Place
from bbopt.options import canonical_name
from bbopt.scenario import COMMAND_LINE, Scenario, read_command_line

if TYPE_CHECKING:
    from bbopt.cli.validation_status import ValidationStatus
    from bbopt.session.validation import ValidationOutcome, ValidationPlan
    from bbopt.session.validation_plans import ValidationInputs

__all__ = ["validate"]

_USAGE = "bbopt validate --scenario FILE [--trajectory-file FILE ... | --configuration C ...] [options]"
_HELP = """
Runs configurations on the scenario's test instances, each as often as the options say, and
writes SMAC v2's five validation files into the scenario's output folder.

What is validated; without any of these, the trajectories in the output folder (with --seed N
only that of N):
  --trajectory-file FILE ...      trajectories of bbopt or SMAC v2 (traj-run-N.txt or
                                  detailed-traj-run-N.csv)
  --configuration C               DEFAULT, RANDOM or "-name 'value' ..."; may be given several times
  --configuration-list FILE       one of these a line
  --random-configurations N       so many random ones; with --include-default-as-first-random true
                                  the first of them is the default
On what:
  --validate-test-instances false the training instances instead of the test instances

All options of a scenario may be given as well; the section "Validation Options" of
`bbopt --help --help-level DEVELOPER` is about which incumbents of a trajectory are run
(--validate-all, --validate-only-last-incumbent false, ...) and how often (--num-validation-runs,
--validation-seed, --validation-cores, ...).  Earlier files of the same names are moved to previous/."""

_TEXTS = {
    "trajectory-file": ("trajectoryfile", "trajectoryfiles"),
    "configuration": ("configuration", "config", "incumbent"),
    "configuration-list": ("configurationlist", "configlist"),
    "random-configurations": ("randomconfigurations", "random"),
    "include-default-as-first-random": ("includedefaultasfirstrandom",),
    "validate-test-instances": ("validatetestinstances",),
}
"""What only this command takes, with the names in the form of `canonical_name`."""

_NAMES = {alias: name for name, aliases in _TEXTS.items() for alias in aliases}

_WITHOUT_EFFECT = {
    canonical_name(name): name
    for name in (
        "use-scenario-outdir",
        "wait-for-persistent-run-completion",
        "auto-increment-tunertime",
        "tuner-time",
        "wall-time",
        "tuner-overhead-time",
        "empirical-performance",
        "configuration-seed",
    )
}
"""What `smac-validate` takes besides."""

_DEFAULT_SEED = 1  # of what is drawn and named by a seed when none is given


@dataclass(slots=True)
class _Own:
    """The command's own arguments, by name; `rest` are options of the scenario."""

    rest: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def last(self, name: str) -> str | None:
        given = self.all(name)
        return given[-1] if given else None

    def flag(self, name: str, default: bool) -> bool:
        text = self.last(name)
        if text is None:
            return default
        if text.lower() not in {"true", "false", "1", "0"}:
            raise _bad_value(name, text, "one of true, false")
        return text.lower() in {"true", "1"}

    def count(self, name: str) -> int:
        text = self.last(name)
        if text is None:
            return 0
        if not (text.isascii() and text.isdigit()):
            raise _bad_value(name, text, "an integer of at least 0")
        return int(text)


def validate(argv: Sequence[str]) -> int:
    """Validate what `argv` names, and show a table; 0, or what the signal stands for that ended it."""
    if {"--help", "-h", "-?"}.intersection(argv):
        print(f"usage: {_USAGE}\n{_HELP}")
        return 0
    own = _own_arguments(argv)
    scenario = load(read_command_line(own.rest))
    from bbopt.session.validation_plans import plan_validation

    plan = plan_validation(scenario, _inputs(own, scenario), seed=_seed(scenario))
    for name in own.ignored:
        print(f"warning: --{name} has no effect", file=sys.stderr)
    for warning in scenario.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    outcome = _execute(plan)
    _show(outcome)
    return 0 if outcome.signal is None else 128 + outcome.signal


def _own_arguments(argv: Sequence[str]) -> _Own:
    own = _Own()
    position = 0
    while position < len(argv):
        word = argv[position]
        position += 1
        flag, equals, value = word.partition("=")
        key = canonical_name(flag) if flag.startswith("--") else ""
        if key not in _NAMES and key not in _WITHOUT_EFFECT:
            own.rest.append(word)
            continue
        if not equals:
            if position == len(argv):
                raise InputError(f"{flag} needs a value", place=COMMAND_LINE, remedy=_USAGE)
            value = argv[position]
            position += 1
        if key in _WITHOUT_EFFECT:
            own.ignored.append(_WITHOUT_EFFECT[key])
            continue
        name = _NAMES[key]
        own.values.setdefault(name, []).append(value)
        if name == "trajectory-file":  # a shell's pattern gives several
            while position < len(argv) and not argv[position].startswith("-"):
                own.values[name].append(argv[position])
                position += 1
    return own


def _bad_value(name: str, text: str, expected: str) -> InputError:
    return InputError(f"bad value for --{name}", place=COMMAND_LINE, got=repr(text), expected=expected)


def _seed(scenario: Scenario) -> int:
    return scenario.num_run if scenario.options.is_given("num-run") else _DEFAULT_SEED


def _inputs(own: _Own, scenario: Scenario) -> ValidationInputs:
    from bbopt.session.validation_plans import ValidationInputs

    listed = own.last("configuration-list")
    inputs = ValidationInputs(
        trajectories=tuple(current_folder() / text for text in own.all("trajectory-file")),
        configurations=tuple(own.all("configuration")),
        configuration_list=None if listed is None else current_folder() / listed,
        n_random=own.count("random-configurations"),
        default_is_first=own.flag("include-default-as-first-random", default=False),
        on_training_instances=not own.flag("validate-test-instances", default=True),
    )
    if inputs.names_configurations or inputs.trajectories:
        return inputs
    return replace(inputs, trajectories=_trajectories_of(scenario))


def _trajectories_of(scenario: Scenario) -> tuple[Path, ...]:
    """The trajectories in the scenario's output folder, of one seed when it is given."""
    folder = scenario.output_root
    number = str(scenario.num_run) if scenario.options.is_given("num-run") else "*"
    found = [path for path in folder.glob(f"traj-run-{number}.txt") if path.is_file()]
    if not found:
        raise InputError(
            "there is no trajectory to validate",
            place=Place(folder),
            expected=f"a file traj-run-{number if number != '*' else 'N'}.txt, as a search leaves it",
            remedy="name one with --trajectory-file FILE, or give --configuration DEFAULT",
        )
    return tuple(sorted(found, key=lambda path: (len(path.name), path.name)))


def _execute(plan: ValidationPlan) -> ValidationOutcome:
    from bbopt.session.executor_wiring import start_executor
    from bbopt.session.scenario_commands import CommandRunner
    from bbopt.session.validation import Validation

    scenario, n_slots = plan.scenario, plan.settings.n_parallel
    commands = CommandRunner(scenario.commands, scenario.options.number("kill-grace"))
    with ExitStack() as stack:
        stack.enter_context(console_log("WARN", None))
        observers = [_status(stack)] if sys.stdout.isatty() else []
        executor = start_executor(scenario, plan.objective, evaluator=plan.evaluator, n_slots=n_slots)
        validation = Validation(plan, stack.enter_context(executor), observers)

        def stop(_: str, number: int) -> None:
            commands.stop()
            validation.stop(number)

        stack.enter_context(signals_stop(stop))
        if commands.run_before():
            stack.callback(commands.run_after)
        return validation.run()


def _status(stack: ExitStack) -> ValidationStatus:
    from bbopt.cli.onlookers import lasting_console
    from bbopt.cli.validation_status import ValidationStatus

    return stack.enter_context(ValidationStatus(lasting_console()))


def _show(outcome: ValidationOutcome) -> None:
    from bbopt.cli.onlookers import lasting_console
    from bbopt.cli.validation_table import show_validation

    show_validation(lasting_console(), outcome)
