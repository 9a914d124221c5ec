"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bbopt.cli.chosen_configuration import chosen_configuration
from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.signals import signals_stop
from bbopt.errors import InputError
from bbopt.java_numbers import format_double
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
    scenario = _of_one_run(arguments).scenario()
    from bbopt.planning.setup import build_setup
    from bbopt.runs import RunStatus

    setup = build_setup(scenario)
    configuration = chosen_configuration(setup.space, arguments.own, scenario.seed)
    pair = _pair(scenario, arguments.own)
    request = _request(setup, configuration, *pair, arguments.own.optional_integer("budget"))
    finished, signal = _execute(setup, request)
    _show(finished, setup)
    if signal is not None:
        return 128 + signal
    return 0 if finished.result.status.is_solved or finished.result.status is RunStatus.TIMEOUT else 1


def _of_one_run(arguments: Arguments) -> Arguments:
    """The arguments with the seed; where an instance is named, and no list, the scenario needs none."""
    given, own, further = arguments.given, arguments.own, {}
    seed = own.optional_integer("num-run")
    if seed is not None and not _is_told_to_be_deterministic(own):
        further["num-run"] = str(seed)
    names = ("instances", "folds")
    has_list = any(is_given_anywhere(name, given, cwd=current_folder()) for name in names)
    if own.is_given("instance") and not has_list:
        further["use-instances"] = "false"
    table = option_table()
    entries = [Assignment(table[name], name, text, COMMAND_LINE) for name, text in further.items()]
    return replace(arguments, given=replace(given, entries=(*given.entries, *entries)))


def _is_told_to_be_deterministic(own: OptionValues) -> bool:
    """Whether the seed given is the one of deterministic targets, as algo-test wants it for these."""
    from bbopt.runs import DETERMINISTIC_SEED

    return own.optional_integer("num-run") == DETERMINISTIC_SEED


def _pair(scenario: Scenario, own: OptionValues) -> tuple[Instance, int]:
    """The instance to run on, one that is not listed too, and the seed."""
    from bbopt.engines.pairs import SEEDS_BELOW
    from bbopt.runs import DETERMINISTIC_SEED, Instance
    from bbopt.seeding import stream

    listed, name = scenario.instances.instances, own.optional_text("instance")
    if name is not None:
        index = next((i for i, one in enumerate(listed) if one.name == name), None)
        if index is None and scenario.folds is not None:
            raise InputError(
                "there is no such fold",
                place=COMMAND_LINE,
                got=name,
                expected=f"--instance with a number from 0 to {scenario.folds - 1}",
            )
    else:
        is_random = own.choice("instance-selection") == "RANDOM"
        index = int(stream(scenario.seed, "instance").integers(len(listed))) if is_random else 0
    seeds = scenario.instances.seeds
    if seeds is not None and index is not None:
        seed = seeds[index][0]
    elif scenario.deterministic or _is_told_to_be_deterministic(own):
        seed = DETERMINISTIC_SEED
    else:
        seed = scenario.seed % SEEDS_BELOW
    return Instance(str(name)) if index is None else listed[index], seed


def _request(
    setup: Setup, configuration: Configuration, instance: Instance, seed: int, budget: int | None
) -> RunRequest:
    from bbopt.runs import Origin, RunRequest

    runlength = setup.runlength if budget is None else budget
    return RunRequest(configuration, instance, seed, setup.scenario.cutoff_s, runlength, Origin("call", 0))


def _execute(setup: Setup, request: RunRequest) -> tuple[FinishedRun, int | None]:
    """The run, and the signal that has ended it, if one did."""
    from bbopt.planning.executor import RunOwner, build_keeper, start_executor
    from bbopt.tuning import execute_once

    evaluator, settings = setup.evaluator, setup.scenario.evaluator
    if evaluator is None or settings is None:
        print(f"{_announced(setup, request)}\n", flush=True)
    else:
        print(f"No command: {settings.name} answers ({evaluator.description})\n", flush=True)
    signals: list[int] = []
    executor: Executor | None = None

    def stop(_: str, number: int) -> None:
        signals.append(number)
        if executor is not None:
            executor.wake()

    owner = RunOwner("call", keeper=build_keeper(setup))
    with signals_stop(stop), start_executor(setup, owner) as started:
        executor = started
        if signals:
            executor.wake()
        finished = execute_once(executor, request, None if evaluator is None else 0.0)
    return finished, signals[0] if signals else None


def _announced(setup: Setup, request: RunRequest) -> str:
    """The command that is about to be run; the folder that it gets has no name yet."""
    if setup.folders is not None:
        return f"Command, in a folder of its own:\n{setup.command.text(request)}"
    return f"Command:\n{setup.command.shell_line(request)}"


def _show(finished: FinishedRun, setup: Setup) -> None:
    result = finished.result
    print(f"Output:\n{finished.output.rstrip()}\n")
    for warning in finished.warnings:
        print(f"Warning: {warning}")
    print("Understood as:")
    for label, shown in (
        ("status", result.status.value),
        ("runtime", f"{format_double(result.runtime_s)} s"),
        ("run length", format_double(result.runlength)),
        ("quality", format_double(setup.objective.shown(result.quality))),
        *((name, f"{value!r}") for name, value in result.metrics.items() if name != "quality"),
        ("additional", result.additional or "-"),
        ("wall-clock", f"{result.wallclock_s:.3f} s"),
        ("CPU time", "-" if result.cpu_s is None else f"{result.cpu_s:.3f} s"),
    ):
        print(f"  {label + ':':<12}{shown}")
    if setup.folders is not None and result.run_id:
        folder = setup.folders.path_of(result.run_id)
        again = setup.command.in_kept_folder(folder, result.run_id).shell_line(finished.request)
        print(f"  {'folder:':<12}{folder}")
        print(f"  {'once more:':<12}{again}")
    if finished.request.configuration.is_forbidden:
        print("\nNote: this configuration is forbidden; the search would not try it.")
    if result.reason:
        print(f"\n{result.reason}")
