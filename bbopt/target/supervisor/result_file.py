"""The file in which a program may leave its results."""

from __future__ import annotations

import os
from pathlib import Path

from bbopt.target.supervisor.wire import RESULT_FILE

__all__ = ["ResultFile"]

_MAX_BYTES = 1024 * 1024
_VARIABLE = "BBOPT_RESULT_FILE"
_NAME = "result"


class ResultFile:
    """A path in a new folder that only the user can enter, as other users see it among the arguments."""

    def __init__(self, uuid: str) -> None:
        """Make the folder; raises OSError."""
        self._folder = Path(os.environ.get("TMPDIR") or "/tmp", f"bbopt-{uuid}")
        self._folder.mkdir(0o700)
        self._path = self._folder / _NAME

    def told_in(self, argv: list[str]) -> list[str]:
        """The arguments with the path in its places."""
        return [word.replace(RESULT_FILE, str(self._path)) for word in argv]

    @property
    def environment(self) -> dict[str, str]:
        """The variable with the path."""
        return {_VARIABLE: str(self._path)}

    def take(self) -> str:
        """The text in it, "" if there is none; the folder is removed."""
        try:
            with self._path.open("rb") as file:
                return file.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""
        finally:
            self._remove()

    def _remove(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            self._folder.rmdir()
        except OSError:  # the program has left something else there
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)
