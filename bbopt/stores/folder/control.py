"""The runs under way in one file of a seed, and a folder with one file for each request to its search.

Both kinds of files are replaced or come as a whole, so that nobody reads half of one.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bbopt.durable_files import atomic_write, file_error
from bbopt.errors import StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.stores.control import Request, RunUnderWay

__all__ = ["FolderControl"]

_SUFFIX = ".json"
_LONGEST_REQUEST_BYTES = 1 << 20


class FolderControl:
    """The files of one seed: a Control."""

    def __init__(self, output: OutputFolder, seed: int) -> None:
        self._shown = output.file(SeedFile.UNDER_WAY, seed)
        self._requests = output.file(SeedFile.REQUESTS, seed)
        self._taken: set[str] = set()

    def show(self, runs: Sequence[RunUnderWay]) -> None:
        """See Control."""
        with contextlib.suppress(StateError, OSError):  # it is for people's eyes, and comes again
            if not runs:
                self._shown.unlink(missing_ok=True)
                return
            atomic_write(self._shown, json.dumps([asdict(run) for run in runs]) + "\n", durable=False)

    def take(self) -> list[Request]:
        """See Control."""
        requests = (self._take(name) for name in self._names() if name not in self._taken)
        return [request for request in requests if request is not None]

    def _names(self) -> list[str]:
        try:
            names = os.listdir(self._requests)
        except OSError:
            return []
        return sorted(name for name in names if name.endswith(_SUFFIX) and not name.startswith("."))

    def _take(self, name: str) -> Request | None:
        path = self._requests / name
        try:
            with path.open("rb") as file:
                data = file.read(_LONGEST_REQUEST_BYTES)
            path.unlink()
        except FileNotFoundError:  # withdrawn
            return None
        except OSError:
            self._taken.add(name)  # once, although it stays
            return None
        return _parsed(data)

    @property
    def under_way(self) -> tuple[RunUnderWay, ...]:
        """See Control."""
        try:
            found = json.loads(self._shown.read_bytes())
            return tuple(RunUnderWay(**entry) for entry in found)
        except (OSError, ValueError, TypeError, RecursionError):
            return ()

    def ask(self, request: Request) -> str:
        """See Control."""
        identifier = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        try:
            self._requests.mkdir(exist_ok=True)
        except OSError as error:
            raise file_error("make", self._requests, error) from error
        atomic_write(self._path(identifier), json.dumps(request.entry()) + "\n", durable=False)
        return identifier

    def is_taken(self, identifier: str) -> bool:
        """See Control."""
        return not self._path(identifier).exists()

    def withdraw(self, identifier: str) -> None:
        """See Control."""
        with contextlib.suppress(OSError):
            self._path(identifier).unlink()

    def _path(self, identifier: str) -> Path:
        return self._requests / f"{identifier}{_SUFFIX}"


def _parsed(data: bytes) -> Request | None:
    try:
        return Request.from_entry(json.loads(data))
    except (ValueError, RecursionError):
        return None
