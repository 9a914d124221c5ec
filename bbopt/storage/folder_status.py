"""What the seeds of an output folder have reached, running or finished, told from their files alone."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bbopt.errors import BboptError, StateError
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_lock import lock_holder, lock_path
from bbopt.runs.values import RunStatus
from bbopt.space import Space, parse_pcs, read_pcs
from bbopt.storage.reader import JournalReader
from bbopt.storage.record import UNKNOWN_ORIGIN, RecordedRun

__all__ = ["FolderStatus", "SeedStatus", "folder_status"]

_PCS_TEXT = re.compile(rb'"pcs-text"\s*:\s*"')
_SEARCHED_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """One seed's journal and process.

    `best_cost` is the smallest quality of a run that did not fail, `best_configuration` the text of its
    configuration as in a call; None without such a run.  `last_activity` is in seconds since the epoch, by
    the clock of whoever keeps the file.  `is_alive` is None where it can't be told; `pid` and `host` are
    those of the process that holds the journal, or died while it did.  `taken_from` counts the runs taken
    over from other seeds.  `problem` says why the runs, or some, can't be counted.
    """

    seed: int
    path: Path
    n_runs: int = 0
    n_failures: int = 0
    best_cost: float | None = None
    best_configuration: str | None = None
    last_activity: float | None = None
    is_alive: bool | None = None
    pid: int | None = None
    host: str | None = None
    taken_from: tuple[tuple[int, int], ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """All seeds of a folder, in their order, and the parameters of the first one that names them."""

    folder: Path
    seeds: tuple[SeedStatus, ...]
    space: Space | None = None

    @property
    def best(self) -> SeedStatus | None:
        """The seed with the smallest `best_cost`."""
        with_cost = [seed for seed in self.seeds if seed.best_cost is not None]
        return min(with_cost, key=lambda seed: seed.best_cost or 0.0, default=None)


def folder_status(output: OutputFolder) -> FolderStatus:
    """The status of the searches with this output folder; StateError when it can't be listed.

    Files that are torn, damaged or of another kind cost what they hold, and say so as `problem`.
    """
    try:
        journals = output.files(SeedFile.RECORD)
    except OSError as error:
        raise StateError(f"cannot look into {output.path}: {error.strerror or error}") from error
    spaces: dict[str, Space] = {}
    seeds = [_seed_status(seed, path, status, spaces) for seed, (path, status) in journals.items()]
    return FolderStatus(output.path, tuple(seeds), next(iter(spaces.values()), None))


@dataclass(slots=True)
class _Count:
    """What is summed up over a journal's runs."""

    n_runs: int = 0
    n_failures: int = 0
    best: RecordedRun | None = None
    is_bbopts: bool = False
    taken_from: Counter[int] = field(default_factory=Counter)

    def add(self, run: RecordedRun) -> None:
        result = run.result
        self.n_runs += 1
        self.n_failures += result.status.is_failure
        self.is_bbopts |= run.request.origin.kind != UNKNOWN_ORIGIN
        if run.reused_from is not None:
            self.taken_from[run.reused_from] += 1
        is_better = self.best is None or result.quality < self.best.result.quality
        if not result.status.is_failure and result.status is not RunStatus.KILLED and is_better:
            self.best = run


def _seed_status(seed: int, path: Path, status: os.stat_result, spaces: dict[str, Space]) -> SeedStatus:
    count, problem = _Count(), None
    try:
        space = _space_of(path, seed, spaces)
        if space is not None:
            reader = JournalReader(path, space, refuse_other_space=False)
            for run in reader.poll():
                count.add(run)
            if reader.skipped:
                problem = f"{reader.skipped} stretches can't be read; the first is {reader.problems[0]}"
    except BboptError as error:
        problem = error.what
    holder = lock_holder(lock_path(path))
    best = count.best
    return SeedStatus(
        seed,
        path,
        count.n_runs,
        count.n_failures,
        best_cost=best.result.quality if best else None,
        best_configuration=best.request.configuration.call_text() if best else None,
        last_activity=status.st_mtime,
        is_alive=holder.is_alive if holder else False if count.is_bbopts else None,
        pid=holder.process.pid if holder else None,
        host=holder.process.host_name if holder else None,
        taken_from=tuple(sorted(count.taken_from.items())),
        problem=problem,
    )


def _space_of(path: Path, seed: int, spaces: dict[str, Space]) -> Space | None:
    """The space that the journal names, or else the copy in the state folder; None before the first run.

    Raises a BboptError when there are runs, but neither can be used.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_SEARCHED_BYTES)
    except OSError as error:
        raise StateError(f"cannot read {path}: {error.strerror or error}") from error
    text = _pcs_text(head)
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


def _pcs_text(head: bytes) -> str | None:
    for match in _PCS_TEXT.finditer(head):
        try:
            value, _ = json.JSONDecoder().raw_decode(head[match.end() - 1 :].decode("utf-8", "replace"))
        except ValueError:
            continue
        return str(value)
    return None
