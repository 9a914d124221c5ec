"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.java_numbers import LARGEST_INT, format_double
from bbopt.options import OptionValues
from bbopt.scenario import Scenario

if TYPE_CHECKING:
    from bbopt.executors import Executor, FinishedRun
    from bbopt.runs import RunRequest
    from bbopt.space import Configuration, Space

__all__ = ["call"]


def call(arguments: Arguments) -> int:
    """Run the target once; 0 when its answer was understood and is no crash, else 1."""
    scenario = arguments.scenario()
    from bbopt.runs import RunStatus
    from bbopt.session.wiring import load_space

    space = load_space(scenario)
    request = _request(scenario, _configuration(scenario, space, arguments.own))
    finished = _execute(scenario, space, request)
    _show(finished)
    return 0 if finished.result.status.is_solved or finished.result.status is RunStatus.TIMEOUT else 1


def _configuration(scenario: Scenario, space: Space, own: OptionValues) -> Configuration:
    from bbopt.seeding import stream
    from bbopt.session.wiring import named_configuration, problems_of

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


def _execute(scenario: Scenario, space: Space, request: RunRequest) -> FinishedRun:
    from bbopt.executors.evaluators import build_evaluator
    from bbopt.session.executor_wiring import start_executor
    from bbopt.session.wiring import build_objective, target_command

    evaluator = build_evaluator(scenario.evaluator, space)
    if evaluator is None or scenario.evaluator is None:
        print(f"Command:\n{target_command(scenario).shell_line(request)}\n", flush=True)
    else:
        print(f"No command: {scenario.evaluator.name} answers ({evaluator.description})\n", flush=True)
    with start_executor(scenario, build_objective(scenario), evaluator=evaluator) as executor:
        executor.submit(request)
        return _outcome(executor, None if evaluator is None else 0.0)


def _outcome(executor: Executor, timeout_s: float | None) -> FinishedRun:
    """The run under way, killed when it takes longer than `timeout_s`."""
    finished = executor.wait(timeout_s)
    if not finished:
        executor.cancel()
        finished = executor.wait(None)
    return finished[0]


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
