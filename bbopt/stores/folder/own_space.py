"""Journals read with the parameters that they name themselves, whatever is being searched now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bbopt.errors import BboptError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space, parse_pcs, read_pcs
from bbopt.stores.folder.declared_space import journal_head, pcs_text_in
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.records import RecordedRuns

__all__ = ["reader_in_its_space", "records_in_their_spaces"]


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
    head = journal_head(path)
    text = pcs_text_in(head)
    try:
        if text is not None:
            return _known(text, spaces, lambda: parse_pcs(text, str(path)))
        copy = _output_folder(path).file(SeedFile.STATE, seed) / "param.pcs"
        if copy.exists():
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
