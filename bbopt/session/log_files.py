"""The three log files of a run: `log-runN.txt` (everything), `log-warnN.txt`, `log-errN.txt`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.regular_files import refuse_irregular

__all__ = ["LEVELS", "ROOT", "log_files"]

ROOT = logging.getLogger("bbopt")

LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "OFF": logging.CRITICAL + 1,
}
"""SMAC v2's level names."""

_LOWEST = {SeedFile.LOG: 0, SeedFile.WARNINGS: logging.WARNING, SeedFile.ERRORS: logging.ERROR}
"""What the three files hold at most."""

_FORMAT = "%(asctime)s.%(msecs)03d [%(threadName)s] %(levelname)-5s %(name)s - %(message)s"
_DATE_FORMAT = "%Y-%m-%d %H:%M:%S"


@contextmanager
def log_files(output: OutputFolder, seed: int, level: str) -> Iterator[None]:
    """Write what bbopt logs at `level` or above into the folder's log files, appending to what is there."""
    handlers = [
        _handler(output.file(kind, seed), max(lowest, LEVELS[level])) for kind, lowest in _LOWEST.items()
    ]
    previous = ROOT.level
    ROOT.setLevel(min([LEVELS[level], *([previous] if previous else [])]))
    for handler in handlers:
        ROOT.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            ROOT.removeHandler(handler)
            handler.close()
        ROOT.setLevel(previous)


def _handler(path: Path, level: int) -> logging.Handler:
    try:
        refuse_irregular(path)
        handler = _TolerantFileHandler(path, encoding="utf-8", errors="replace")
    except OSError as error:
        raise file_error("open the log file", path, error) from error
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(_FORMAT, _DATE_FORMAT))
    return handler


class _TolerantFileHandler(logging.FileHandler):
    """A log that can't be written (a full disk, say) costs its lines, never the search."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Drop the record."""
        del record

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Handler."""
        return not hasattr(record, "console_only")

    def close(self) -> None:
        """Close the file; what could not be written stays unwritten."""
        with suppress(OSError):
            super().close()
