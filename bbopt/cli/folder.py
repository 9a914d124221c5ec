"""`bbopt status DIR`: what the seeds of an output folder have reached, running or finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.output_folder import SeedFile

__all__ = ["status"]

_USAGE = "bbopt status DIR"


def status(argv: Sequence[str]) -> int:
    """Show the table of the folder that `argv` names."""
    if {"--help", "-h", "-?"}.intersection(argv):
        print(
            f"usage: {_USAGE}\n\nShows the seeds that work, or have worked, in an output folder "
            "(bbopt-output/NAME):\nwhich are alive, how many runs each has made, and the best configuration."
        )
        return 0
    if len(argv) != 1:
        raise InputError("one folder is needed", place=Place("command line"), got=repr(argv), remedy=_USAGE)
    folder = Path(argv[0])
    if not folder.is_dir():
        raise InputError("there is no such folder", place=Place(folder), remedy=_USAGE)
    from rich.console import Console

    from bbopt.cli.seed_table import show_seeds
    from bbopt.session.folder_overview import folder_overview

    found = folder_overview(folder)
    if not found.seeds:
        raise InputError(
            "no seed has written here",
            place=Place(folder),
            expected=f"files named {SeedFile.RECORD.name_of('N')}",
            remedy=_remedy(folder),
        )
    show_seeds(Console(highlight=False), found, "best")
    return 0


def _remedy(folder: Path) -> str | None:
    inside = sorted({path.parent for path in folder.glob(f"*/{SeedFile.RECORD.name_of('*')}")})
    return f"did you mean {inside[0]}?" if inside else None
