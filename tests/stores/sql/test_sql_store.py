"""Databases as stores: the contract with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbopt.stores.sql import SqlStore
from tests.contracts.store_contract import StoreContract
from tests.stores.searches import Process
from tests.stores.sql.databases import database_for, searching


class _SqlContract(StoreContract):
    kind: str

    def at(self, folder: Path) -> SqlStore:
        return SqlStore(database_for(self.kind, folder), str(folder))

    @contextmanager
    def process(self, folder: Path, seed: int) -> Iterator[Process]:
        with searching(database_for(self.kind, folder), str(folder), seed) as child:
            yield child


class TestSqlite(_SqlContract):
    kind = "sqlite"


class TestPostgresql(_SqlContract):
    kind = "postgresql"
