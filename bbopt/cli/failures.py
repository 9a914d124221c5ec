"""What becomes of errors: one clear message on standard error, and SMAC v2's exit codes."""

from __future__ import annotations

import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence

from bbopt.cli.streams import outlive_the_output
from bbopt.database_address import without_passwords
from bbopt.errors import BboptError, InputError, InternalError, OutputError, lack_of_descriptors

__all__ = ["report_failure", "report_text"]


def report_failure(error: BaseException, argv: Sequence[str]) -> int:
    """Tell the user about `error`; the exit code it stands for."""
    outlive_the_output()
    if isinstance(error, KeyboardInterrupt):
        print("bbopt: interrupted", file=sys.stderr)
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    if isinstance(error, OutputError) and error.is_unread:
        return 128 + signal.SIGPIPE
    if _wants_traceback(argv):
        traceback.print_exception(error)
    known = error if isinstance(error, BboptError) else lack_of_descriptors(error)
    known = known or InternalError(error, _save_traceback(error))
    print(report_text(known), file=sys.stderr)
    return known.exit_code


def report_text(error: BboptError) -> str:
    """The message as shown: one problem a paragraph, and no passwords."""
    errors = error.errors if isinstance(error, InputError) else (error,)
    return without_passwords("\n".join(f"bbopt: error: {one}" for one in errors))


def _wants_traceback(argv: Sequence[str]) -> bool:
    """Whether the log level is DEBUG; looked for in the words, because nothing may have been read yet."""
    words = [word.lower().replace("-", "").replace("_", "").replace("=", " ") for word in argv]
    return "loglevel debug" in " ".join(words)


def _save_traceback(error: BaseException) -> str:
    """Write the traceback to a file in the temporary folder: there is no output folder yet."""
    with tempfile.NamedTemporaryFile("w", prefix="bbopt-error-", suffix=".txt", delete=False) as file:
        file.writelines(traceback.format_exception(error))
    return file.name
