"""A folder of instances in place of an instance file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from bbopt.errors import InputError, Place

__all__ = ["files_of_folder"]


def files_of_folder(folder: Path, suffix: str | None, suffix_place: Place, option: str) -> list[str]:
    """The names of the folder's files whose end matches `suffix`, sorted; hidden files are left out.

    As in SMAC v2, `suffix` is a regular expression for the end of the name, and without one all files must
    have the same extension.  `option` names it in messages.  Raises InputError.
    """
    try:
        names = sorted(e.name for e in os.scandir(folder) if e.is_file() and not e.name.startswith("."))
    except OSError as error:
        raise InputError(
            "the folder of instances can't be read", place=Place(folder), got=error.strerror
        ) from error
    if suffix is None:
        return _of_one_extension(names, folder, option)
    try:
        pattern = re.compile(f"(?:{suffix})$")
    except re.error as error:
        raise InputError(
            f"{option} is no regular expression",
            place=suffix_place,
            got=f"{suffix!r}: {error}",
            expected="the end of file names, such as .cnf",
        ) from error
    found = [name for name in names if pattern.search(name)]
    if not found:
        raise _empty(folder, names, f"files whose names end in {suffix}")
    return found


def _of_one_extension(names: Sequence[str], folder: Path, option: str) -> list[str]:
    extensions = sorted({os.path.splitext(name)[1] for name in names} - {""})
    if len(extensions) > 1:
        raise InputError(
            "the files of the folder of instances have different extensions",
            place=Place(folder),
            got=", ".join(extensions[:5]) + (", ..." if len(extensions) > 5 else ""),
            expected="one extension, or the option that picks one",
            remedy=f"set {option} = {extensions[0]}, say",
        )
    found = [name for name in names if name.endswith(extensions[0])] if extensions else list(names)
    if not found:
        raise _empty(folder, names, "files")
    return found


def _empty(folder: Path, names: Sequence[str], expected: str) -> InputError:
    got = f"{len(names)} files, such as {names[0]}" if names else "no files"
    return InputError("the folder has no instances in it", place=Place(folder), got=got, expected=expected)
