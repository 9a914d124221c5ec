"""Files that survive a crash or a full disk: replaced as a whole, and created with their names synced.

A replaced file holds the old or the new content, never a mixture.
"""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path

from bbopt.errors import InputError, Place, StateError, lack_of_descriptors
from bbopt.regular_files import IrregularFileError

__all__ = [
    "atomic_write",
    "encode_text",
    "file_error",
    "output_exists",
    "sync_folder",
    "write_all",
    "write_new_file",
]


def atomic_write(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Replace `path` by a file with `content` (text as UTF-8), on disk when this returns.

    Without `durable` the disk gets it when the system likes: for files that no one needs after a power cut.
    Raises StateError when that is not possible; then the old file stands and nothing else is left behind.
    """
    data = encode_text(content) if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        try:
            write_new_file(temporary, data, durable=durable)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        raise file_error("write", path, error) from error


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk; file systems that can't sync folders are left alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(descriptor)


def output_exists(path: Path, of: str, noun: str = "file") -> InputError:
    """The error for an output that is to be new, and there is something with its name."""
    return InputError(
        f"the output of {of} exists already",
        place=Place(path),
        expected=f"the name of a new {noun}",
        remedy="give another --output, or remove it",
    )


def write_new_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Create `path` with `data`, on disk when this returns if `durable`.

    FileExistsError when there is such a file.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, in several steps where the system takes less at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def encode_text(text: str) -> bytes:
    """`text` as UTF-8; what UTF-8 lacks is escaped, because a target's output may hold anything."""
    return text.encode("utf-8", "backslashreplace")


def file_error(verb: str, path: Path, error: OSError) -> StateError:
    """The error to raise for a file that can't be written, opened, locked: `verb` says what was tried."""
    remedy = None
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        remedy = "make room on the disk (or raise the quota)"
    elif lack_of_descriptors(error) is not None:
        remedy = "raise the limit on open files (ulimit -n)"
    elif isinstance(error, IrregularFileError):
        remedy = "move it away, or use another output folder"
    return StateError(f"cannot {verb} {path}: {error.strerror or error}", remedy=remedy)
