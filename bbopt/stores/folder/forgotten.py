"""Which runs of a seed shall not count any more: a file that says so, beside a journal that keeps them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from bbopt.append_file import AppendFile
from bbopt.output_folder import OutputFolder, SeedFile

__all__ = ["forget_runs", "forgotten_runs"]


def forget_runs(path: Path, names: Sequence[str], by: str) -> None:
    """Add the runs to those in the file; StateError when that is not possible."""
    with AppendFile(path, exclusive=True) as file:
        for name in names:
            file.append(json.dumps({"run": name, "by": by, "at": time.time()}))


def forgotten_runs(output: OutputFolder) -> frozenset[str]:
    """The names of the runs of all seeds, for one may have taken over what another one has to forget.

    A line that is torn says nothing.
    """
    try:
        paths = [path for path, _ in output.files(SeedFile.FORGOTTEN).values()]
        lines = [line for path in paths for line in path.read_bytes().splitlines()]
    except OSError:
        return frozenset()
    return frozenset(name for line in lines if (name := _name(line)))


def _name(line: bytes) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return ""
    return str(found.get("run", "")) if isinstance(found, dict) else ""
