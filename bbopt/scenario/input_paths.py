"""Where relative paths of input files lead."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place, did_you_mean, nearest
from bbopt.shell_words import shell_word

__all__ = [
    "Folders",
    "expand_home",
    "find_file",
    "find_folder",
    "find_path",
    "home_folder",
    "joined",
]


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders in which input files are looked up, in this order; all absolute.

    `home` is what a leading `~` stands for, None where nobody knows it; `experiment` is --experiment-dir,
    `scenario` the folder of the scenario file.  These two are texts as `joined` makes them, because a Path
    drops the `.` that SMAC v2 keeps.
    """

    current: Path
    home: Path | None
    experiment: str | None = None
    scenario: str | None = None

    @property
    def search_order(self) -> tuple[str, ...]:
        """The folders without repetition."""
        texts: dict[Path, str] = {}
        for text in filter(None, (str(self.current), self.experiment, self.scenario)):
            texts.setdefault(Path(text), text)
        return tuple(texts.values())


def joined(folder: str, text: str) -> str:
    """The path `text`, relative to the absolute `folder`, as SMAC v2 writes it.

    That is as it was given, `.` and `..` included, but with single slashes and none at the end.
    """
    whole = text if text.startswith("/") else f"{folder}/{text}"
    return "/" + "/".join(filter(None, whole.split("/")))


def home_folder() -> Path | None:
    """The user's home; None for a user without HOME that the system does not know (in containers)."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expand_home(text: str, home: Path | None, place: Place) -> str:
    """`text` with a leading `~` replaced by `home`; raises InputError when that is not known."""
    if text != "~" and not text.startswith("~/"):
        return text
    if home is None:
        raise InputError(
            "the home folder is not known",
            place=place,
            got=repr(text),
            remedy="set the environment variable HOME, or write the path without ~",
        )
    return joined(str(home), text[2:])


def find_file(text: str, folders: Folders, what: str, place: Place) -> str:
    """The absolute path of the input file `text`, as `joined` writes it.

    Raises InputError when it is in none of the folders, is no file, or can't be read.
    """
    path = _find(text, folders, what, place)
    if not os.path.isfile(path):
        raise InputError(f"the {what} is not a file", place=place, got=path, expected="a readable file")
    return _readable(path, what, place, "file")


def find_path(text: str, folders: Folders, what: str, place: Place) -> str:
    """As `find_file` for what may also be a folder."""
    path = _find(text, folders, what, place)
    if os.path.isdir(path):
        return _readable(path, what, place, "folder")
    return find_file(text, folders, what, place)


def find_folder(text: str, folders: Folders, what: str, place: Place) -> str:
    """The absolute path of the existing folder `text`, likewise; raises InputError when there is none."""
    path = _find(text, folders, what, place)
    if not os.path.isdir(path):
        raise InputError(f"the {what} is not a folder", place=place, got=path, expected="a folder")
    return path


def _readable(path: str, what: str, place: Place, kind: str) -> str:
    if not os.access(path, os.R_OK):
        raise InputError(
            f"the {what} can't be read",
            place=place,
            got=path,
            expected=f"a readable {kind}",
            remedy=f"chmod u+r {shell_word(path)}",
        )
    return path


def _find(text: str, folders: Folders, what: str, place: Place) -> str:
    path = expand_home(text, folders.home, place)
    candidates = tuple(dict.fromkeys(joined(folder, path) for folder in folders.search_order))
    for candidate in candidates:
        if os.path.exists(candidate):  # unlike Path.exists, it answers for names that are too long
            return candidate
    near = [name for candidate in candidates for name in _near_names(Path(candidate))]
    raise InputError(
        f"the {what} does not exist",
        place=place,
        got=repr(text),
        expected=f"an existing path; looked for {', '.join(candidates)}",
        remedy=did_you_mean(near),
    )


def _near_names(path: Path) -> tuple[str, ...]:
    """The names most like that of `path` in its folder."""
    try:
        return nearest(path.name, os.listdir(path.parent), limit=1)
    except (OSError, ValueError):
        return ()
