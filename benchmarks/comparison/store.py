"""Results on disk, a JSON file a cell, so that a grid is computed once, whoever interrupts it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import quote

from bbopt.durable_files import atomic_write
from benchmarks.comparison.cells import Cell, CellResult
from benchmarks.optimizers import parse_name

__all__ = ["ResultStore"]


class ResultStore:
    """A folder of results: `OPTIMIZER/BUDGET/TASK/SEED.json`, the optimizer's name percent-encoded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, cell: Cell) -> Path:
        """The file of a cell."""
        name = quote(cell.optimizer, safe="=,.")
        return self._folder / name / str(cell.budget) / cell.task / f"{cell.seed}.json"

    def save(self, result: CellResult) -> None:
        """Write a result, whole or not at all."""
        path = self.path(result.cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(asdict(result)) + "\n", durable=False)

    def load(self, cell: Cell) -> CellResult | None:
        """The result of a cell; None when it was never computed.

        The first part of a longer search serves for an optimizer that does not plan for its budget.
        """
        if parse_name(cell.optimizer).plans_for_budget:
            return self._read(cell)
        for budget in self._budgets(cell):
            found = self._read(replace(cell, budget=budget))
            if found is not None:
                return found.first(cell.budget)
        return None

    def _budgets(self, cell: Cell) -> list[int]:
        """Those from the cell's on that there are results of, the smallest first."""
        folder = self.path(cell).parents[2]
        known = [int(path.name) for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(budget for budget in known if budget >= cell.budget)

    def _read(self, cell: Cell) -> CellResult | None:
        try:
            content = json.loads(self.path(cell).read_text())
        except FileNotFoundError:
            return None
        arrays = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
        return CellResult(cell=Cell(**content["cell"]), is_cut_off=content["is_cut_off"], **arrays)
