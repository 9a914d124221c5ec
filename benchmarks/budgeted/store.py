"""Results on disk, a JSON file a search, so that a grid is computed once, whoever interrupts it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from bbopt.durable_files import atomic_write
from benchmarks.budgeted.cells import BudgetedCell, BudgetedResult

__all__ = ["BudgetedStore"]


class BudgetedStore:
    """A folder of results: `METHOD/PRICING/TASK/KIND/SEED.json`, the method's name percent-encoded.

    A longer search takes the place of a shorter one, whose results are a part of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, cell: BudgetedCell) -> Path:
        """The file of a cell."""
        name = quote(cell.method, safe="")
        return self._folder / name / cell.pricing / cell.task / cell.kind / f"{cell.seed}.json"

    def save(self, result: BudgetedResult) -> None:
        """Write a result, whole or not at all."""
        path = self.path(result.cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(asdict(result)) + "\n", durable=False)

    def load(self, cell: BudgetedCell) -> BudgetedResult | None:
        """The result of a cell; None when no search went on that long."""
        try:
            content = json.loads(self.path(cell).read_text())
        except FileNotFoundError:
            return None
        known = BudgetedCell(**content.pop("cell"))
        if known.work < cell.work:
            return None
        series = {name: tuple(values) for name, values in content.items()}
        return BudgetedResult(known, **series).for_cell(cell)
