"""What a worker may execute of that which a database holds."""

from __future__ import annotations

import os
import stat

from bbopt.database_address import DatabaseAddress
from bbopt.errors import InputError, Place

__all__ = ["refuse_untrusted"]


def refuse_untrusted(address: DatabaseAddress) -> None:
    """InputError unless the database is a file that only this user may write to.

    Whoever can write to it says what its workers execute.
    """
    if address.file is None:
        why, expected = "a server's database, which others may write to", "--trust"
    elif os.stat(address.file).st_uid != os.getuid():
        why, expected = "a file of another user", "--trust"
    elif os.stat(address.file).st_mode & stat.S_IWOTH:
        why, expected = "a file that everybody may write to", "--trust, or chmod o-w"
    else:
        return
    raise InputError(
        "what this worker executes would be said by the database, which is not trusted",
        place=Place(address.shown),
        got=why,
        expected=expected,
        remedy="add --trust if you trust all who can write to it as you trust those who use your account",
    )
