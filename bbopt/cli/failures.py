"""What becomes of errors: one clear message on standard error, and SMAC v2's exit codes."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence

from bbopt.errors import BboptError, InputErrors

__all__ = ["INTERNAL_ERROR", "report_failure", "report_text"]

INTERNAL_ERROR = 255

_LOG = logging.getLogger(__name__)


def report_failure(error: BaseException, argv: Sequence[str]) -> int:
    """Tell the user about `error`; the exit code it stands for."""
    if isinstance(error, KeyboardInterrupt):
        print("bbopt: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    if isinstance(error, BrokenPipeError):
        return 128 + signal.SIGPIPE
    if isinstance(error, BboptError):
        _LOG.error("%s", error)
        if _wants_traceback(argv):
            traceback.print_exception(error)
        print(report_text(error), file=sys.stderr)
        return error.exit_code
    where = _save_traceback(error)
    if _wants_traceback(argv):
        traceback.print_exception(error)
    print(
        f"bbopt: internal error: {type(error).__name__}: {error}\n"
        f"  this is a fault of bbopt, not of your files; its traceback was saved in {where}",
        file=sys.stderr,
    )
    return INTERNAL_ERROR


def report_text(error: BboptError) -> str:
    """The message as shown: one problem a paragraph."""
    if isinstance(error, InputErrors):
        return "\n".join(f"bbopt: error: {one}" for one in error.errors)
    return f"bbopt: error: {error}"


def _wants_traceback(argv: Sequence[str]) -> bool:
    """Whether the log level is DEBUG; looked for in the words, because nothing may have been read yet."""
    words = [word.lower().replace("_", "-") for word in argv]
    return any(
        word in {"--log-level=debug", "--loglevel=debug"} or pair in {("--log-level", "debug"), ("--loglevel", "debug")}
        for word, pair in zip(words, zip(words, [*words[1:], ""], strict=True), strict=True)
    )


def _save_traceback(error: BaseException) -> str:
    """Write the traceback to the run's log where there is one, else to a file in the temporary folder."""
    text = "".join(traceback.format_exception(error))
    for handler in logging.getLogger("bbopt").handlers:
        if isinstance(handler, logging.FileHandler) and handler.level >= logging.ERROR:
            _LOG.error("internal error\n%s", text)
            return handler.baseFilename
    with tempfile.NamedTemporaryFile("w", prefix="bbopt-error-", suffix=".txt", delete=False) as file:
        file.write(text)
    return file.name
