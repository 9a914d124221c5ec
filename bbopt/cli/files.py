"""`bbopt files FOLDER RUN`: the files of a run that has a folder, or has left a checkpoint."""

from __future__ import annotations

from bbopt.cli.command import Arguments
from bbopt.cli.output_words import named_results, named_runs, needed_runs

__all__ = ["files"]


def files(arguments: Arguments) -> int:
    """List them with their sizes."""
    words = arguments.given.words
    results = named_results(arguments)
    runs = needed_runs(words, "bbopt files FOLDER RUN, or best")
    from bbopt.session.checkpoint_files import files_of_run

    for run in named_runs(results, runs):
        for file in files_of_run(results.output, run):
            size = f"-> {file.link}" if file.link is not None else _size(file.n_bytes)
            print(f"{file.path}  {size}")
    return 0


def _size(n_bytes: int) -> str:
    size, units = float(n_bytes), ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"
