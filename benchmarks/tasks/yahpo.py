"""Real tuning problems, answered by YAHPO Gym's neural networks (Pfisterer et al., AutoML 2022).

lcbench: neural networks on tabular data (Zimmer, Lindauer and Hutter, 2021); the loss is 100 minus the
validation accuracy in percent after all 52 epochs.  rbv2_rpart: decision trees; the loss is the error in
percent on the whole training set.

The data folder has a folder per scenario with model.onnx (inputs: integer codes of categoricals as in
encoding.json, and the numbers as they are; outputs: one column per metric).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["LCBENCH", "RPART", "Scenario", "Yahpo"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of the networks: its inputs in order, those that are held at a value, and which output counts.

    The loss is `top` minus `factor` times the output.
    """

    name: str
    pcs: str
    categoricals: tuple[str, ...]
    numbers: tuple[str, ...]
    instance: str
    held: tuple[tuple[str, float], ...]
    output: int
    factor: float
    top: float = 100.0


LCBENCH = Scenario(
    name="lcbench",
    pcs="""
batch_size integer [16, 512] [91] log
learning_rate real [0.0001, 0.1] [0.0031622777] log
momentum real [0.1, 0.99] [0.545]
weight_decay real [1e-05, 0.1] [0.050005]
num_layers integer [1, 5] [3]
max_units integer [64, 1024] [256] log
max_dropout real [0, 1] [0.5]
""",
    categoricals=("OpenML_task_id",),
    numbers=(
        "epoch",
        "batch_size",
        "learning_rate",
        "momentum",
        "weight_decay",
        "num_layers",
        "max_units",
        "max_dropout",
    ),
    instance="OpenML_task_id",
    held=(("epoch", 52),),
    output=1,
    factor=1.0,
)

RPART = Scenario(
    name="rbv2_rpart",
    pcs="""
cp real [0.0009118819655545162, 1] [0.01] log
maxdepth integer [1, 30] [30]
minbucket integer [1, 100] [1]
minsplit integer [1, 100] [20]
num.impute.selected.cpo categorical {impute.mean, impute.median, impute.hist} [impute.mean]
""",
    categoricals=("task_id", "num.impute.selected.cpo"),
    numbers=("cp", "maxdepth", "minbucket", "minsplit", "trainsize", "repl"),
    instance="task_id",
    held=(("trainsize", 1.0), ("repl", 10)),
    output=0,
    factor=100.0,
)


@dataclass(frozen=True, slots=True)
class _Network:
    session: Any
    codes: dict[str, dict[str, int]]

    def outputs(self, categoricals: Any, numbers: Any) -> Any:
        """All metrics (n, n_metrics)."""
        first, second = (entry.name for entry in self.session.get_inputs())
        return self.session.run(None, {first: categoricals, second: numbers})[0]


@cache
def _load(folder: Path) -> _Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return _Network(session, json.loads((folder / "encoding.json").read_text()))


class Yahpo(Task):
    """A scenario on one data set."""

    def __init__(self, scenario: Scenario, instance: str, data: Path) -> None:
        super().__init__(f"{scenario.name}_{instance}", scenario.pcs)
        self._scenario = scenario
        self._folder = data / scenario.name
        self._held = {**dict(scenario.held), scenario.instance: instance}

    def loss(self, settings: Settings) -> float:
        """See Task."""
        return self.losses([settings])[0]

    def losses(self, many: Sequence[Settings]) -> list[float]:
        """See Task."""
        return self._losses([{**settings, **self._held} for settings in many])

    def course(self, settings: Settings, name: str, values: Sequence[float]) -> list[float]:
        """The losses where the input `name`, which is held otherwise, has each of the values."""
        return self._losses([{**settings, **self._held, name: value} for value in values])

    def _losses(self, rows: Sequence[Settings]) -> list[float]:
        network, scenario = _load(self._folder), self._scenario
        codes = [[network.codes[name][row[name]] for name in scenario.categoricals] for row in rows]
        numbers = [[row[name] for name in scenario.numbers] for row in rows]
        outputs = network.outputs(np.array(codes, dtype=np.int32), np.array(numbers, dtype=np.float32))
        column = outputs[:, scenario.output].astype(float)
        return [float(value) for value in scenario.top - scenario.factor * column]
