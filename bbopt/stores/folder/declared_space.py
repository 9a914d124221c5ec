"""The parameters that a journal says its runs have: SMAC v2 writes the parameter file's text into each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.errors import BboptError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.regular_files import open_regular
from bbopt.space import Space, parse_pcs, read_pcs
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.identity import declared_space
from bbopt.stores.records import RecordedRuns

__all__ = ["reader_in_its_space", "records_in_their_spaces", "space_of_journal"]

_PCS_TEXT = re.compile(rb'"pcs-text"\s*:\s*"')
_SEARCHED_BYTES = 1 << 22


def space_of_journal(path: Path, space: Space) -> Space:
    """`space`, or the journal's own where that declares other parameters.

    Raises StateError when it can't be read.
    """
    text = _pcs_text_in(_head(path)) if path.is_file() else None
    return space if text is None else declared_space(text, str(path), space)


def records_in_their_spaces(journals: Iterable[tuple[int, Path]]) -> Iterator[tuple[int, RecordedRuns]]:
    """The seeds with their records; one that can't be read has no runs, and says why."""
    spaces: dict[str, Space] = {}
    for seed, path in journals:
        try:
            reader = reader_in_its_space(path, seed, spaces)
            runs = tuple(reader.poll()) if reader else ()
        except BboptError as error:
            yield seed, RecordedRuns(str(path), (), None, (), (error.what,), 1)
            continue
        if reader is None:
            yield seed, RecordedRuns(str(path), (), None, ())
        else:
            instances, problems = reader.decoder.instances, tuple(reader.problems)
            yield seed, RecordedRuns(str(path), instances, reader.identity, runs, problems, reader.skipped)


def reader_in_its_space(path: Path, seed: int, spaces: dict[str, Space]) -> JournalReader | None:
    """A reader that skips what is of another space than its first run; None before that run.

    `spaces` has those known by now.  Raises a BboptError when the space can't be found out.
    """
    space = _space_of(path, seed, spaces)
    return None if space is None else JournalReader(path, space, refuse_other_space=False)


def _space_of(path: Path, seed: int, spaces: dict[str, Space]) -> Space | None:
    """The space that the journal names, or else the copy in the state folder; None before the first run.

    Raises a BboptError when there are runs, but neither can be used.
    """
    head = _head(path)
    text = _pcs_text_in(head)
    try:
        if text is not None:
            return _known(text, spaces, lambda: parse_pcs(text, str(path)))
        copy = _output_folder(path).file(SeedFile.STATE, seed) / "param.pcs"
        if copy.is_file():
            return _known(str(copy), spaces, lambda: read_pcs(copy))
    except BboptError as error:
        raise StateError(f"the parameter space of {path} can't be read: {error.what}") from error
    if b'"r-rc"' in head:
        raise StateError(f"{path} does not say which parameters its runs have")
    return None


def _output_folder(journal: Path) -> OutputFolder:
    """Where its seed's other files are; a hidden journal is in the state folder."""
    folder = journal.parent
    return OutputFolder(folder if SeedFile.STATE.seed_in(folder.name) is None else folder.parent)


def _known(key: str, spaces: dict[str, Space], build: Callable[[], Space]) -> Space:
    """The eight seeds of a folder have one space, compiled once."""
    if key not in spaces:
        spaces[key] = build()
    return spaces[key]


def _head(path: Path) -> bytes:
    """The beginning of the journal, in which the text stands; StateError when it can't be read."""
    try:
        with open_regular(path) as file:
            return file.read(_SEARCHED_BYTES)
    except OSError as error:
        raise file_error("read", path, error) from error


def _pcs_text_in(head: bytes) -> str | None:
    """The first such text in a journal's head; None before the first run."""
    for match in _PCS_TEXT.finditer(head):
        try:
            value, _ = json.JSONDecoder().raw_decode(head[match.end() - 1 :].decode("utf-8", "replace"))
        except ValueError:
            continue
        return str(value)
    return None
