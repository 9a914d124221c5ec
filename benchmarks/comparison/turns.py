"""Searches in processes of their own that move only when it is their turn."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection

from benchmarks.optimizers import TimedSearch, warm_up
from benchmarks.tasks import make_task

__all__ = ["Contestant"]


class Contestant:
    """A search of an optimizer on a task that needs no data; `own_s` are its seconds for each evaluation.

    They are of CPU time if `counts_cpu`, which other work on the machine changes less, else by the clock.
    """

    def __init__(self, optimizer: str, task: str, budget: int, *, counts_cpu: bool = False) -> None:
        context = multiprocessing.get_context("spawn")
        self.own_s: list[float] = []
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, optimizer, task, budget, counts_cpu))
        self._process.start()
        theirs.close()

    def advance(self, n: int, max_own_s: float) -> None:
        """Go on until `n` evaluations are made, or so many own seconds used up in all.

        Raises EOFError when the search has died.
        """
        self._connection.send((n, max_own_s))
        self.own_s += self._connection.recv()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.terminate()
        self._process.join()


def _serve(connection: Connection, optimizer: str, task: str, budget: int, counts_cpu: bool) -> None:
    warm_up(optimizer)
    search = TimedSearch(optimizer, make_task(task, None), seed=0, budget=budget)
    own_s = search.own_cpu_s if counts_cpu else search.own_s
    used_s = 0.0
    while True:
        try:
            n, max_own_s = connection.recv()
        except EOFError:
            return
        begin = len(search)
        while len(search) < n and used_s < max_own_s and not search.has_ended:
            search.step()
            used_s += own_s[-1]
        connection.send(own_s[begin:])
