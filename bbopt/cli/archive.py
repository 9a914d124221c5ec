"""`bbopt archive FOLDER [RUN ...]`: the files of runs in one zip file."""

from __future__ import annotations

from pathlib import Path

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results, named_runs
from bbopt.errors import InputError, Place

__all__ = ["archive"]


def archive(arguments: Arguments) -> int:
    """Write it, of all runs where none is named."""
    words = arguments.given.words
    results = named_results(arguments)
    from bbopt.session.run_files import archive_runs, runs_with_folders

    runs = named_runs(results, words[1:]) or runs_with_folders(results.output)
    if not runs:
        raise InputError(
            "no run has a folder here",
            place=Place(results.shown),
            remedy="run-folders = true gives each run one",
        )
    path = Path(arguments.own.optional_text("output") or f"{results.folder.resolve().name}.zip")
    n_files = archive_runs(results, runs, path)
    print(f"{path}: {n_files} files of {len(runs)} runs")
    return 0
