"""Text files as users write them: UTF-8, with any line ends, perhaps with a byte order mark."""

from __future__ import annotations

import re
from pathlib import Path

from bbopt.errors import InputError, Place

__all__ = ["LINE_END", "read_text"]

LINE_END = re.compile(r"\r\n|\n|\r")


def read_text(path: Path, source: str | None = None) -> str:
    """The text of the file `path`; InputError, naming it as `source`, when it is none or can't be read."""
    source = source or str(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(error, source) from error
    except OSError as error:
        raise _unreadable(error, source) from error


def _not_utf8(error: UnicodeDecodeError, source: str) -> InputError:
    before: bytes = error.object[: error.start]
    line_start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    lines = len(LINE_END.findall(before.decode("utf-8", "replace")))
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return InputError(
        "the file is not UTF-8 text",
        place=Place(source, lines + 1, column),
        got=f"byte 0x{error.object[error.start]:02x}",
        expected="text in UTF-8",
        remedy="save the file as UTF-8",
    )


def _unreadable(error: OSError, source: str) -> InputError:
    reason = error.strerror or type(error).__name__
    return InputError(
        "the file can't be read", place=Place(source), got=reason, expected="a readable text file"
    )
