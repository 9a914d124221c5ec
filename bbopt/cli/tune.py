"""`bbopt --scenario FILE`: tune, with SMAC v2's lines on standard output, or a live status on a terminal."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from bbopt.scenario import Assignments, Scenario, load_scenario, read_command_line

if TYPE_CHECKING:
    from bbopt.session import Session
    from bbopt.tuning import Observer, Outcome

__all__ = ["call_string", "console_log", "load", "tune"]

_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def tune(argv: Sequence[str]) -> int:
    """Run the search that `argv` describes; the exit code."""
    assignments = read_command_line(argv)
    if assignments.has("help") or assignments.has("help-level"):
        return _show_help(assignments)
    scenario = load(assignments)
    if scenario.options.flag("print-rungroup-replacement-and-exit"):
        from bbopt.scenario import replacements_for_rungroup

        for name, text in replacements_for_rungroup(scenario).items():
            print(f"%{name}\t{text}")
        return 0
    return _search(scenario, argv)


def load(assignments: Assignments) -> Scenario:
    """The scenario that the command line names, seen from the current folder."""
    return load_scenario(assignments, cwd=Path.cwd())


def call_string(argv: Sequence[str]) -> str:
    """The command as typed."""
    return " ".join(["bbopt", *map(shlex.quote, argv)])


def _show_help(assignments: Assignments) -> int:
    from rich.console import Console

    from bbopt.cli.help_page import render_help
    from bbopt.options import Level
    from bbopt.scenario import resolve

    render_help(Level[resolve(assignments).choice("help-level")], Console())
    return 0


def _search(scenario: Scenario, argv: Sequence[str]) -> int:
    from bbopt.session import Session, plan_session

    plan = plan_session(scenario)
    with ExitStack() as stack:
        observers: list[Observer] = []
        live = sys.stdout.isatty() and scenario.options.choice("console-log-level") == "INFO"
        if live:
            observers.append(_live_status(stack, scenario))
        stack.enter_context(console_log(scenario.options.choice("console-log-level"), live))
        session = stack.enter_context(Session(plan, observers, call_string(argv)))
        stack.enter_context(_signals_stop(session))
        outcome = session.run()
    if live:
        _say_where(scenario)
    return _exit_code(outcome)


def _live_status(stack: ExitStack, scenario: Scenario) -> Observer:
    from rich.console import Console

    from bbopt.cli.status import LiveStatus

    console = Console(highlight=False)
    console.print(f"tuning {scenario.algo_text} (seed {scenario.num_run}); output in {scenario.output_root}")
    return stack.enter_context(LiveStatus(console, scenario.limits))


def _say_where(scenario: Scenario) -> None:
    print(f"Details: {scenario.output_root}")


@contextmanager
def _signals_stop(session: Session) -> Iterator[None]:
    """A signal ends the search cleanly: targets killed, state written, closing block printed."""

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        session.stop(f"interrupted by {signal.Signals(number).name}.", number)

    previous = {number: signal.signal(number, handle) for number in _STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _exit_code(outcome: Outcome) -> int:
    return 0 if outcome.signal is None else 128 + outcome.signal


@contextmanager
def console_log(level: str, live: bool) -> Iterator[None]:
    """SMAC v2's lines `[INFO ] ...` on standard output; on a live terminal only what must stay."""
    from bbopt.session.log_files import LEVELS, ROOT

    handler = _ConsoleHandler(sys.stdout, live)
    handler.setLevel(LEVELS[level])
    previous = ROOT.level
    ROOT.setLevel(min(LEVELS[level], previous or LEVELS[level]))
    ROOT.addHandler(handler)
    try:
        yield
    finally:
        ROOT.removeHandler(handler)
        ROOT.setLevel(previous)


class _ConsoleHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Prints `[LEVEL] message`; when live, only warnings, errors and the closing block."""

    def __init__(self, stream: TextIO, live: bool) -> None:
        super().__init__(stream)
        self._live = live

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if getattr(record, "final_error", False):
            return  # it goes to standard error
        if self._live and record.levelno < logging.WARNING and not getattr(record, "closing", False):
            return
        super().emit(record)
        self.flush()

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Handler."""
        name = "WARN" if record.levelno == logging.WARNING else record.levelname
        return f"[{name:<5}] {record.getMessage()}"
