from __future__ import annotations

import io
import logging

from rich.console import Console

from bbopt.cli.live_status import LiveStatus
from bbopt.cli.live_validation import LiveValidation
from bbopt.cli.tune import console_log
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import NO_INSTANCE, Origin, Run, RunRequest, RunResult, RunStatus
from bbopt.scenario import Limits
from bbopt.space import parse_pcs


def terminal() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=True, width=100, highlight=False, no_color=True), text


def run() -> Run:
    space = parse_pcs("x integer [0, 9] [0]\n")
    request = RunRequest(space.default, NO_INSTANCE, 1, 2.0, LARGEST_INT, Origin("validation", 0))
    return Run(request, RunResult(RunStatus.TIMEOUT, 2.0, 0, 0.0), 20.0)


def test_the_line_says_how_far_it_is_and_goes_away() -> None:
    console, text = terminal()
    with LiveValidation(console) as status:
        status.validation_started(4, "validation run")
        status.validation_run_finished(run(), 3)
        status.validation_ended()
        status.validation_started(1, "training")
        status.validation_ended()
        ended = text.getvalue()
    shown = ended.replace("\r", "\n")
    assert "validation run 3 of 4" in shown
    assert "training · " in shown
    assert "last 20 TIMEOUT" in shown
    assert text.getvalue() == ended


def test_a_validation_that_never_starts_shows_nothing() -> None:
    console, text = terminal()
    with LiveValidation(console):
        pass
    assert text.getvalue() == ""


def test_the_calm_console_has_the_short_form_of_a_block() -> None:
    console, text = terminal()
    limits = Limits(10, LARGEST_INT, LARGEST_INT, LARGEST_INT, True, None)
    log = logging.getLogger("bbopt.validation.after_search")
    with console_log("INFO", LiveStatus(console, limits)):
        log.info("Validation needs 4 algorithm runs")
        log.info("----\nmany\nlines\n----", extra={"calm": "On the test instances: 1.5"})
    assert text.getvalue() == "On the test instances: 1.5\n"
