"""What the seeds of an output folder have reached, running or finished, told from their files alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bbopt.errors import BboptError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import lock_holder, lock_path
from bbopt.space import Space, parse_pcs, read_pcs
from bbopt.stores.folder.declared_space import journal_head, pcs_text_in
from bbopt.stores.folder.reader import JournalReader
from bbopt.stores.records import UNKNOWN_ORIGIN
from bbopt.stores.status import SeedStatus, StoreStatus

__all__ = ["folder_status"]


def folder_status(output: OutputFolder) -> StoreStatus:
    """The status of the searches with this output folder; StateError when it can't be listed.

    Files that are torn, damaged or of another kind cost what they hold, and say so as `problem`.
    """
    try:
        journals = output.files(SeedFile.RECORD)
    except OSError as error:
        raise StateError(f"cannot look into {output.path}: {error.strerror or error}") from error
    spaces: dict[str, Space] = {}
    seeds = [_seed_status(seed, path, status, spaces) for seed, (path, status) in journals.items()]
    return StoreStatus(tuple(seeds), next(iter(spaces.values()), None))


def _seed_status(seed: int, path: Path, status: os.stat_result, spaces: dict[str, Space]) -> SeedStatus:
    runs, identity, problem = [], None, None
    try:
        space = _space_of(path, seed, spaces)
        if space is not None:
            reader = JournalReader(path, space, refuse_other_space=False)
            runs, identity = reader.poll(), reader.identity
            if reader.skipped:
                problem = f"{reader.skipped} stretches can't be read; the first is {reader.problems[0]}"
    except BboptError as error:
        problem = error.what
    holder = lock_holder(lock_path(path))
    is_bbopts = any(run.request.origin.kind != UNKNOWN_ORIGIN for run in runs)
    found = SeedStatus(
        seed,
        last_activity=status.st_mtime,
        is_alive=holder.is_alive if holder else False if is_bbopts else None,  # SMAC v2 leaves no lock file
        pid=holder.process.pid if holder else None,
        host=holder.process.host_name if holder else None,
        problem=problem,
    )
    return found.counting(runs, identity)


def _space_of(path: Path, seed: int, spaces: dict[str, Space]) -> Space | None:
    """The space that the journal names, or else the copy in the state folder; None before the first run.

    Raises a BboptError when there are runs, but neither can be used.
    """
    head = journal_head(path)
    text = pcs_text_in(head)
    try:
        if text is not None:
            return _known(text, spaces, lambda: parse_pcs(text, str(path)))
        copy = OutputFolder(path.parent).file(SeedFile.STATE, seed) / "param.pcs"
        if copy.exists():
            return _known(str(copy), spaces, lambda: read_pcs(copy))
    except BboptError as error:
        raise StateError(f"the parameter space of {path} can't be read: {error.what}") from error
    if b'"r-rc"' in head:
        raise StateError(f"{path} does not say which parameters its runs have")
    return None


def _known(key: str, spaces: dict[str, Space], build: Callable[[], Space]) -> Space:
    """The eight seeds of a folder have one space, compiled once."""
    if key not in spaces:
        spaces[key] = build()
    return spaces[key]
