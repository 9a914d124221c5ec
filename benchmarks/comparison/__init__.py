"""The grid of tasks, optimizers and seeds: its cells, who computes them, what the results say."""

from benchmarks.comparison.cells import Cell, CellResult, compute
from benchmarks.comparison.running import compute_missing
from benchmarks.comparison.store import ResultStore

__all__ = ["Cell", "CellResult", "ResultStore", "compute", "compute_missing"]
