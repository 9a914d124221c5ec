"""Checkpoints of a search: which folder a run has, that no two have it at once, what becomes of it."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bbopt.durable_files import file_error
from bbopt.errors import LostFileError, StateError
from bbopt.folder_locks import FolderInUseError, FolderLock, FolderLocks, is_in_use
from bbopt.once import Once
from bbopt.output_folder import SHARED, OutputFolder
from bbopt.runs import Pair, RunRequest, RunResult
from bbopt.space import Configuration
from bbopt.target.supervisor import checkpoint_folder
from bbopt.target.supervisor.checkpoint_folder import FULL, Checkpoint
from bbopt.target.supervisor.wire import EndedBy, SupervisedRun

__all__ = ["CheckpointPlace", "Checkpoints"]

_LOG = logging.getLogger(__name__)

_WAITS_FOR_ROOM_S = 15.5
"""How long a full disk is waited for, as for what could not be put on record."""


@dataclass(frozen=True, slots=True)
class CheckpointPlace:
    """What a run goes on from, None for nothing, and the folder that it writes to."""

    last: Checkpoint | None
    out: Path


class Checkpoints:
    """The folders of checkpoints of the search with the seed `seed`.

    They have names of their own for each seed, whose record has a lock; with `is_shared` all seeds in the
    output folder have the same ones, each with a lock.  `target` tells one target from another.

    A run may begin when `take` has said so, and has its folder, through all its tries, until `release`.
    """

    def __init__(
        self,
        output: OutputFolder,
        seed: int,
        *,
        is_shared: bool = False,
        target: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._seed = seed
        self.is_shared = is_shared
        self._target = target
        self._clock = clock
        self._locks = FolderLocks()
        self._held: dict[str, FolderLock | None] = {}
        self._spares: list[str] = []
        self._spare_numbers = itertools.count(1)
        self._refused: set[str] = set()
        self._full_since: float | None = None
        self._told = Once()

    # ------------------------------------------------------------------ the search

    def open(self, *, goes_on: bool) -> None:
        """Begin, when the seed's record is this process's; one that does not go on sets earlier ones aside.

        StateError where the folder can't be used.
        """
        home = self._output.checkpoints
        if home.is_symlink():
            raise StateError(
                f"{home} is a link: what is in it could not be removed safely",
                remedy="move it away, or link the whole output folder",
            )
        for spare in home.glob(f".spare-{self._seed}-*"):  # a killed search has left it
            self._spares.append(str(spare))
        self.drop_spares()
        if not goes_on:
            shared = filter(self._is_idle_and_ours, self._output.checkpoint_folders(SHARED))
            own = self._output.checkpoint_folders(self._seed)
            self._output.set_aside_checkpoints([*own, *shared], self._seed)
        if self.is_shared:
            try:
                home.mkdir(parents=True, exist_ok=True)
                self._presence.touch()
            except OSError as error:
                raise file_error("write", self._presence, error) from error

    @property
    def _presence(self) -> Path:
        """The file that is there until a seed that shares folders has come to its end."""
        return self._output.checkpoints / f"seed-{self._seed}"

    def is_left_by_us(self, name: str) -> bool:
        """Whether a run of this seed was the last one in a folder; also one where none has been complete."""
        last = self.last(name)
        return not self.is_shared if last is None else last.run_id.startswith(f"{self._seed}-")

    def _is_idle_and_ours(self, name: str) -> bool:
        return self.is_left_by_us(name) and not is_in_use(self.path_of(name))

    @property
    def names(self) -> list[str]:
        """The names of all folders that there are."""
        return self._output.checkpoint_folders(SHARED if self.is_shared else self._seed)

    def name_of(self, configuration: Configuration, pair: Pair) -> str:
        """The name of the folder for runs of any budget."""
        told = [configuration.call_text(), pair.instance, pair.seed, self._target]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
        return f"{SHARED if self.is_shared else self._seed}-{digest}"

    def path_of(self, name: str) -> Path:
        """Where a folder is."""
        return self._output.checkpoints / name

    def last(self, name: str) -> Checkpoint | None:
        """What the last complete run in a folder has left."""
        return checkpoint_folder.current(str(self.path_of(name)))

    def leave(self) -> list[int]:
        """Need the folders no more; the other seeds that may, those that were killed or stopped included."""
        if not self.is_shared:
            return []
        with suppress(OSError):
            self._presence.unlink()  # before looking: of several that end at once, the last sees nobody
        ends = (path.name.partition("-")[2] for path in self._output.checkpoints.glob("seed-*"))
        return sorted(int(end) for end in ends if end.isdecimal())

    # ------------------------------------------------------------------ a run

    def is_in_use(self, configuration: Configuration, pair: Pair) -> bool:
        """Whether the run was refused its folder, since `look_again`."""
        return bool(self._refused) and self.name_of(configuration, pair) in self._refused

    @property
    def has_refused(self) -> bool:
        """Whether any run was, so that it is worth a try later."""
        return bool(self._refused)

    def look_again(self) -> None:
        """Forget what was refused: it may be free now."""
        self._refused.clear()

    def take(self, request: RunRequest) -> bool:
        """Have the folder for the run; False where another run has it, or a full disk has no room for it.

        StateError when there can't be one, and when the disk stays full.
        """
        name = self.name_of(request.configuration, request.pair)
        if name in self._held:
            self._refused.add(name)
            return False
        if self._try_to_take(name, request):
            self._full_since = None
            return True
        self._refused.add(name)
        return False

    def _try_to_take(self, name: str, request: RunRequest) -> bool:
        path = self.path_of(name)
        try:
            lock = self._lock(name)
        except FolderInUseError as error:
            if self._told.is_news(name):
                _LOG.info("%s: its run is put off.", error.what)
            return False
        except StateError as error:
            return self._has_to_wait(error, error.__cause__)
        try:
            spare = self._spares.pop() if self._spares and not path.exists() else None
            checkpoint_folder.open_folder(str(path), _facts(request), spare)
        except OSError as error:
            if lock is not None:
                lock.release()
            return self._has_to_wait(file_error("use", path, error), error)
        self._held[name] = lock
        return True

    def _lock(self, name: str) -> FolderLock | None:
        """The lock of a folder that is shared, see `FolderLocks.take`."""
        return self._locks.take(self.path_of(name)) if self.is_shared else None

    def _has_to_wait(self, error: StateError, cause: BaseException | None) -> bool:
        """False where the disk is full for a moment only; raises the error otherwise."""
        now = self._clock()
        self._full_since = now if self._full_since is None else self._full_since
        is_full = isinstance(cause, OSError) and cause.errno in FULL
        if not is_full or now - self._full_since > _WAITS_FOR_ROOM_S:
            raise error
        if self._told.is_news("full"):
            _LOG.warning("%s; the run waits", error)
        return False

    def place(self, request: RunRequest, run_id: str, uuid: str) -> CheckpointPlace | None:
        """Where a try of the run goes on from, and writes to; None where it has no folder.

        What was left at a larger budget than its own is not gone on from.
        """
        name = self.name_of(request.configuration, request.pair)
        if name not in self._held:
            return None
        last = self.last(name)
        if last is not None and last.budget > request.runlength:
            last = None
        out = checkpoint_folder.new_out(str(self.path_of(name)), request.runlength, run_id, uuid)
        return CheckpointPlace(last, Path(out))

    def ended(self, out: str, run: SupervisedRun, result: RunResult) -> None:
        """A try of a run is over: what it has left counts if it has succeeded."""
        path, name = Path(out).parent, Path(out).name
        try:
            if (lock := self._held.get(path.name)) is not None:
                lock.check()
            if run.has_checkpoint and result.status.is_solved:
                checkpoint_folder.promote(str(path), name)
            elif run.has_checkpoint or run.ended_by is not EndedBy.EXIT or run.n_survivors:
                checkpoint_folder.tidy(str(path))
        except LostFileError as error:
            self._warn("lost", f"the checkpoint of run {result.run_id} does not count: {error}")
        except OSError as error:
            self._warn("stuck", f"the checkpoints in {path} can't be put in order: {error}")

    def release(self, request: RunRequest) -> None:
        """The run is over, or not made; a folder with nothing in it goes."""
        self._release(self.name_of(request.configuration, request.pair))

    def release_all(self) -> None:
        """Nothing is under way any more."""
        for name in list(self._held):
            self._release(name)

    def _release(self, name: str) -> None:
        if name not in self._held:
            return
        lock = self._held.pop(name)
        if not self._is_set_free(name):
            self._clean(name, is_wanted=True)
        if lock is not None:
            lock.release()

    def _is_set_free(self, name: str) -> bool:
        """Whether the folder held nothing, and is there for the next configuration now."""
        spare = str(self._output.checkpoints / f".spare-{self._seed}-{next(self._spare_numbers)}")
        if self.last(name) is not None:
            return False
        try:
            is_free = checkpoint_folder.set_free(str(self.path_of(name)), spare)
        except OSError:
            return False
        if is_free:
            self._spares.append(spare)
        return is_free

    # ------------------------------------------------------------------ afterwards

    def drop_spares(self) -> None:
        """Remove the folders that hold nothing."""
        for spare in self._spares:
            try:
                checkpoint_folder.remove_spare(spare)
            except OSError as error:
                self._warn("stuck", f"{spare} can't be removed: {error}")
        self._spares.clear()

    def clean(self, name: str, *, is_wanted: bool) -> bool:
        """Remove a folder, or of one that `is_wanted` what is no complete run's; False while it is in use."""
        if name in self._held:
            return False
        try:
            lock = self._lock(name)
        except StateError:
            return False
        self._clean(name, is_wanted=is_wanted)
        if lock is not None:
            lock.release()
        return True

    def _clean(self, name: str, *, is_wanted: bool) -> None:
        path = str(self.path_of(name))
        try:
            if is_wanted and checkpoint_folder.current(path) is not None:
                if checkpoint_folder.about(path) is not None:
                    checkpoint_folder.tidy(path)
            else:
                checkpoint_folder.remove(path)
        except OSError as error:
            self._warn("stuck", f"the checkpoints in {path} can't be removed: {error}")

    def _warn(self, kind: str, text: str) -> None:
        if self._told.is_news(kind):
            _LOG.warning("%s", text)


def _facts(request: RunRequest) -> dict[str, object]:
    """What a folder's marker says for people, and for who looks for the best one's."""
    return {
        "settings": request.configuration.active_values,
        "instance": request.instance.name,
        "seed": request.seed,
    }
