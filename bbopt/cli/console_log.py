"""SMAC v2's log lines on standard output, and what of them a live terminal shows."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from bbopt.cli.live_status import LiveStatus

    _TextHandler = logging.StreamHandler[TextIO]
else:  # Python 3.10 has no logging.StreamHandler[...]
    _TextHandler = logging.StreamHandler


@contextmanager
def console_log(level: str, live: LiveStatus | None, *, is_quiet: bool = False) -> Iterator[None]:
    """SMAC v2's lines `[INFO ] ...` on standard output; on a live terminal only what must stay.

    One that is quiet has warnings only, on standard error.
    """
    from bbopt.session.log_files import LEVELS, ROOT

    stream = sys.stderr if is_quiet else sys.stdout
    handler = _PlainConsole(stream) if live is None else _LiveConsole(live)
    handler.setLevel(max(LEVELS[level], logging.WARNING) if is_quiet else LEVELS[level])
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

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Handler."""
        return not getattr(record, "final_error", False)

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Handler."""
        name = "WARN" if record.levelno == logging.WARNING else record.levelname
        return f"[{name:<5}] {record.getMessage()}"


class _LiveConsole(logging.Handler):
    """Prints warnings and errors above the status line; of blocks the short form, if they have one."""

    def __init__(self, live: LiveStatus) -> None:
        super().__init__()
        self._live = live

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if getattr(record, "final_error", False):
            return
        if record.levelno >= logging.WARNING:
            self._live.print_line(f"{record.levelname.lower()}: {record.getMessage()}", style="yellow")
        elif hasattr(record, "calm"):
            self._live.print_line(str(record.calm))
