"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bbopt.cli.tune import load, signals_stop
from bbopt.errors import InputError
from bbopt.java_numbers import LARGEST_INT, format_double
from bbopt.scenario import COMMAND_LINE, Scenario, read_command_line

if TYPE_CHECKING:
    from bbopt.executors import Executor, FinishedRun
    from bbopt.runs import RunRequest
    from bbopt.space import Configuration

__all__ = ["call"]

_USAGE = "bbopt call --scenario FILE [--config DEFAULT|RANDOM|\"-x '1' ...\"] [-P name=value ...]"


def call(argv: Sequence[str]) -> int:
    """Run the target once; 0 when its answer was understood and is no crash, else 1.

    After a signal, which ends the run, what that stands for.
    """
    if {"--help", "-h", "-?"}.intersection(argv):
        print(
            f"usage: {_USAGE}\n\nRuns the target algorithm once, as the search would, and shows the command, "
            "its output\nand how the output was understood.  -P changes single parameters of the "
            "configuration.\nAll options of a scenario may be given as well."
        )
        return 0
    rest, config, changes = _own_arguments(argv)
    scenario = load(read_command_line(rest))
    from bbopt.runs import RunStatus

    request = _request(scenario, _configuration(scenario, config, changes))
    finished, signal = _execute(scenario, request)
    _show(finished)
    if signal is not None:
        return 128 + signal
    return 0 if finished.result.status in {RunStatus.SAT, RunStatus.UNSAT, RunStatus.TIMEOUT} else 1


def _own_arguments(argv: Sequence[str]) -> tuple[list[str], str, dict[str, str]]:
    """The arguments that are options of the scenario, the configuration's text, and the changes to it."""
    rest: list[str] = []
    config, changes = "DEFAULT", {}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--config":
            config = value if equals else _value(words, word)
        elif word == "-P" or (word.startswith("-P") and equals):
            text = _value(words, word) if word == "-P" else word[2:]
            parameter, assigned, setting = text.partition("=")
            if not assigned:
                raise InputError("-P needs name=value", place=COMMAND_LINE, got=repr(text), remedy=_USAGE)
            changes[parameter] = setting
        else:
            rest.append(word)
    return rest, config, changes


def _value(words: Iterator[str], flag: str) -> str:
    value = next(words, None)
    if value is None:
        raise InputError(f"{flag} needs a value", place=COMMAND_LINE, remedy=_USAGE)
    return value


def _configuration(scenario: Scenario, text: str, changes: dict[str, str]) -> Configuration:
    from bbopt.seeding import stream
    from bbopt.session.wiring import load_space, named_configuration, problems_of

    space = load_space(scenario)
    configuration = named_configuration(space, text, stream(scenario.seed, "call"), "--config")
    if not changes:
        return configuration
    with problems_of("-P"):
        return space.configuration({**configuration.values, **changes})


def _request(scenario: Scenario, configuration: Configuration) -> RunRequest:
    from bbopt.engines.pairs import DETERMINISTIC_SEED, SEEDS_BELOW
    from bbopt.runs import Origin, RunRequest

    instances = scenario.instances
    seed = DETERMINISTIC_SEED if scenario.deterministic else scenario.seed % SEEDS_BELOW
    if instances.seeds is not None:
        seed = instances.seeds[0][0]
    origin = Origin("call", 0)
    return RunRequest(configuration, instances.instances[0], seed, scenario.cutoff_s, LARGEST_INT, origin)


def _execute(scenario: Scenario, request: RunRequest) -> tuple[FinishedRun, int | None]:
    """The run, and the signal that has ended it, if one did."""
    from bbopt.executors.evaluator_options import evaluator_of
    from bbopt.session.executor_wiring import start_executor
    from bbopt.session.wiring import build_objective, target_command

    evaluator = evaluator_of(scenario.options, request.configuration.space)
    if evaluator is None:
        print(f"Command:\n{target_command(scenario).shell_line(request)}\n", flush=True)
    else:
        print(f"No command: {scenario.evaluator} answers ({evaluator.description})\n", flush=True)
    signals: list[int] = []
    with start_executor(scenario, build_objective(scenario), evaluator=evaluator) as executor:

        def stop(_: str, number: int) -> None:
            signals.append(number)
            executor.wake()

        with signals_stop(stop):
            executor.submit(request)
            finished = _outcome(executor, None if evaluator is None else 0.0)
    return finished, signals[0] if signals else None


def _outcome(executor: Executor, timeout_s: float | None) -> FinishedRun:
    """The run under way, killed when it takes longer than `timeout_s` or the executor is woken."""
    finished = executor.wait(timeout_s)
    if not finished:
        executor.cancel()
    while not finished:
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
