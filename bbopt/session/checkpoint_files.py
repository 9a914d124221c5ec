"""The checkpoints in an output folder: of a configuration, and what a single run has left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bbopt.output_folder import OutputFolder
from bbopt.session.run_files import RunFile, files_in, run_files
from bbopt.space import Configuration
from bbopt.target.supervisor import checkpoint_folder
from bbopt.target.supervisor.checkpoint_folder import Checkpoint

__all__ = ["checkpoint_of", "files_of_run"]


class _Found(NamedTuple):
    about: dict[str, Any]
    checkpoint: Checkpoint


def checkpoint_of(output: OutputFolder, configuration: Configuration) -> Checkpoint | None:
    """What the longest run of the configuration has left, on whatever instance and with whatever seed."""
    settings = configuration.active_values
    found = [one.checkpoint for one in _checkpoints_in(output) if one.about.get("settings") == settings]
    return max(found, key=lambda one: one.budget, default=None)


def files_of_run(output: OutputFolder, run: str) -> list[RunFile]:
    """All files of a run by their names, in its folder and in the checkpoint that it has left.

    InputError where it has neither.
    """
    left = [one.checkpoint.path for one in _checkpoints_in(output) if one.checkpoint.run_id == run]
    files = [] if left and not (output.runs / run).is_dir() else run_files(output, run)
    return [*files, *(file for path in left for file in files_in(Path(path)))]


def _checkpoints_in(output: OutputFolder) -> Iterator[_Found]:
    for name in output.checkpoint_folders():
        path = str(output.checkpoints / name)
        about, checkpoint = checkpoint_folder.about(path), checkpoint_folder.current(path)
        if about is not None and checkpoint is not None:
            yield _Found(about, checkpoint)
