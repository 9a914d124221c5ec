"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bbopt.cli.chosen_configuration import chosen_configuration
from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.signals import signals_stop
from bbopt.java_numbers import LARGEST_INT, format_double
from bbopt.options import COMMAND_LINE, Assignment, OptionValues, option_table
from bbopt.scenario import Scenario, is_given_anywhere

if TYPE_CHECKING:
    from bbopt.executors import Executor, FinishedRun
    from bbopt.planning.setup import Setup
    from bbopt.runs import Instance, RunRequest
    from bbopt.space import Configuration

__all__ = ["call"]


def call(arguments: Arguments) -> int:
    """Run the target once; 0 when its answer was understood and is no crash, else 1.

    After a signal, which ends the run, what that stands for.
    """
    scenario = _with_any_instance(arguments).scenario()
    from bbopt.planning.setup import build_setup
    from bbopt.runs import RunStatus

    setup = build_setup(scenario)
    configuration = chosen_configuration(setup.space, arguments.own, scenario.seed)
    request = _request(scenario, configuration, *_pair(scenario, arguments.own))
    finished, signal = _execute(setup, request)
    _show(finished)
    if signal is not None:
        return 128 + signal
    return 0 if finished.result.status.is_solved or finished.result.status is RunStatus.TIMEOUT else 1


def _with_any_instance(arguments: Arguments) -> Arguments:
    """The arguments; where an instance is named, and no list of them, the scenario needs none."""
    given, here = arguments.given, current_folder()
    if not arguments.own.is_given("instance") or is_given_anywhere("instances", given, cwd=here):
        return arguments
    alone = Assignment(option_table()["use-instances"], "use-instances", "false", COMMAND_LINE)
    return replace(arguments, given=replace(given, entries=(*given.entries, alone)))


def _pair(scenario: Scenario, own: OptionValues) -> tuple[Instance, int]:
    """The instance to run on, one that is not listed too, and the seed."""
    from bbopt.engines.pairs import SEEDS_BELOW
    from bbopt.runs import DETERMINISTIC_SEED, Instance
    from bbopt.seeding import stream

    listed, name = scenario.instances.instances, own.optional_text("instance")
    if name is not None:
        index = next((i for i, one in enumerate(listed) if one.name == name), None)
    else:
        is_random = own.choice("instance-selection") == "RANDOM"
        index = int(stream(scenario.seed, "instance").integers(len(listed))) if is_random else 0
    seeds = scenario.instances.seeds
    if seeds is not None and index is not None:
        seed = seeds[index][0]
    else:
        seed = DETERMINISTIC_SEED if scenario.deterministic else scenario.seed % SEEDS_BELOW
    return Instance(str(name)) if index is None else listed[index], seed


def _request(scenario: Scenario, configuration: Configuration, instance: Instance, seed: int) -> RunRequest:
    from bbopt.runs import Origin, RunRequest

    return RunRequest(configuration, instance, seed, scenario.cutoff_s, LARGEST_INT, Origin("call", 0))


def _execute(setup: Setup, request: RunRequest) -> tuple[FinishedRun, int | None]:
    """The run, and the signal that has ended it, if one did."""
    from bbopt.planning.executor import start_executor
    from bbopt.tuning import execute_once

    evaluator, settings = setup.evaluator, setup.scenario.evaluator
    if evaluator is None or settings is None:
        print(f"Command:\n{setup.command.shell_line(request)}\n", flush=True)
    else:
        print(f"No command: {settings.name} answers ({evaluator.description})\n", flush=True)
    signals: list[int] = []
    executor: Executor | None = None

    def stop(_: str, number: int) -> None:
        signals.append(number)
        if executor is not None:
            executor.wake()

    with signals_stop(stop), start_executor(setup) as started:
        executor = started
        if signals:
            executor.wake()
        finished = execute_once(executor, request, None if evaluator is None else 0.0)
    return finished, signals[0] if signals else None


def _show(finished: FinishedRun) -> None:
    result = finished.result
    print(f"Output:\n{finished.output.rstrip()}\n")
    for warning in finished.warnings:
        print(f"Warning: {warning}")
    print("Understood as:")
    for label, shown in (
        ("status", result.status.value),
        ("runtime", f"{format_double(result.runtime_s)} s"),
        ("run length", format_double(result.runlength)),
        ("quality", format_double(result.quality)),
        ("additional", result.additional or "-"),
        ("wall-clock", f"{result.wallclock_s:.3f} s"),
        ("CPU time", "-" if result.cpu_s is None else f"{result.cpu_s:.3f} s"),
    ):
        print(f"  {label + ':':<12}{shown}")
    if finished.request.configuration.is_forbidden:
        print("\nNote: this configuration is forbidden; the search would not try it.")
    if result.reason:
        print(f"\n{result.reason}")
