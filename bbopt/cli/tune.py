"""`bbopt --scenario FILE`: tune, with SMAC v2's lines on standard output, or a live status on a terminal."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bbopt.errors import InputError
from bbopt.scenario import Assignments, Scenario, load_scenario, read_command_line

if TYPE_CHECKING:
    from bbopt.cli.status import LiveStatus
    from bbopt.cli.validation_status import ValidationStatus
    from bbopt.tuning import Outcome

__all__ = [
    "call_string",
    "console_log",
    "current_folder",
    "handling_signals",
    "load",
    "signals_stop",
    "tune",
]

if TYPE_CHECKING:
    _TextHandler = logging.StreamHandler[TextIO]
else:  # Python 3.10 has no logging.StreamHandler[...]
    _TextHandler = logging.StreamHandler

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
    if scenario.options.is_given("seeds"):
        from bbopt.cli.seeds import tune_seeds
        from bbopt.session import plan_session

        plan_session(scenario)  # one error for all, before any is started
        return tune_seeds(scenario, assignments)
    return _search(scenario, argv)


def load(assignments: Assignments) -> Scenario:
    """The scenario that the command line names, seen from the current folder."""
    return load_scenario(assignments, cwd=current_folder())


def current_folder() -> Path:
    """The folder that relative paths start from; InputError when it is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise InputError(
            "the current folder is gone or can't be read", remedy="cd into another one"
        ) from error


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
        level = scenario.options.choice("console-log-level")
        live = _live_status(stack, scenario) if sys.stdout.isatty() and level == "INFO" else None
        stack.enter_context(console_log(level, live))
        validation = [_validation_status(stack, live)] if live else []
        session = Session(plan, [live] if live else [], call_string(argv), validation)
        stack.enter_context(session)
        stack.enter_context(signals_stop(lambda by, number: session.stop(f"interrupted by {by}.", number)))
        outcome = session.run()
    if live is not None:
        _say_where(scenario)
    return _exit_code(outcome)


def _live_status(stack: ExitStack, scenario: Scenario) -> LiveStatus:
    from bbopt.cli.onlookers import lasting_console
    from bbopt.cli.status import LiveStatus

    console = lasting_console()
    head = f"tuning {scenario.algo_text} (seed {scenario.num_run}); output in {scenario.output_root}"
    console.print(head, markup=False, soft_wrap=True)
    return stack.enter_context(LiveStatus(console, scenario.limits))


def _validation_status(stack: ExitStack, live: LiveStatus) -> ValidationStatus:
    from bbopt.cli.validation_status import ValidationStatus

    return stack.enter_context(ValidationStatus(live.console))


def _say_where(scenario: Scenario) -> None:
    print(f"Details: {scenario.output_root}")


@contextmanager
def signals_stop(stop: Callable[[str, int], None]) -> Iterator[None]:
    """A signal ends a search cleanly: `stop` is told its name and number.

    A second one does not wait for that: the targets are killed, and nothing more is written.
    """
    received: list[int] = []

    def handle(number: int) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        stop(signal.Signals(number).name, number)

    with handling_signals(handle):
        yield


@contextmanager
def handling_signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Call `handle` with the number of each signal that asks the command to end.

    SIGHUP stays ignored where it is, as below `nohup`.
    """
    from bbopt.executors.wake_pipe import WakePipe

    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    numbers = [number for number in _STOPPING_SIGNALS if not (is_kept and number == signal.SIGHUP)]
    arrivals = WakePipe()
    n_arrived = n_called = n_handled = 0

    def hear(number: int, _: object) -> None:
        """Called once for several that have come in the middle of a long computation; each counts."""
        nonlocal n_arrived, n_called, n_handled
        n_arrived += sum(arrived in numbers for arrived in arrivals.read())
        n_called += 1
        while n_handled < max(n_arrived, n_called):
            n_handled += 1
            handle(number)

    previous_fd = signal.set_wakeup_fd(arrivals.write_fileno(), warn_on_full_buffer=False)
    previous = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(previous_fd)
        arrivals.close()


def _exit_code(outcome: Outcome) -> int:
    return 0 if outcome.signal is None else 128 + outcome.signal


@contextmanager
def console_log(level: str, live: LiveStatus | None) -> Iterator[None]:
    """SMAC v2's lines `[INFO ] ...` on standard output; on a live terminal only what must stay."""
    from bbopt.session.log_files import LEVELS, ROOT

    handler = _PlainConsole(sys.stdout) if live is None else _LiveConsole(live)
    handler.setLevel(LEVELS[level])
    previous = ROOT.level
    ROOT.setLevel(min(LEVELS[level], previous or LEVELS[level]))
    ROOT.addHandler(handler)
    try:
        yield
    finally:
        ROOT.removeHandler(handler)
        ROOT.setLevel(previous)


class _PlainConsole(_TextHandler):
    """Prints `[LEVEL] message`, but for the error that ends the run: that goes to standard error."""

    _is_closed = False

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Handler."""
        return not (self._is_closed or getattr(record, "final_error", False))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Standard output that is closed or full ends its lines, not the search; the log files have them."""
        del record
        from bbopt.cli.onlookers import discard

        self._is_closed = True
        discard(self.stream)

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Handler."""
        name = "WARN" if record.levelno == logging.WARNING else record.levelname
        return f"[{name:<5}] {record.getMessage()}"


class _LiveConsole(logging.Handler):
    """Prints warnings, errors and the closing block above the status line; of other blocks the short form."""

    def __init__(self, live: LiveStatus) -> None:
        super().__init__()
        self._live = live

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if getattr(record, "final_error", False):
            return
        if record.levelno >= logging.WARNING:
            self._live.print_line(f"{record.levelname.lower()}: {record.getMessage()}", style="yellow")
        elif getattr(record, "closing", False):
            self._live.print_line(record.getMessage().lstrip("\n"))
        elif hasattr(record, "calm"):
            self._live.print_line(str(record.calm))
