"""Results on disk, a JSON file a cell, so that nothing is computed twice, whoever interrupts it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bbopt.durable_files import atomic_write
from benchmarks.configuration.searches import Loaded, SearchCell, SearchResult
from benchmarks.configuration.validation import Candidate, ValidatedRun, ValidationCell, ValidationResult

__all__ = ["ConfigurationStore", "results_name"]


def results_name(loaded: Loaded) -> str:
    """The scenario's name and a digest of what results depend on: space, instances, cutoff."""
    scenario = loaded.scenario
    text = f"{scenario.cutoff_s} {scenario.objective.intra_objective} {loaded.space.text}"
    digest = hashlib.sha256(text.encode())
    for instances in (scenario.instances, scenario.test_instances):
        for instance in () if instances is None else instances.instances:
            digest.update(instance.name.encode() + (scenario.exec_dir / instance.name).read_bytes())
    return f"{loaded.name}-{digest.hexdigest()[:8]}"


class ConfigurationStore:
    """A folder of results by scenario.

    Below it: `searches/CONFIGURATOR/BUDGET/SEED.json` and `validations/SEEDS/DIGEST.json`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, cell: SearchCell | ValidationCell) -> Path:
        """The file of a cell."""
        folder = self._folder / cell.scenario
        if isinstance(cell, ValidationCell):
            return folder / "validations" / str(cell.n_seeds) / f"{cell.candidate.digest}.json"
        name = quote(cell.configurator, safe="=,.")
        return folder / "searches" / name / str(cell.budget_s) / f"{cell.seed}.json"

    def save(self, result: SearchResult | ValidationResult) -> None:
        """Write a result, whole or not at all."""
        path = self.path(result.cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(asdict(result)) + "\n", durable=False)

    def load_search(self, cell: SearchCell) -> SearchResult | None:
        """The result of a search; None when it was never made."""
        content = self._read(cell)
        if content is None:
            return None
        return SearchResult(**{**content, "cell": SearchCell(**content["cell"])})

    def load_validation(self, cell: ValidationCell) -> ValidationResult | None:
        """The result of a validation; None when it was never made."""
        content = self._read(cell)
        if content is None:
            return None
        known = ValidationCell(**{**content["cell"], "candidate": Candidate(**content["cell"]["candidate"])})
        runs = tuple(ValidatedRun(**run) for run in content["runs"])
        return ValidationResult(known, content["cutoff_s"], runs)

    def _read(self, cell: SearchCell | ValidationCell) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads(self.path(cell).read_text())
        except FileNotFoundError:
            return None
        return content
