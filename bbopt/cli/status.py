"""`bbopt status FOLDER`: what the seeds of an output folder have reached, running or finished."""

from __future__ import annotations

import os
from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.errors import InputError, Place
from bbopt.output_folder import OutputFolder

__all__ = ["status"]


def status(arguments: Arguments) -> int:
    """Show the table of the folder that is named."""
    (word,) = arguments.given.words
    folder = Path(word)
    if not os.path.isdir(folder):
        raise InputError("there is no such folder", place=Place(folder))
    from rich.console import Console

    from bbopt.cli.seed_table import show_seeds
    from bbopt.session.folder_overview import folder_overview

    found = folder_overview(folder)
    if not found.seeds:
        raise OutputFolder(folder).no_seed_here()
    show_seeds(Console(highlight=False), found, "best")
    return 0
