"""Names of ours that may stand for something else: a pipe there would keep its reader waiting for ever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["IrregularFileError", "open_regular", "refuse_irregular"]

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


class IrregularFileError(OSError):
    """What is at a path is no regular file."""


def refuse_irregular(path: Path, *, follow_links: bool = True) -> None:
    """IrregularFileError when there is something at `path` that is no regular file; else, nothing happens."""
    try:
        kind = stat.S_IFMT(os.stat(path, follow_symlinks=follow_links).st_mode)
    except FileNotFoundError:
        return
    if kind != stat.S_IFREG:
        raise IrregularFileError(errno.EINVAL, f"it is {_KINDS.get(kind, 'something else')}, no file", path)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; IrregularFileError, or another OSError, when it is none."""
    refuse_irregular(path)
    return open(path, "rb", opener=_open_at_once)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe may have taken the file's place meanwhile
