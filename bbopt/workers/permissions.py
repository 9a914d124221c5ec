"""What a worker may execute of that which a database holds."""

from __future__ import annotations

import os
import stat

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, Place

__all__ = ["is_trusted", "refuse_untrusted"]

_ROOT = 0
"""Who may do everything anyway."""


def is_trusted(address: DatabaseAddress) -> bool:
    """Whether the database is a file that only this user may write to, and nobody else may put one beside it.

    What stands in the files that SQLite keeps there (-wal and others) belongs to the database.
    """
    return _why_not(address) is None


def refuse_untrusted(address: DatabaseAddress) -> None:
    """InputError unless it is trusted: whoever can write to it says what its workers execute."""
    if (why := _why_not(address)) is not None:
        raise InputError(
            "what this worker executes would be said by the database, which is not trusted",
            place=Place(address.shown),
            got=why,
            expected="--scenario FILE, or --trust",
            remedy="name the scenario whose runs alone it may make; or say --trust if you trust all who can "
            "write to the database as you trust those who use your account",
        )


def _why_not(address: DatabaseAddress) -> str | None:
    if address.file is None:
        return "a server's database, which others may write to"
    status = os.stat(address.file)
    if status.st_uid != os.getuid():
        return "a file of another user"
    if status.st_mode & stat.S_IWOTH:
        return "a file that everybody may write to"
    folder = os.stat(os.path.dirname(os.path.realpath(address.file)))
    if folder.st_uid not in (os.getuid(), _ROOT):
        return "a file in a folder of another user"
    if folder.st_mode & stat.S_IWOTH:
        return "a file in a folder to which everybody may write"
    return None
