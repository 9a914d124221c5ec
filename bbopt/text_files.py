"""Text files as users write them: UTF-8, with any line ends, perhaps with a byte order mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.regular_files import open_regular
from bbopt.shell_words import shell_word

__all__ = ["numbered_lines", "read_text"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_MARK = "\ufeff"


def read_text(
    path: Path, role: str, *, shown_as: str | None = None, undecodable: str = "strict", is_named: bool = True
) -> str:
    """The text of a file that the user knows as the `role` ("parameter file", say).

    Pipes are read to their end: a shell passes one for `<(command)`.  Where the user has not named the file
    (not `is_named`), they are an error.  `undecodable` is what becomes of bytes that are no UTF-8, as for
    `bytes.decode`.  Raises InputError, naming the file as `shown_as` (by default its path), when it can't be
    read or is no text.
    """
    source = shown_as or str(path)
    try:
        with path.open("rb") if is_named else open_regular(path) as file:
            return file.read().decode("utf-8", undecodable).removeprefix(_MARK)
    except UnicodeDecodeError as error:
        raise _not_utf8(error, role, source) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise _unreadable(error, role, source) from error


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, without their ends, each with its number, which counts from 1."""
    lines = enumerate(_LINE_END.split(text.removeprefix(_MARK)), start=1)
    return ((number, line) for number, line in lines if line.strip())


def _not_utf8(error: UnicodeDecodeError, role: str, source: str) -> InputError:
    *earlier, line = _LINE_END.split(error.object[: error.start].decode("utf-8", "replace"))
    return InputError(
        f"the {role} is not UTF-8 text",
        place=Place(source, len(earlier) + 1, len(line.removeprefix(_MARK)) + 1),
        got=f"byte 0x{error.object[error.start]:02x}",
        expected="text in UTF-8",
        remedy="save the file as UTF-8",
    )


def _unreadable(error: OSError | ValueError, role: str, source: str) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else None
    return InputError(
        f"the {role} can't be read",
        place=Place(source),
        got=reason or str(error) or type(error).__name__,
        expected="a readable text file",
        remedy=f"chmod u+r {shell_word(source)}" if isinstance(error, PermissionError) else None,
    )
