"""Searches that use a store: their runs by number, and one that does what it is told."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bbopt.database_address import DatabaseAddress
from bbopt.errors import StateError
from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import parse_pcs
from bbopt.stores import RecordedRun, Recorder, RecordIdentity, RunStore, store_in

SPACE = parse_pcs(
    "alpha real [0, 1] [0.5]\nbeta integer [1, 100] [50] log\nheur {fast, slow} [slow]\n", "p.pcs"
)
INSTANCES = (
    Instance("plain.cnf", "0", (("ratio", 4.2), ("size", 1e-300))),
    Instance("ü€😀/mit Blank,'\"\\.cnf", "SAT \u2028 ü"),
    Instance("third.cnf"),
)
IDENTITY = RecordIdentity("./solver.py", "/home/ü/.", "/home/ü/p.pcs", SPACE.text, 2.0, False, INSTANCES)
RESULT = RunResult(RunStatus.SAT, runtime_s=0.5, runlength=-1.0, quality=0.25, wallclock_s=0.75)


def asked(number: int) -> RunRequest:
    """The run with this number, which is its seed, too."""
    settings = {"alpha": str(number % 1000 / 1000), "beta": "7", "heur": "fast"}
    instance = INSTANCES[number % len(INSTANCES)]
    return RunRequest(
        SPACE.configuration(settings), instance, number, 2.0, LARGEST_INT, Origin("model", number)
    )


def run(number: int, **result: Any) -> RecordedRun:
    return RecordedRun(asked(number), replace(RESULT, **result))


class Process(Protocol):
    """Another process, which uses the store."""

    def do(self, command: str) -> str:
        """Have it carry out a command of `Search`; the answer."""

    def kill(self) -> None:
        """End it without a farewell."""


class Search:
    """One seed's search, which obeys: `open`, `record 3`, `leave`, `claim 3`, `release 3`."""

    def __init__(self, store: RunStore, seed: int) -> None:
        self._store = store
        self._seed = seed
        self._claims = store.claims(seed, SPACE)
        self._recorder: Recorder | None = None

    def do(self, command: str) -> str:
        """Carry out the command; what came of it."""
        try:
            return self._do(*command.split())
        except StateError as error:
            return f"StateError: {error.what}"

    def _do(self, word: str, number: str = "0") -> str:
        match word:
            case "open":
                self._recorder = self._store.open(self._seed, IDENTITY, SPACE)
                return "opened"
            case "claim":
                return str(self._claims.claim(asked(int(number))))
            case "release":
                self._claims.release(asked(int(number)))
                return "released"
        assert self._recorder is not None
        if word == "leave":
            self._recorder.__exit__(None, None, None)
            return "left"
        self._recorder.record(run(int(number)))
        return "recorded"


def obey(folder: str, seed: str) -> None:
    """Do what the standard input says, with the store in the folder."""
    _obey(Search(store_in(Path(folder)), int(seed)))


def obey_in_database(address: str, study: str, seed: str) -> None:
    """The same with a study in a database."""
    from bbopt.stores.sql import SqlStore

    _obey(Search(SqlStore(DatabaseAddress.read(address, Path()), study), int(seed)))


def _obey(search: Search) -> None:
    for line in sys.stdin:
        print(search.do(line), flush=True)
