from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contracts.store_contract import StoreContract
from tests.stores.memory_store import MemoryStore
from tests.stores.searches import Process, Search


class Ephemeral:
    """A Process that is none: dropped, its search counts as dead."""

    def __init__(self, store: MemoryStore, seed: int) -> None:
        self._search: Search | None = Search(store, seed)

    def do(self, command: str) -> str:
        assert self._search is not None
        return self._search.do(command)

    def kill(self) -> None:
        self._search = None


class TestMemoryStore(StoreContract):
    def setup_method(self) -> None:
        self._stores: dict[Path, MemoryStore] = {}

    def at(self, folder: Path) -> MemoryStore:
        return self._stores.setdefault(folder, MemoryStore())

    @contextmanager
    def process(self, folder: Path, seed: int) -> Iterator[Process]:
        process = Ephemeral(self.at(folder), seed)
        yield process
        process.kill()
