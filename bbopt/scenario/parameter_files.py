"""The parameter file: where it is looked up, and as which path SMAC v2 knows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place
from bbopt.scenario.input_paths import Folders, expand_home, find_file, joined

__all__ = ["ParameterFile", "find_parameter_file"]


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """A file; `text` is its path as SMAC v2 writes it, by which it tells scenarios apart.

    `smac2_reads` is the file that SMAC v2 reads in its place, None where it is the same.
    """

    text: str
    smac2_reads: str | None = None

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.text)


def find_parameter_file(text: str, folders: Folders, exec_folder: str, place: Place) -> ParameterFile:
    """The file that `text` names in one of `folders`, or else where only SMAC v2 looks.

    SMAC v2 goes from the root down to the folder that the target runs in, `exec_folder`, then likewise to
    that of the scenario file and to the experiment's, and takes the first file it meets.  Here what is near
    comes first: a file of the same name in /tmp or at home is hardly the one that is meant.
    """
    text = expand_home(text, folders.home, place)
    known = [path for path in _where_smac2_looks(text, folders, exec_folder) if os.path.isfile(path)]
    try:
        found = find_file(text, folders, "pcs-file", place)
    except InputError:
        if not known:
            raise
        found = find_file(known[0], folders, "pcs-file", place)
    same = next((path for path in known if os.path.samefile(path, found)), found)
    return ParameterFile(same, known[0] if known and known[0] != same else None)


def _where_smac2_looks(text: str, folders: Folders, exec_folder: str) -> Iterator[str]:
    current = str(folders.current)
    for folder in (exec_folder, folders.scenario or current, folders.experiment or current):
        for outer in _from_the_root(folder):
            yield joined(outer, text)
    yield joined(current, text)


def _from_the_root(folder: str) -> Iterator[str]:
    """The folders on the way to `folder`, which is the last one; `.` and `..` count as folders."""
    names = folder.split("/")
    for n_names in range(1, len(names) + 1):
        yield "/".join(names[:n_names]) or "/"
