"""What the seeds of an output folder have reached, running or finished, told from their files alone."""

from __future__ import annotations

import os
from pathlib import Path

from bbopt.errors import BboptError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import lock_holder, lock_path
from bbopt.space import Space
from bbopt.stores.folder.declared_space import reader_in_its_space
from bbopt.stores.folder.forgotten import forgotten_runs
from bbopt.stores.records import UNKNOWN_ORIGIN, remembered
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
    seeds = [_seed_status(output, seed, path, status, spaces) for seed, (path, status) in journals.items()]
    return StoreStatus(tuple(seeds), next(iter(spaces.values()), None))


def _seed_status(
    output: OutputFolder, seed: int, path: Path, status: os.stat_result, spaces: dict[str, Space]
) -> SeedStatus:
    runs, identity, problem = [], None, None
    try:
        reader = reader_in_its_space(path, seed, spaces)
        if reader is not None:
            runs, identity = reader.poll(), reader.identity
            runs = list(remembered(runs, seed, forgotten_runs(output)))
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
