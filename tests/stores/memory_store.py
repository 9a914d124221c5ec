"""A store in the memory of one process, as plain as the contract allows: for tests.

Its searches are objects of the process.  One that is dropped without a farewell counts as dead: the garbage
collector ends what it held.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from bbopt.errors import StateError
from bbopt.runs import Pair, RunRequest
from bbopt.space import Configuration, Space
from bbopt.stores.claimed_runs import ClaimedRuns, configuration_key
from bbopt.stores.contract import News, Peer
from bbopt.stores.control import Request, RunUnderWay
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import ForeignRun, RecordedRun, RecordedRuns, last_number, remembered
from bbopt.stores.status import SeedStatus, StoreStatus

__all__ = ["MemoryStore"]


@dataclass(eq=False, slots=True)
class _Record:
    seed: int
    identity: RecordIdentity
    space: Space
    forgotten: dict[int, set[str]]
    runs: list[RecordedRun] = field(default_factory=list)
    recorder: weakref.ref[_MemoryRecorder] | None = None

    @property
    def remembered(self) -> tuple[RecordedRun, ...]:
        return self.remember(self.runs)

    def remember(self, runs: list[RecordedRun]) -> tuple[RecordedRun, ...]:
        return remembered(runs, self.seed, set().union(*self.forgotten.values()))

    @property
    def source(self) -> str:
        return f"the record of seed {self.seed} in memory"

    @property
    def is_open(self) -> bool:
        return self.recorder is not None and self.recorder() is not None


class MemoryStore:
    """A RunStore."""

    def __init__(self) -> None:
        self._records: dict[int, _Record] = {}
        self._set_aside: list[_Record] = []
        self._forgotten: dict[int, set[str]] = {}
        self._controls: dict[int, _MemoryControl] = {}
        self._claims: weakref.WeakSet[_MemoryClaims] = weakref.WeakSet()

    def open(self, seed: int, identity: RecordIdentity, space: Space) -> _MemoryRecorder:
        """See RunStore."""
        record = self._records.setdefault(seed, _Record(seed, identity, space, self._forgotten))
        _refuse_open(record)
        identity.refuse_other(record.source, record.identity, record.identity.instances)
        return _MemoryRecorder(record)

    def runs(self, seed: int, space: Space) -> RecordedRuns | None:
        """See RunStore."""
        record = self._records.get(seed)
        if record is None:
            return None
        identity = record.identity if record.runs else None
        n_forgotten = len(record.runs) - len(record.remembered)
        instances = record.identity.instances
        return RecordedRuns(record.source, instances, identity, record.remembered, n_forgotten=n_forgotten)

    def seeds(self) -> tuple[int, ...]:
        """See RunStore."""
        return tuple(sorted(self._records))

    def records(self) -> Iterator[tuple[int, RecordedRuns]]:
        """See RunStore."""
        for seed, record in sorted(self._records.items()):
            if (runs := self.runs(seed, record.space)) is not None:
                yield seed, runs

    def follow(self, seed: int | None, identity: RecordIdentity | None, space: Space) -> _MemoryFollower:
        """See RunStore."""
        return _MemoryFollower(self._records, seed, identity)

    def claims(self, seed: int, space: Space) -> _MemoryClaims:
        """See RunStore."""
        claims = _MemoryClaims(seed, space, self._claims)
        self._claims.add(claims)
        return claims

    def is_open(self, seed: int) -> bool | None:
        """See RunStore."""
        return seed in self._records and self._records[seed].is_open

    def control(self, seed: int) -> _MemoryControl:
        """See RunStore."""
        return self._controls.setdefault(seed, _MemoryControl())

    def forget(self, seed: int, names: Sequence[str], by: str) -> None:
        """See RunStore."""
        self._forgotten.setdefault(seed, set()).update(names)

    def status(self) -> StoreStatus:
        """See RunStore."""
        records = [record for _, record in sorted(self._records.items())]
        seeds = [SeedStatus(one.seed, is_alive=one.is_open) for one in records]
        counted = (
            seed.counting(one.remembered, one.identity) for seed, one in zip(seeds, records, strict=True)
        )
        return StoreStatus(tuple(counted), next((one.space for one in records if one.runs), None))

    def set_aside(self, seed: int) -> str | None:
        """See RunStore."""
        if seed not in self._records:
            return None
        _refuse_open(self._records[seed])
        self._set_aside.append(self._records.pop(seed))
        self._forgotten.pop(seed, None)
        return f"{len(self._set_aside)} of those set aside in memory"


def _refuse_open(record: _Record) -> None:
    if record.is_open:
        raise StateError(f"{record.source} is in use by this process")


class _MemoryRecorder:
    def __init__(self, record: _Record) -> None:
        self.source = record.source
        self.repaired: str | None = None
        self._record = record
        self._recovered = record.remembered
        self.last_number = last_number(record.runs)
        record.recorder = weakref.ref(self)

    def record(self, *runs: RecordedRun) -> None:
        if not self._record.is_open:
            raise StateError(f"{self.source} is closed")
        for run in runs:
            self._record.runs.append(replace(run, number=len(self._record.runs) + 1))

    def stand_by(self, configuration: Configuration, cost: float) -> None:
        pass

    def take_recovered(self) -> tuple[RecordedRun, ...]:
        recovered, self._recovered = self._recovered, ()
        return recovered

    def __enter__(self) -> _MemoryRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._record.recorder = None


class _MemoryFollower:
    def __init__(
        self, records: dict[int, _Record], own_seed: int | None, identity: RecordIdentity | None
    ) -> None:
        self._records = records
        self._own_seed = own_seed
        self._identity = identity
        self._read: dict[int, tuple[_Record, int]] = {}
        self._peers: dict[int, Peer] = {}

    @property
    def peers(self) -> tuple[Peer, ...]:
        return tuple(peer for _, peer in sorted(self._peers.items()))

    @property
    def is_behind(self) -> bool:
        return False

    def poll(self) -> list[ForeignRun]:
        others = sorted(seed for seed in self._records if seed != self._own_seed)
        return [foreign for seed in others for foreign in self._news_of(self._records[seed])]

    def _news_of(self, record: _Record) -> list[ForeignRun]:
        seed, source = record.seed, record.source
        known, n_read = self._read.get(seed, (record, 0))
        new = record.runs[n_read if known is record else 0 :]
        self._read[seed] = record, len(record.runs)
        refused = self._identity.refusal_of(record.identity) if self._identity else None
        new = [run for run in record.remember(new) if run.reused_from is None]
        found = [] if refused else [ForeignRun(seed, run) for run in new]
        before = self._peers.get(seed, Peer(seed, source, 0, None))
        self._peers[seed] = Peer(seed, source, before.n_runs + len(found), refused)
        return found

    def take_news(self) -> list[News]:
        return []


class _MemoryClaims:
    def __init__(self, seed: int, space: Space, everybody: weakref.WeakSet[_MemoryClaims]) -> None:
        self.others = ClaimedRuns(space)
        self._seed = seed
        self._everybody = everybody
        self._own: dict[tuple[str, Pair], str] = {}

    def claim(self, request: RunRequest) -> bool:
        self.refresh()
        if self.others.is_running(request.configuration, request.pair):
            return False
        self._own[configuration_key(request.configuration), request.pair] = request.configuration.call_text()
        return True

    def release(self, request: RunRequest) -> None:
        self._own.pop((configuration_key(request.configuration), request.pair), None)

    def release_all(self) -> None:
        self._own.clear()

    def refresh(self) -> None:
        others = [claims for claims in self._everybody if claims._seed != self._seed]
        self.others.update((*run, text) for claims in others for run, text in claims._own.items())

    def take_news(self) -> list[News]:
        return []


class _MemoryControl:
    def __init__(self) -> None:
        self.under_way: tuple[RunUnderWay, ...] = ()
        self._requests: dict[str, Request] = {}
        self._n_asked = 0

    def show(self, runs: Sequence[RunUnderWay]) -> None:
        self.under_way = tuple(runs)

    def take(self) -> list[Request]:
        requests, self._requests = self._requests, {}
        return list(requests.values())

    def ask(self, request: Request) -> str:
        self._n_asked += 1
        self._requests[str(self._n_asked)] = request
        return str(self._n_asked)

    def is_taken(self, identifier: str) -> bool:
        return identifier not in self._requests

    def withdraw(self, identifier: str) -> None:
        self._requests.pop(identifier, None)
