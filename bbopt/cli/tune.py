"""`bbopt --scenario FILE`: tune, with SMAC v2's lines on standard output, or a live status on a terminal.

`--quiet` and `--json` keep standard output for others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments
from bbopt.cli.console_log import console_log
from bbopt.cli.signals import signals_stop
from bbopt.cli.streams import outlive_the_output
from bbopt.database_address import without_passwords
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE, OptionValues
from bbopt.scenario import Scenario
from bbopt.shell_words import shell_line

if TYPE_CHECKING:
    from bbopt.cli.json_events import JsonEvents
    from bbopt.cli.live_status import LiveStatus
    from bbopt.cli.live_validation import LiveValidation
    from bbopt.session import Plan

__all__ = ["tune"]


def tune(arguments: Arguments) -> int:
    """Run the search that is described; the exit code."""
    outlive_the_output()
    own = arguments.own
    if arguments.given.has("seeds"):
        from bbopt.cli.seeds import go_on_with_seeds

        _refuse_json_of_several(own)
        code = go_on_with_seeds(arguments.given, is_quiet=own.flag("quiet"))
        if code is not None:
            return code
    scenario = arguments.scenario()
    if scenario.logging.prints_rungroup_and_ends:
        from bbopt.scenario import replacements_for_rungroup

        for name, text in replacements_for_rungroup(scenario).items():
            print(f"%{name}\t{text}")
        return 0
    if scenario.outer_fold is not None and scenario.outer_fold.number is None:
        from bbopt.cli.outer_folds import tune_outer_folds

        return tune_outer_folds(arguments, scenario, _tune)
    return _tune(arguments, scenario)


def _tune(arguments: Arguments, scenario: Scenario) -> int:
    """The same for one search, or several that share their runs."""
    if scenario.said("seeds").is_given:
        from bbopt.cli.seeds import parse_seeds, tune_seeds
        from bbopt.session import plan_session

        own = arguments.own
        _refuse_json_of_several(own)
        said = scenario.said("seeds")
        seeds = parse_seeds(said.text, said.place)
        plan_session(scenario)  # one error for all, before any is started
        return tune_seeds(scenario, seeds, arguments.given, is_quiet=own.flag("quiet"))
    return _search(scenario, arguments)


def _refuse_json_of_several(own: OptionValues) -> None:
    if own.flag("json"):
        raise InputError(
            "--json tells of one search, and --seeds makes several",
            place=COMMAND_LINE,
            remedy="start each by itself, with --seed N --shared-model-mode true --json",
        )


def _call_string(argv: Sequence[str]) -> str:
    """The command as typed, but for passwords."""
    return without_passwords(shell_line(["bbopt", *argv]))


def _search(scenario: Scenario, arguments: Arguments) -> int:
    from bbopt.session import Session, plan_session

    plan, own = plan_session(scenario), arguments.own
    level, is_quiet = scenario.logging.console_level, own.flag("quiet") or own.flag("json")
    live = _live_status(plan) if sys.stdout.isatty() and level == "INFO" and not is_quiet else None
    events = _json_events(plan) if own.flag("json") else None
    validation = None if live is None else _validation_status(plan, live)
    session = Session(
        plan,
        [one for one in (live, events) if one is not None],
        _call_string(arguments.argv),
        [one for one in (validation, events) if one is not None],
    )
    with ExitStack() as stack:
        # The first to begin is the last to end: a signal must not interrupt the end of the others.
        stack.enter_context(signals_stop(lambda by, number: session.stop(f"interrupted by {by}.", number)))
        for display in (live, validation):
            if display is not None:
                stack.enter_context(display)
        stack.enter_context(console_log(level, live, is_quiet=is_quiet))
        if events is not None:
            events.begun()
        outcome = stack.enter_context(session).run()
    if events is not None:
        events.ended(outcome)
    if live is not None:
        from bbopt.cli.ending import show_ending

        show_ending(live.console, plan, outcome, arguments.given)
    return 0 if outcome.signal is None else 128 + outcome.signal


def _json_events(plan: Plan) -> JsonEvents:
    from bbopt.cli.json_events import JsonEvents

    return JsonEvents(plan)


def _live_status(plan: Plan) -> LiveStatus:
    from rich.console import Console

    from bbopt.cli.live_status import LiveStatus

    scenario, console = plan.scenario, Console(highlight=False)
    head = f"tuning {scenario.algo_text} (seed {scenario.num_run})"
    console.print(f"{head}\noutput in {scenario.output_root}", markup=False, soft_wrap=True)
    return LiveStatus(console, scenario.limits, plan.setup.objective.shown)


def _validation_status(plan: Plan, live: LiveStatus) -> LiveValidation:
    from bbopt.cli.live_validation import LiveValidation

    return LiveValidation(live.console, plan.setup.objective.shown)
