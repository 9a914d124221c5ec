"""Following what the other seeds of a shared folder record, SMAC v2's processes among them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.storage.identity import JournalIdentity
from bbopt.storage.peer_file import PeerFile
from bbopt.storage.record import RecordedRun

__all__ = ["ForeignRun", "Peer", "SharedFolder"]

_LOOK_ANYWAY_S = 10.0
"""So often each file is opened even if its size and date stand still: a network file system may show old
ones, and shows the true ones to whoever opens the file."""


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """A run that the process with another seed executed."""

    seed: int
    run: RecordedRun


@dataclass(frozen=True, slots=True)
class Peer:
    """Another seed in the folder.

    `n_runs` counts the runs it gave us, `is_alive` is None where that can't be told (SMAC v2 leaves no lock
    file), `refused` says why its file is not used.
    """

    seed: int
    path: Path
    n_runs: int
    is_alive: bool | None
    refused: str | None


class SharedFolder:
    """The peers of one seed; `poll` never raises, whatever state their files are in.

    A peer's file is used when its instances, `algo-exec`, `algo-deterministic` and parameters are this
    scenario's (`JournalIdentity.refusal_of`); SMAC v2's rule, which asks for equal absolute paths as well,
    would keep apart hosts that mount the folder elsewhere.  Runs that a peer took over from another seed are
    left to that seed's file.
    """

    def __init__(
        self,
        output: OutputFolder,
        own_seed: int,
        identity: JournalIdentity,
        space: Space,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._own_seed = own_seed
        self._identity = identity
        self._space = space
        self._clock = clock
        self._files: dict[int, PeerFile] = {}
        self._looked_at = -float("inf")
        self._news: list[str] = []
        self._is_lost = False

    def poll(self) -> list[ForeignRun]:
        """The runs of peers since the last call, each once, in each file's order.

        Without news this costs a listing of the folder and a look at each file's size.
        """
        look_anyway = self._is_time_to_look()
        found = self._list()
        for seed, (path, _) in found.items():
            if seed not in self._files and seed != self._own_seed:
                self._files[seed] = PeerFile(path, seed, self._identity, self._space, self._clock)
        runs: list[ForeignRun] = []
        for seed, file in self._files.items():
            status = found[seed][1] if seed in found else None
            runs += [ForeignRun(seed, run) for run in file.poll(status, look_anyway=look_anyway)]
        return runs

    def _is_time_to_look(self) -> bool:
        now = self._clock()
        if 0 <= now - self._looked_at < _LOOK_ANYWAY_S:
            return False
        self._looked_at = now
        return True

    def _list(self) -> dict[int, tuple[Path, os.stat_result]]:
        try:
            found = self._output.files(SeedFile.RECORD)
        except OSError as error:
            if not self._is_lost:
                self._news.append(
                    f"cannot look into {self._output.path}: {error.strerror or error} (tried again)"
                )
            self._is_lost = True
            return {}
        self._is_lost = False
        return found

    @property
    def paths(self) -> dict[int, Path]:
        """The other seeds whose files were ever seen, in the seeds' order; looks at nothing on the disk."""
        return {seed: file.path for seed, file in sorted(self._files.items())}

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The other seeds whose files were ever seen, in the seeds' order."""
        return tuple(
            Peer(seed, file.path, file.n_runs, file.is_alive(), file.refused)
            for seed, file in sorted(self._files.items())
        )

    def take_news(self) -> list[str]:
        """What a user should be told, each text once: peers found, files refused, records skipped."""
        news, self._news = self._news, []
        for file in self._files.values():
            news += file.news
            file.news = []
        return news
