"""`bbopt check --scenario FILE ...`: read everything, run nothing, and report all problems at once."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bbopt.cli.chosen_configuration import chosen_configuration
from bbopt.cli.command import Arguments, current_folder
from bbopt.cli.plan_report import report_parameters, report_plan
from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.options import COMMAND_LINE, Assignment, Assignments, OptionValues, option_table, read_command_line
from bbopt.scenario import Scenario, find_pcs_file
from bbopt.space import Space, read_pcs

__all__ = ["check"]

_RUN = ("algo-exec", "algo-template", "tae", "restore-scenario")
"""Options that name what a search would run."""

_SHOWN_INSTANCES = 20


def check(arguments: Arguments) -> int:
    """Check what a search with these arguments would use; 0 when it could start.

    Raises InputErrors with every problem found, in any of the scenarios named.
    """
    problems = Problems()
    for one in _one_by_one(arguments):
        found = Problems()
        if _names_only_parameters(one.given):
            found.attempt(partial(_check_parameters, one))
        else:
            _check_scenario(one, found)
        told = set(map(str, problems))  # what is wrong with the command line is so for each scenario
        problems.extend(problem for problem in found if str(problem) not in told)
    if problems:
        raise InputErrors(problems)
    return 0


def _one_by_one(arguments: Arguments) -> Iterator[Arguments]:
    """The arguments for each of the scenario files, or for no file."""
    given = _with_further_options(arguments)
    option = option_table()["scenario-file"]
    files = [Assignment(option, option.name, *file) for file in arguments.own.placed_texts(option.name)]
    for place in range(max(1, len(files))):
        entries = (*given.entries, *files[place : place + 1])
        yield replace(arguments, given=replace(given, entries=entries))


def _with_further_options(arguments: Arguments) -> Assignments:
    """What is given, with the options that are given as one text."""
    given, text = arguments.given, arguments.own.optional_text("restore-args")
    if text is None:
        return given
    try:
        further = read_command_line(shlex.split(text))
    except ValueError as error:
        problem = InputError(f"restore-args can't be split: {error}", place=COMMAND_LINE, got=repr(text))
        return replace(given, problems=(*given.problems, problem))
    entries, problems = (*given.entries, *further.entries), (*given.problems, *further.problems)
    return replace(given, entries=entries, problems=problems)


def _names_only_parameters(given: Assignments) -> bool:
    return given.has("pcs-file") and not any(given.has(name) for name in ("scenario-file", *_RUN))


def _check_parameters(arguments: Arguments) -> None:
    """The parameter file alone."""
    if arguments.given.problems:
        raise InputErrors(arguments.given.problems)
    path = find_pcs_file(arguments.given, cwd=current_folder())
    assert path is not None
    space = read_pcs(path)
    configuration = _configuration(space, arguments.own, seed=0)
    print(f"{path}: no problems found")
    if arguments.own.flag("output-details"):
        report_parameters(space, path)
        print(configuration, end="")


def _check_scenario(arguments: Arguments, problems: Problems) -> None:
    scenario = problems.attempt(arguments.scenario)
    if scenario is None:
        _try_parameters(arguments.given, problems)
        return
    from bbopt.session import plan_session

    plan = problems.attempt(lambda: plan_session(scenario))
    if plan is None:
        return
    own = arguments.own
    warnings = problems.attempt(lambda: _doubts_about_instances(scenario, own))
    configuration = problems.attempt(lambda: _configuration(plan.space, own, scenario.seed))
    if warnings is not None and configuration is not None:
        report_plan(plan, warnings, configuration if own.flag("output-details") else None)


def _try_parameters(assignments: Assignments, problems: Problems) -> None:
    """The parameter file on its own, when the scenario is not fit to be used, which is known."""
    path = None
    with suppress(InputError):
        path = find_pcs_file(assignments, cwd=current_folder())
    if path is not None:
        problems.attempt(lambda: read_pcs(path))


def _configuration(space: Space, own: OptionValues, seed: int) -> str:
    """The line about the configuration that is asked for; empty where none is."""
    if not any(own.is_given(name) for name in ("configuration", "P", "config-seed")):
        return ""
    configuration = chosen_configuration(space, own, seed)
    verdict = "forbidden" if configuration.is_forbidden else "not forbidden"
    return f"  {'config':<12}{configuration.call_text()}   ({verdict})\n"


def _doubts_about_instances(scenario: Scenario, own: OptionValues) -> list[str]:
    """A warning of instances that are no files for the target, InputErrors where that is asked for."""
    wanted = own.optional_flag("verify-instances")
    if wanted is False or scenario.instances.is_black_box or scenario.folds is not None:
        return []
    named = [*scenario.instances.instances, *(scenario.test_instances or scenario.instances).instances]
    names = list(dict.fromkeys(instance.name for instance in named))
    folders = (scenario.exec_dir, current_folder())
    missing = [name for name in names if not any(os.access(folder / name, os.R_OK) for folder in folders)]
    if wanted:
        Problems(_not_there(name, scenario) for name in missing[:_SHOWN_INSTANCES]).raise_if_any()
    if not missing:
        return []
    what = f"{len(missing)} of {len(names)} instances are no files for the target, which runs in"
    remedy = "--verify-instances true makes that an error, false is for names of other things"
    return [f"{what} {scenario.exec_dir}: {missing[0]}, for one; {remedy}"]


def _not_there(name: str, scenario: Scenario) -> InputError:
    return InputError(
        "an instance can't be read",
        place=Place(scenario.path) if scenario.path else COMMAND_LINE,
        got=repr(name),
        expected=f"a file, seen from {scenario.exec_dir}, where the target runs",
        remedy="correct it, or leave out --verify-instances if the target knows the name",
    )
