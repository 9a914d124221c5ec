"""`bbopt archive FOLDER [RUN ...]`: the files of runs in one zip file."""

from __future__ import annotations

from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_folder, named_runs
from bbopt.errors import InputError, Place
from bbopt.output_folder import OutputFolder

__all__ = ["archive"]


def archive(arguments: Arguments) -> int:
    """Write it, of all runs where none is named."""
    words = arguments.given.words
    folder = named_folder(words)
    from bbopt.session.run_files import archive_runs, runs_with_folders

    runs = named_runs(folder, words[1:]) or runs_with_folders(OutputFolder(folder))
    if not runs:
        raise InputError(
            "no run has a folder here", place=Place(folder), remedy="run-folders = true gives each run one"
        )
    path = Path(arguments.own.optional_text("output") or f"{folder.resolve().name}.zip")
    n_files = archive_runs(folder, runs, path)
    print(f"{path}: {n_files} files of {len(runs)} runs")
    return 0
