"""`bbopt --scenario FILE`: tune, with SMAC v2's lines on standard output, or a live status on a terminal."""

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
from bbopt.scenario import Scenario
from bbopt.shell_words import shell_line

if TYPE_CHECKING:
    from bbopt.cli.live_status import LiveStatus
    from bbopt.cli.live_validation import LiveValidation
    from bbopt.session import Plan

__all__ = ["tune"]


def tune(arguments: Arguments) -> int:
    """Run the search that is described; the exit code."""
    outlive_the_output()
    if arguments.given.has("seeds"):
        from bbopt.cli.seeds import go_on_with_seeds

        code = go_on_with_seeds(arguments.given)
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

        said = scenario.said("seeds")
        seeds = parse_seeds(said.text, said.place)
        plan_session(scenario)  # one error for all, before any is started
        return tune_seeds(scenario, seeds, arguments.given)
    return _search(scenario, arguments.argv)


def _call_string(argv: Sequence[str]) -> str:
    """The command as typed, but for passwords."""
    return without_passwords(shell_line(["bbopt", *argv]))


def _search(scenario: Scenario, argv: Sequence[str]) -> int:
    from bbopt.session import Session, plan_session

    plan = plan_session(scenario)
    level = scenario.logging.console_level
    live = _live_status(plan) if sys.stdout.isatty() and level == "INFO" else None
    displays = [live] if live else []
    validation_displays = [_validation_status(plan, live)] if live else []
    session = Session(plan, displays, _call_string(argv), validation_displays)
    with ExitStack() as stack:
        # The first to begin is the last to end: a signal must not interrupt the end of the others.
        stack.enter_context(signals_stop(lambda by, number: session.stop(f"interrupted by {by}.", number)))
        for display in displays:
            stack.enter_context(display)
        for display_of_validation in validation_displays:
            stack.enter_context(display_of_validation)
        stack.enter_context(console_log(level, live))
        outcome = stack.enter_context(session).run()
    if live is not None:
        print(f"Details: {scenario.output_root}")
    return 0 if outcome.signal is None else 128 + outcome.signal


def _live_status(plan: Plan) -> LiveStatus:
    from rich.console import Console

    from bbopt.cli.live_status import LiveStatus

    scenario, console = plan.scenario, Console(highlight=False)
    head = f"tuning {scenario.algo_text} (seed {scenario.num_run}); output in {scenario.output_root}"
    console.print(head, markup=False, soft_wrap=True)
    return LiveStatus(console, scenario.limits, plan.setup.objective.shown)


def _validation_status(plan: Plan, live: LiveStatus) -> LiveValidation:
    from bbopt.cli.live_validation import LiveValidation

    return LiveValidation(live.console, plan.setup.objective.shown)
