"""`bbopt jobs` without a second word that names one of its commands, such as `bbopt jobs add`."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.errors import InputError, did_you_mean, nearest
from bbopt.options import COMMAND_LINE

__all__ = ["jobs"]


def jobs(arguments: Arguments) -> int:
    """InputError, which says what may stand there."""
    from bbopt.cli.commands import COMMANDS

    known = [name.split(" ")[1] for name in COMMANDS if name.startswith("jobs ")]
    word = arguments.given.words[0]
    raise InputError(
        f"there is no command jobs {word}",
        place=COMMAND_LINE,
        expected=f"bbopt jobs with one of {', '.join(known)}",
        remedy=did_you_mean(nearest(word, known)),
    )
