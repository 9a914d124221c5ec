"""Computing the cells of a grid that are not there yet, several at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.comparison.cells import Cell, CellResult, compute
from benchmarks.comparison.store import ResultStore
from benchmarks.comparison.threads import single_threaded
from benchmarks.optimizers import warm_up

__all__ = ["Outcome", "run_cells"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A cell that was computed, or why it failed."""

    cell: Cell
    failure: str = ""


def run_cells(
    cells: Iterable[Cell],
    store: ResultStore,
    *,
    n_jobs: int,
    data: Path | None,
    max_seconds: float | None = None,
) -> Iterator[Outcome]:
    """Compute the cells that the store lacks, in processes with one thread each; yields each when it is done.

    A cell that fails leaves nothing in the store; the others go on.
    """
    missing = [cell for cell in dict.fromkeys(cells) if store.load(cell) is None]
    if not missing:
        return
    single_threaded()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(n_jobs, len(missing)), mp_context=context) as pool:
        running = {pool.submit(_computed, cell, data, max_seconds): cell for cell in missing}
        try:
            for future in as_completed(running):
                yield _kept(running[future], future, store)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _kept(cell: Cell, future: Future[CellResult], store: ResultStore) -> Outcome:
    error = future.exception()
    if error is not None:
        return Outcome(cell, f"{type(error).__name__}: {error}")
    store.save(future.result())
    return Outcome(cell)


def _computed(cell: Cell, data: Path | None, max_seconds: float | None) -> CellResult:
    _warm(cell.optimizer.partition("#")[0])
    return compute(cell, data, max_seconds)


@cache
def _warm(optimizer: str) -> None:
    warm_up(optimizer)
