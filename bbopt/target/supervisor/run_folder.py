"""The folder that a run works in, on the machine where it runs: made before, brought back behind."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bbopt.target.supervisor.markers import read_marker

__all__ = [
    "MARKER",
    "OUTPUT_NAME",
    "FolderOrder",
    "bring_back",
    "clear_results",
    "is_ours",
    "make",
    "remove",
    "results",
]

MARKER = ".bbopt-run.json"
"""What says in a folder that bbopt has made it, and for which run."""

OUTPUT_NAME = "process_output.log"
"""All that the run has printed (Rescale's name)."""


_MAX_RESULTS_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FolderOrder:
    """A folder to make at `path` for one run; nobody else's is ever used or removed.

    `about` is what the marker tells people besides the run's name.  `files` have their content by their names
    in the folder, as Latin-1 text, a character a byte, and some are `executables`; `copies` and `links` what
    is copied and linked to.  `before` and `after` are commands to run in it; `results_file` is what the
    program writes there, "" for none.  Where the run does not work where its folder shall end, it is brought
    to `kept_at`, "" for no such place.
    """

    path: str
    about: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    executables: list[str] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    before: list[list[str]] = field(default_factory=list)
    after: list[list[str]] = field(default_factory=list)
    results_file: str = ""
    kept_at: str = ""

    @property
    def output_log(self) -> str:
        """The file for all that the run prints."""
        return os.path.join(self.path, OUTPUT_NAME)

    def message(self) -> dict[str, Any]:
        """The order as a message; `FolderOrder(**message)` reads it."""
        return {name: getattr(self, name) for name in self.__slots__}


def make(order: FolderOrder, run_id: str) -> None:
    """Make the folder with all that belongs into it; OSError, and then there is none.

    What another try of the same run has left (its worker was lost) makes room.
    """
    try:
        _make_new(order.path)
    except FileExistsError:
        if not is_ours(order.path, run_id):
            raise
        remove(order.path, run_id)
        _make_new(order.path)
    try:
        about = {"run": run_id, **order.about}
        _write(os.path.join(order.path, MARKER), json.dumps(about, indent=1).encode())
        _fill(order)
    except BaseException:
        with contextlib.suppress(OSError):
            _remove_tree(order.path)
        raise


def _make_new(path: str) -> None:
    try:
        os.mkdir(path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mkdir(path)


def _fill(order: FolderOrder) -> None:
    for name, target in _placed(order, order.links):
        os.symlink(target, name)
    for name, source in _placed(order, order.copies):
        _copy(source, name)
    for name, text in _placed(order, order.files):
        _write(name, text.encode("latin-1"))
    for name in order.executables:
        path = os.path.join(order.path, name)
        mode = os.stat(path).st_mode
        os.chmod(path, mode | (mode & 0o444) >> 2)  # whoever may read it


def _placed(order: FolderOrder, by_name: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The same with paths for names, whose folders are there."""
    for name, item in by_name.items():
        path = os.path.join(order.path, name)
        if "/" in name:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        yield path, item


def _write(path: str, content: bytes) -> None:
    """A new file: what stands there would be somebody's own, at the end of a link."""
    with open(path, "xb") as file:
        file.write(content)


def _copy(source: str, destination: str) -> None:
    import shutil  # most runs copy nothing

    if os.path.isdir(source):
        shutil.copytree(source, destination, symlinks=True)
    else:
        shutil.copy2(source, destination)


def clear_results(order: FolderOrder) -> None:
    """Remove an old results file, which came with the copied files, say; or a link to one."""
    if order.results_file:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(order.path, order.results_file))


def results(order: FolderOrder) -> str:
    """What the program has written, "" for nothing."""
    if not order.results_file:
        return ""
    try:
        with open(os.path.join(order.path, order.results_file), "rb") as file:
            return file.read(_MAX_RESULTS_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def bring_back(order: FolderOrder) -> str:
    """Move the folder to where it is kept; what went wrong, "" if nothing did."""
    if not order.kept_at:
        return ""
    import shutil

    try:
        os.makedirs(os.path.dirname(order.kept_at), exist_ok=True)
        shutil.move(order.path, order.kept_at)
    except (OSError, shutil.Error) as error:
        return f"the run folder {order.path} could not be brought to {order.kept_at}: {error}"
    return ""


def is_ours(path: str, run_id: str) -> bool:
    """Whether there is a folder that was made for the run."""
    found = read_marker(path, MARKER)
    return found is not None and found.get("run") == run_id


def remove(path: str, run_id: str) -> None:
    """Remove the folder of the run if it is ours: links, not what they lead to; OSError."""
    if is_ours(path, run_id):
        _remove_tree(path)


def _remove_tree(path: str) -> None:
    import shutil

    shutil.rmtree(path)
