"""Following what the other seeds of an output folder record, SMAC v2's processes among them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from bbopt.once import Once
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.space import Space
from bbopt.stores.contract import News, Peer
from bbopt.stores.folder.forgotten import forgotten_runs
from bbopt.stores.folder.peer_file import PeerFile
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import ForeignRun, remembered

__all__ = ["FolderFollower"]

_LOOK_ANYWAY_S = 10.0
"""So often each file is opened even if its size and date stand still: a network file system may show old
ones, and shows the true ones to whoever opens the file."""


class FolderFollower:
    """The peers of one seed: a Follower, whatever state their files are in.

    A peer's file is used when its instances, `algo-exec`, `algo-deterministic` and parameters are this
    scenario's (`RecordIdentity.refusal_of`); SMAC v2's rule, which asks for equal absolute paths as well,
    would keep apart hosts that mount the folder elsewhere.  Runs that a peer took over from another seed are
    left to that seed's file.
    """

    def __init__(
        self,
        output: OutputFolder,
        own_seed: int | None,
        identity: RecordIdentity | None,
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
        self._news: list[News] = []
        self._lost = Once()

    def poll(self) -> list[ForeignRun]:
        """See Follower.

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
            if new := file.poll(status, look_anyway=look_anyway):
                forgotten = forgotten_runs(self._output)
                runs += [ForeignRun(seed, run) for run in remembered(new, seed, forgotten)]
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
            if self._lost.is_news():
                text = f"cannot look into {self._output.path}: {error.strerror or error} (tried again)"
                self._news.append(News(logging.WARNING, text))
            return {}
        self._lost.forget()
        return found

    @property
    def is_behind(self) -> bool:
        """See Follower."""
        return any(file.is_behind for file in self._files.values())

    @property
    def peers(self) -> tuple[Peer, ...]:
        """See Follower."""
        files = sorted(self._files.items())
        return tuple(Peer(seed, file.path.name, file.n_runs, file.refused) for seed, file in files)

    def take_news(self) -> list[News]:
        """See Follower."""
        news, self._news = self._news, []
        for file in self._files.values():
            news += file.news
            file.news = []
        return news
