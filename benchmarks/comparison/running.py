"""Computing the cells of a grid that are not there yet, several at a time."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from benchmarks.comparison.threads import single_threaded

__all__ = ["Store", "compute_missing"]

C = TypeVar("C", bound=Hashable)
R = TypeVar("R")


class Store(Protocol[C, R]):
    """Where results of cells are kept."""

    def load(self, cell: C) -> R | None:
        """The result of a cell; None when it was never computed."""

    def save(self, result: R) -> None:
        """Keep a result, whole or not at all."""


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[C]):
    """A cell that was computed, or why it failed."""

    cell: C
    failure: str = ""


def compute_missing(
    cells: Iterable[C], store: Store[C, R], compute: Callable[[C], R], *, n_jobs: int
) -> bool:
    """Compute the cells that the store lacks, in processes with one thread each, saying what is done.

    A cell that fails leaves nothing in the store; the others go on, and False is returned.  `compute` can be
    pickled.
    """
    missing = [cell for cell in dict.fromkeys(cells) if store.load(cell) is None]
    begin, n_failed = time.monotonic(), 0
    for n_done, outcome in enumerate(_outcomes(missing, store, compute, n_jobs), 1):
        n_failed += bool(outcome.failure)
        passed = time.monotonic() - begin
        note = f" failed: {outcome.failure}" if outcome.failure else ""
        said = f"{n_done}/{len(missing)} after {passed:.0f} s: {outcome.cell}{note}"
        print(said, file=sys.stderr, flush=True)
    return n_failed == 0


def _outcomes(
    cells: Sequence[C], store: Store[C, R], compute: Callable[[C], R], n_jobs: int
) -> Iterator[_Outcome[C]]:
    if not cells:
        return
    single_threaded()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(n_jobs, len(cells)), mp_context=context) as pool:
        running = {pool.submit(compute, cell): cell for cell in cells}
        try:
            for future in as_completed(running):
                yield _kept(running[future], future, store)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _kept(cell: C, future: Future[R], store: Store[C, R]) -> _Outcome[C]:
    error = future.exception()
    if error is not None:
        return _Outcome(cell, f"{type(error).__name__}: {error}")
    store.save(future.result())
    return _Outcome(cell)
