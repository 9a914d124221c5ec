"""`bbopt run --param LINE ... -- COMMAND`: a search without files, which writes those that it means."""

from __future__ import annotations

from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.tune import tune
from bbopt.errors import InputError, InputErrors, Problems
from bbopt.options import COMMAND_LINE, Assignments

__all__ = ["run"]


def run(arguments: Arguments) -> int:
    """Write the scenario and its parameter file into the output folder, and search; the exit code."""
    from bbopt.scenario.command_scenarios import ParameterLines, command_scenario
    from bbopt.session.command_files import write_command_scenario

    given, own = arguments.given, arguments.own
    lines = ParameterLines(own.texts("param"), own.texts("condition"), own.texts("forbidden"))
    problems, current = Problems(given.problems), str(current_folder())
    problems.attempt(lambda: _refuse_nothing_to_minimise(given))
    scenario = problems.attempt(lambda: command_scenario(given, lines, current))
    if problems or scenario is None:
        raise InputErrors(problems)
    named = write_command_scenario(scenario, current_folder())
    if not (own.flag("quiet") or own.flag("json")):
        print(f"Scenario: {named.entries[0].text}", flush=True)
    return tune(Arguments(("run", *arguments.argv), own, named))


def _refuse_nothing_to_minimise(given: Assignments) -> None:
    objective = given.last("run-obj")
    is_runtime = objective is not None and objective.text.upper() == "RUNTIME"
    if not is_runtime and not any(map(given.has, ("metric", "metric-pattern", "result-pattern"))):
        raise InputError(
            "nothing says what is to be minimised",
            place=COMMAND_LINE,
            expected="--metric NAME, for lines such as NAME: 0.12 or NAME=0.12",
            remedy=r"or --metric-pattern 'NAME: ...(\S+)' for others",
        )
