"""What the training processes of a search are told, in a file of its output folder: data, models, grids.

The file and what it names are read by every run, wherever it is made; nothing in them is Python that is run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bbopt.automl.grids import Grid, read_grid
from bbopt.automl.schedule import Schedule

__all__ = ["PLAN_FILE", "Architecture", "TrainingPlan"]

PLAN_FILE = "training.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model of the architecture table: Keras's JSON, and weights to begin with, in hexadecimal."""

    architecture: Any
    weights: str | None = None


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is trained, on what, with which settings, and how often metrics are computed.

    training, validation: names of the files with arrays `x` and `y` beside this one; `digest` is of both.
    object_files: absolute paths of Python files with losses and metrics.  metrics_every: None for once a
    round.  seed: what weights and batches come from, together with a configuration's key.
    n_threads: of each run, so that results do not depend on where it is made.
    """

    model_ids: tuple[int, ...]
    architectures: Mapping[str, Architecture]
    compile_params_grid: str
    fit_params_grid: str
    schedule: Schedule
    training: str
    validation: str | None
    digest: str
    object_files: tuple[str, ...]
    metrics_every: int | None
    use_gpus: bool
    n_threads: int
    seed: int

    @classmethod
    def read(cls, path: Path) -> TrainingPlan:
        """The plan in a file; OSError, ValueError, KeyError or TypeError where there is none."""
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("version") != _VERSION:
            raise ValueError(f"{path} was written by another version")
        architectures = {number: Architecture(**one) for number, one in values["architectures"].items()}
        return cls(
            **values
            | {
                "architectures": architectures,
                "schedule": Schedule.of(values["schedule"]),
                "model_ids": tuple(values["model_ids"]),
                "object_files": tuple(values["object_files"]),
            }
        )

    @property
    def text(self) -> str:
        """What stands in the file."""
        return json.dumps({"version": _VERSION, **asdict(self)}, indent=1) + "\n"

    @property
    def grid(self) -> Grid:
        """The grids, read."""
        return read_grid(self.model_ids, self.compile_params_grid, self.fit_params_grid)
