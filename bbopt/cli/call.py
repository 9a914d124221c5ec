"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.signals import signals_stop
from bbopt.java_numbers import LARGEST_INT, format_double
from bbopt.options import OptionValues
from bbopt.scenario import Scenario

if TYPE_CHECKING:
    from bbopt.executors import Executor, FinishedRun
    from bbopt.planning.setup import Setup
    from bbopt.runs import RunRequest
    from bbopt.space import Configuration, Space

__all__ = ["call"]


def call(arguments: Arguments) -> int:
    """Run the target once; 0 when its answer was understood and is no crash, else 1.

    After a signal, which ends the run, what that stands for.
    """
    scenario = arguments.scenario()
    from bbopt.planning.setup import build_setup
    from bbopt.runs import RunStatus

    setup = build_setup(scenario)
    request = _request(scenario, _configuration(scenario, setup.space, arguments.own))
    finished, signal = _execute(setup, request)
    _show(finished)
    if signal is not None:
        return 128 + signal
    return 0 if finished.result.status.is_solved or finished.result.status is RunStatus.TIMEOUT else 1


def _configuration(scenario: Scenario, space: Space, own: OptionValues) -> Configuration:
    from bbopt.planning.setup import named_configuration, problems_of
    from bbopt.seeding import stream

    text = own.text("configuration")
    configuration = named_configuration(space, text, stream(scenario.seed, "call"), "--configuration")
    changes = dict(pair.split("=", 1) for pair in own.texts("P"))
    if not changes:
        return configuration
    with problems_of("-P"):
        return space.configuration({**configuration.values, **changes})


def _request(scenario: Scenario, configuration: Configuration) -> RunRequest:
    from bbopt.engines.pairs import SEEDS_BELOW
    from bbopt.runs import DETERMINISTIC_SEED, Origin, RunRequest

    instances = scenario.instances
    seed = DETERMINISTIC_SEED if scenario.deterministic else scenario.seed % SEEDS_BELOW
    if instances.seeds is not None:
        seed = instances.seeds[0][0]
    origin = Origin("call", 0)
    return RunRequest(configuration, instances.instances[0], seed, scenario.cutoff_s, LARGEST_INT, origin)


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
