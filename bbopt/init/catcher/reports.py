"""What the catcher tells, and where in the user's files the program is."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import traceback
from typing import Any

__all__ = ["Report", "failure", "is_users", "place", "users_frame"]

_CATCHER = os.path.dirname(os.path.realpath(__file__)) + os.sep
_PACKAGES = {"site-packages", "dist-packages", "click", "typer"}
_LIBRARIES = tuple(
    os.path.realpath(path)
    for path in {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if path
)


class Report:
    """What goes to the file; `parsers` are those made by the user's own files."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "caught.json")
        self._earlier: list[dict[str, Any]] = []
        self.parsers: list[tuple[Any, str]] = []
        self.is_at_work = False

    @property
    def has_earlier(self) -> bool:
        """Whether another parser has read before."""
        return bool(self._earlier)

    def used(self, parser: Any) -> None:
        """A parser that has read something else is none that was forgotten."""
        self.parsers[:] = [known for known in self.parsers if known[0] is not parser]

    def note(self, found: dict[str, Any]) -> None:
        """Keep what a parser says behind which another one may come."""
        self._earlier.append(found)
        self._write(self._merged(found))

    def finish(self, found: dict[str, Any]) -> None:
        """Write it, with what earlier parsers have said, and end the process."""
        self._write(self._merged(found))
        _leave()

    def end(self, how: dict[str, Any]) -> None:
        """The script is at its end, and was not caught."""
        if not self._earlier:
            self._write({"ended": how})
        _leave()

    def _merged(self, found: dict[str, Any]) -> dict[str, Any]:
        levels = [dict(level) for level in found["levels"]]
        known = {flag for level in levels for one in level["arguments"] for flag in one["flags"]}
        for earlier in self._earlier:
            for one in earlier["levels"][0]["arguments"]:
                if one["flags"] and not known.intersection(one["flags"]):
                    levels[0]["arguments"] = [*levels[0]["arguments"], one]
                    known.update(one["flags"])
        return dict(found, levels=levels)

    def _write(self, content: dict[str, Any]) -> None:
        self.is_at_work = True
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        self.is_at_work = False


def _leave() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def failure(error: BaseException) -> dict[str, Any]:
    """How the script has failed, and where in the user's files."""
    places = [
        place(frame.filename, frame.lineno or 0)
        for frame in traceback.extract_tb(error.__traceback__)
        if is_users(frame.filename)
    ]
    missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
    at = places[-1] if places else ""
    return {"error": type(error).__name__, "message": str(error), "at": at, "missing": missing}


def is_users(path: str) -> bool:
    """Whether a file is neither a library's nor this one."""
    whole = os.path.realpath(path)
    if not os.path.isfile(path) or whole.startswith(_CATCHER):
        return False
    return not whole.startswith(_LIBRARIES) and not set(whole.split(os.sep)) & _PACKAGES


def users_frame() -> tuple[str, int]:
    """The file and line of the user's that is being executed; "" where none is."""
    frame: Any = sys._getframe()
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "", 0


def place(file: str, line: int) -> str:
    """A line as it is told, "" for none."""
    return f"{os.path.relpath(file)}:{line}" if file else ""
