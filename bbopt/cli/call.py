"""`bbopt call --scenario FILE`: run the target once and show the command, its output and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.cli.tune import load
from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_DOUBLE, LARGEST_INT, format_double
from bbopt.scenario import Scenario, read_command_line
from bbopt.space import Configuration, Space

__all__ = ["call"]

_USAGE = "bbopt call --scenario FILE [--config DEFAULT|RANDOM|\"-x '1' ...\"] [-P name=value ...]"
_COMMAND_LINE = Place("command line")


def call(argv: Sequence[str]) -> int:
    """Run the target once; 0 when its answer was understood and is no crash, else 1."""
    if {"--help", "-h", "-?"}.intersection(argv):
        print(
            f"usage: {_USAGE}\n\nRuns the target algorithm once, as the search would, and shows the command, "
            "its output\nand how the output was understood.  -P changes single parameters of the "
            "configuration.\nAll options of a scenario may be given as well."
        )
        return 0
    rest, config, changes = _own_arguments(argv)
    scenario = load(read_command_line(rest))
    from bbopt.session.wiring import load_space

    space = load_space(scenario)
    return _execute(scenario, _configuration(scenario, space, config, changes))


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
                raise InputError("-P needs name=value", place=_COMMAND_LINE, got=repr(text), remedy=_USAGE)
            changes[parameter] = setting
        else:
            rest.append(word)
    return rest, config, changes


def _value(words: object, flag: str) -> str:
    value = next(words, None)  # type: ignore[call-overload]
    if value is None:
        raise InputError(f"{flag} needs a value", place=_COMMAND_LINE, remedy=_USAGE)
    return str(value)


def _configuration(scenario: Scenario, space: Space, text: str, changes: dict[str, str]) -> Configuration:
    from bbopt.seeding import stream

    word = text.strip().strip("<>").upper()
    if word == "DEFAULT":
        configuration = space.default
    elif word == "RANDOM":
        configuration = space.configurations(space.sample(1, stream(scenario.seed, "call")))[0]
    else:
        configuration = space.parse_configuration(text)
    return space.configuration({**configuration.values, **changes}) if changes else configuration


def _execute(scenario: Scenario, configuration: Configuration) -> int:
    from bbopt.executors import LocalExecutor
    from bbopt.runs import NO_INSTANCE, Origin, RunRequest, RunStatus
    from bbopt.session.wiring import build_objective, target_command

    options, command = scenario.options, target_command(scenario)
    request = RunRequest(
        configuration,
        NO_INSTANCE,
        -1 if scenario.deterministic else scenario.seed % 2**24,
        scenario.cutoff_s,
        LARGEST_INT,
        Origin("call", 0),
    )
    print(f"Command:\n{command.shell_line(request)}\n", flush=True)
    crashed = build_objective(scenario).crashed_quality
    executor = LocalExecutor(
        command,
        guard_factor=options.number("kill-run-exceeding-captime-factor"),
        grace_s=options.number("kill-grace"),
        crashed_quality=LARGEST_DOUBLE if crashed is None else crashed,
    )
    with executor:
        executor.submit(request)
        finished = executor.wait(None)[0]
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
        ("seed", str(request.seed)),
        ("additional", result.additional or "-"),
        ("wall-clock", f"{result.wallclock_s:.3f} s"),
        ("CPU time", "-" if result.cpu_s is None else f"{result.cpu_s:.3f} s"),
    ):
        print(f"  {label + ':':<12}{shown}")
    if configuration.is_forbidden:
        print("\nNote: this configuration is forbidden; the search would not try it.")
    failed = result.status in {RunStatus.CRASHED, RunStatus.ABORT}
    if result.reason:
        print(f"\n{result.reason}")
    return 1 if failed else 0
