"""The grid of tasks, optimizers and seeds: its cells, who computes them, what the results say."""

from benchmarks.comparison.cells import Cell, CellResult
from benchmarks.comparison.running import run_cells
from benchmarks.comparison.store import ResultStore

__all__ = ["Cell", "CellResult", "ResultStore", "run_cells"]
