"""Files of the user's with their names in a run folder: `data/*.csv -> input/`."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import InputError, Place, Problems, did_you_mean, nearest
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import FACTS, RUN_FACTS, split_words
from bbopt.scenario.input_paths import Folders, expand_home, find_file, joined

__all__ = ["Placement", "name_in_folder", "read_placements", "read_template_files", "refuse_twice"]

_ARROW = re.compile(r"(?P<source>.+?)\s*->\s*(?P<name>.*)")
_OF_RUN_FOLDER = "{run-folder}/"


@dataclass(frozen=True, slots=True)
class Placement:
    """A file or folder of the user's, and its name in the run folder."""

    source: Path
    name: str
    place: Place


def read_template_files(values: OptionValues, folders: Folders) -> tuple[Placement, ...]:
    """The templates, which are found as all input files are; InputError for one that is not."""
    placements = []
    for text, place in values.placed_texts("template"):
        source, name = _arrow(text)
        path = find_file(source, folders, "template", place)
        placements.append(Placement(Path(path), name_in_folder(name or os.path.basename(path), place), place))
    return tuple(placements)


def _arrow(text: str) -> tuple[str, str]:
    match = _ARROW.fullmatch(text.strip())
    return (match["source"], match["name"]) if match else (text.strip(), "")


def name_in_folder(text: str, place: Place) -> str:
    """The name in a run folder that `text` gives, perhaps in folders of it; InputError."""
    name = os.path.normpath(text.removeprefix(_OF_RUN_FOLDER))
    if not text or os.path.isabs(name) or name.split("/")[0] in {".", ".."}:
        raise InputError(
            "this is no name of a file in the run folder",
            place=place,
            got=text,
            expected="a name without a path, or one that leads into a folder of it: input/mesh.txt",
        )
    if fact := next((fact for fact in (*FACTS, *RUN_FACTS) if f"{{{fact}}}" in name), None):
        raise InputError(
            f"a name in the run folder can't have the placeholder {{{fact}}}",
            place=place,
            got=text,
            expected="the same name in every run's folder",
        )
    return name


def read_placements(option: str, values: OptionValues, folders: Folders) -> tuple[Placement, ...]:
    """What `copy-files` or `link-files` names; InputError (InputErrors) for what is not there."""
    problems = Problems()
    found: list[Placement] = []
    for text, place in values.placed_texts(option):
        try:
            found += _placed(text, option, folders, place)
        except InputError as error:
            problems.extend(error.errors)
    problems.raise_if_any()
    return tuple(found)


def _placed(text: str, option: str, folders: Folders, place: Place) -> list[Placement]:
    source, name = _arrow(text)
    paths = [path for word in split_words(source, place) for path in _matches(word, option, folders, place)]
    return [Placement(Path(path), name_in_folder(_placed_name(path, name), place), place) for path in paths]


def _placed_name(path: str, name: str) -> str:
    """The arrow's name, or the file's own, in the folder that the arrow names."""
    own = os.path.basename(path)
    if not name:
        return own
    return name + own if name.endswith("/") else name


def _matches(word: str, option: str, folders: Folders, place: Place) -> Sequence[str]:
    """The paths that a word stands for, in the first folder that has any; the scenario's comes first."""
    text = expand_home(word, folders.home, place)
    bases = dict.fromkeys(filter(None, (folders.scenario, *folders.search_order)))
    candidates = list(dict.fromkeys(joined(base, text) for base in bases))
    for candidate in candidates:
        if os.path.lexists(candidate):
            return [candidate]
        if found := sorted(glob.glob(candidate)):
            return found
    near = nearest(os.path.basename(text), _names_beside(candidates), limit=1)
    raise InputError(
        f"{option} names a file that does not exist",
        place=place,
        got=word,
        expected=f"existing files; looked for {', '.join(candidates)}",
        remedy=did_you_mean(near),
    )


def _names_beside(paths: Sequence[str]) -> list[str]:
    names: list[str] = []
    for path in paths:
        try:
            names += os.listdir(os.path.dirname(path))
        except OSError:
            continue
    return names


def refuse_twice(placements: Sequence[Placement], parameters_file: str, place: Place) -> None:
    """No two things may have one name; a template is never filled in over itself."""
    named = [(placement.name, placement.place) for placement in placements]
    if parameters_file:
        named.append((parameters_file, place))
    seen: dict[str, Place] = {}
    problems = Problems()
    for name, where in named:
        if name in seen:
            problems.append(
                InputError(
                    f"two files of the run folder have the name {name}",
                    place=where,
                    expected=f"another name; the first is at {seen[name]}",
                    remedy="give it one behind an arrow: FILE -> NAME",
                )
            )
        seen.setdefault(name, where)
    problems.raise_if_any()
