"""Which run is being made by which seed, so that seeds that share a folder do not make it twice.

Claims are advice: when they can't be exchanged (a lock that is not to be had in time, a full disk, a folder
turned read-only) every run counts as free, which costs a run at worst.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import get_type_hints

from filelock import LeaseSettingsMismatch, SoftFileLease, Timeout

from bbopt.durable_files import atomic_write
from bbopt.errors import StateError
from bbopt.once import Once
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.process_identity import ProcessIdentity
from bbopt.process_lock import HolderWatch, lock_holder, lock_path
from bbopt.regular_files import open_regular
from bbopt.runs import Pair, RunRequest
from bbopt.space import Space
from bbopt.stores.claimed_runs import ClaimedRuns, claimed_settings, configuration_key
from bbopt.stores.contract import News

__all__ = ["FolderClaims"]

_LOCK_LEASE_S = 10.0
"""The lock is held for a few milliseconds; a holder on another host that is silent for so long has died."""

_HASTE_S = 0.02
"""Time for a second try, as the first may only remove the lock of a dead process."""

_READ_AT_MOST_BYTES = 1 << 24

_Run = tuple[str, Pair]
"""A configuration's key and the pair that it runs on."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """One line of the file; `since` is in seconds since the epoch, for people.

    `key` stands for the configuration, which runs on `instance` with `target_seed` for `runlength`.
    `settings` is the configuration as on a command line: the others' models know from it what is under way.
    """

    key: str
    instance: str
    target_seed: int
    runlength: int
    seed: int
    host: str
    pid: int
    start: int | None
    since: float
    settings: str = ""

    @property
    def owner(self) -> ProcessIdentity:
        return ProcessIdentity(self.host, self.pid, self.start)

    @property
    def run(self) -> _Run:
        return self.key, Pair(self.instance, self.target_seed, self.runlength)


_TYPES = get_type_hints(_Claim)


class FolderClaims:
    """One seed's view of the claims in a folder: Claims.

    A claim ends when it is released or its owner dies or is stopped (SIGSTOP): a process on this host is
    looked up; one on another host is judged by its journal's lock file, or, where that does not tell, dies
    `max_age_s` after its claim was first seen here.  No call waits longer than `timeout_s`, nor does any
    raise.
    """

    def __init__(
        self,
        output: OutputFolder,
        own_seed: int,
        space: Space,
        *,
        owner: ProcessIdentity | None = None,
        max_age_s: float = 3600.0,
        timeout_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = output.claims
        self._output = output
        self.others = ClaimedRuns(space)
        self._seed = own_seed
        self._owner = owner or ProcessIdentity.current()
        self._max_age_s = max_age_s
        self._timeout_s = timeout_s
        self._clock = clock
        self._wall_clock = wall_clock
        self._lock = SoftFileLease(
            lock_path(self.path), lease_duration=_LOCK_LEASE_S, thread_local=False, poll_interval=0.01
        )
        self._own: dict[_Run, _Claim] = {}
        self._first_seen: dict[_Claim, float] = {}
        self._watches: dict[int, HolderWatch] = {}
        self._is_degraded = False
        self._degraded = Once()
        self._news: list[News] = []

    def claim(self, request: RunRequest) -> bool:
        """See Claims."""
        run = configuration_key(request.configuration), request.pair
        if run in self._own:
            return True
        claim = self._own_claim(run, claimed_settings(request.configuration))
        with self._exclusively() as has_lock:
            others = self._read_others()  # under the lock: what somebody claimed a moment ago counts
            if self.others.is_running(request.configuration, request.pair):
                return False
            self._own[run] = claim  # one that can't be written goes with the next writing that works
            if has_lock:
                self._write(others)
        return True

    def _own_claim(self, run: _Run, settings: str) -> _Claim:
        key, pair = run
        owner = self._owner
        return _Claim(
            key,
            *pair,
            self._seed,
            owner.host,
            owner.pid,
            owner.start,
            self._wall_clock(),
            settings,
        )

    def release(self, request: RunRequest) -> None:
        """See Claims."""
        run = configuration_key(request.configuration), request.pair
        if self._own.pop(run, None) is not None:
            self._publish()

    def release_all(self) -> None:
        """See Claims."""
        if self._own:
            self._own.clear()
            self._publish()

    def refresh(self) -> None:
        """See Claims."""
        self._read_others()

    def take_news(self) -> list[News]:
        """See Claims."""
        news, self._news = self._news, []
        return news

    def _publish(self) -> None:
        with self._exclusively() as has_lock:
            if has_lock:
                self._write(self._read_others())

    @contextmanager
    def _exclusively(self) -> Iterator[bool]:
        """Hold the lock, if it is to be had; once it was not, it is hardly waited for until it is again."""
        try:
            self._lock.acquire(timeout=_HASTE_S if self._is_degraded else self._timeout_s)
        except (Timeout, LeaseSettingsMismatch):
            holder = lock_holder(lock_path(self.path))
            self._degrade(f"{self.path} is locked by {holder.process if holder else 'somebody'}")
            yield False
            return
        except OSError as error:
            self._degrade(f"cannot lock {self.path}: {error.strerror or error}")
            yield False
            return
        try:
            yield True
        finally:
            with suppress(OSError):
                self._lock.release()

    def _degrade(self, reason: str) -> None:
        if self._degraded.is_news():
            text = f"Seeds may run the same configurations for now, claims do not work: {reason}"
            self._news.append(News(logging.WARNING, text))
        self._is_degraded = True

    def _read_others(self) -> list[_Claim]:
        """The claims of other seeds that are alive; the view is theirs then."""
        try:
            with open_regular(self.path) as file:
                lines = file.read(_READ_AT_MOST_BYTES).splitlines()
        except OSError:
            lines = []
        claims = [claim for line in lines if (claim := _parse(line)) and claim.seed != self._seed]
        now = self._clock()  # the age is counted by one clock, for those of two hosts differ
        self._first_seen = {claim: self._first_seen.get(claim, now) for claim in claims}
        verdicts: dict[tuple[int, ProcessIdentity], bool | None] = {}
        alive = []
        for claim in claims:
            who = (claim.seed, claim.owner)
            if who not in verdicts:
                verdicts[who] = self._is_alive(*who)
            is_young = 0 <= now - self._first_seen[claim] <= self._max_age_s
            if verdicts[who] or (verdicts[who] is None and is_young):
                alive.append(claim)
        self.others.update((*claim.run, claim.settings) for claim in alive)
        return alive

    def _is_alive(self, seed: int, owner: ProcessIdentity) -> bool | None:
        if (is_alive := owner.is_alive()) is not None:
            return is_alive and not owner.is_stopped  # nobody knows whether it is ever continued
        if seed not in self._watches:
            journal = self._output.file(SeedFile.RECORD, seed)
            self._watches[seed] = HolderWatch(lock_path(journal), self._clock)
        holder = self._watches[seed].look()
        if holder is None:
            return None
        return holder.is_alive if holder.process.pid == owner.pid else False

    def _write(self, others: list[_Claim]) -> None:
        lines = [json.dumps(asdict(claim)) for claim in (*others, *self._own.values())]
        # Replaced, not written to: others read it without the lock.
        try:
            atomic_write(self.path, "".join(line + "\n" for line in lines), durable=False)
        except StateError as error:
            self._degrade(error.what)
        else:
            self._is_degraded = False


def _parse(line: bytes) -> _Claim | None:
    """The claim on a line; None for anything else."""
    try:
        claim = _Claim(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    types_fit = all(isinstance(getattr(claim, name), kind) for name, kind in _TYPES.items())
    return claim if types_fit and claim.pid > 0 else None
