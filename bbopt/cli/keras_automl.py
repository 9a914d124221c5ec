"""`bbopt keras-automl` without a second word that names one of its steps."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE

__all__ = ["keras_automl"]


def keras_automl(arguments: Arguments) -> int:
    """InputError, which says what may stand there."""
    raise InputError(
        f"there is no step {arguments.given.words[0]}",
        place=COMMAND_LINE,
        expected="one of those that bbopt keras-automl --help lists",
    )
