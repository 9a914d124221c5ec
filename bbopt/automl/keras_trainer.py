"""The training process of AutoML, started for each run: trains a model further, from its checkpoint.

    python -m bbopt.automl.keras_trainer PLAN --iterations N --configuration I NAME=VALUE ...

An iteration is `epochs` passes over the data.  Loss and metric on the training and validation data are
printed, as lines that bbopt follows.  The checkpoint holds all variables of model and optimizer, what was
measured so far, and the weights as tables have them.  `--check` trains nothing, and tells what of the plan
can't be used.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bbopt.automl.architectures import weights_of
from bbopt.automl.checkpoints import HISTORY, STATE, WEIGHTS
from bbopt.automl.grids import ModelSettings
from bbopt.automl.keras_models import (
    KerasParts,
    load_objects,
    seed_of,
    training_keras,
    wants_class_numbers,
)
from bbopt.automl.training_data import load_data
from bbopt.automl.training_plan import TrainingPlan

__all__ = ["main"]

_LEAST_BATCH = 32
"""Of a computation of metrics, whose result does not depend on it."""


def main(argv: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--iterations", type=int, default=0, help="so many in all, those before included")
    parser.add_argument("--configuration", type=int, default=0, help="its number, one less than its key")
    parser.add_argument("--check", action="store_true", help="print as JSON what can't be used")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    given = parser.parse_intermixed_args(argv)
    plan = TrainingPlan.read(given.plan)
    if given.check:
        from bbopt.automl.keras_rehearsal import rehearse

        print(json.dumps(rehearse(plan, given.plan.parent)))
        return 0
    texts = dict(word.split("=", 1) for word in given.settings)
    training = Training(plan, given.plan.parent, given.configuration + 1, plan.grid.settings(texts))
    training.train(given.iterations)
    return 0


class Training:
    """One model on its way."""

    def __init__(self, plan: TrainingPlan, folder: Path, key: int, settings: ModelSettings) -> None:
        self._plan = plan
        self._key = key
        keras = training_keras(plan)
        self._keras = keras
        self._parts = KerasParts(keras, load_objects(plan.object_files))
        self._settings = settings
        self._fit = self._parts.fit_arguments(settings.fit_params, key)
        has_numbers = wants_class_numbers(settings.compile_params)
        self._data = {"training": load_data(folder / plan.training, has_numbers=has_numbers)}
        if plan.validation is not None:
            self._data["validation"] = load_data(folder / plan.validation, has_numbers=has_numbers)
        keras.utils.set_random_seed(seed_of(plan.seed, key, 0))
        self._model = self._parts.model(settings.model_id, plan.architectures[str(settings.model_id)])
        self._parts.compile(self._model, settings)
        self._history: list[dict[str, Any]] = []
        self._done = 0

    def train(self, iterations: int) -> None:
        """Go on from the checkpoint, if there is one, and leave another."""
        before, out = os.environ.get("BBOPT_CHECKPOINT_IN"), os.environ.get("BBOPT_CHECKPOINT_OUT")
        if before:
            self._restore(Path(before))
        if self._done >= iterations:  # it was on its way to the record when all was killed
            _tell(self._history[-1])
        for iteration in range(self._done + 1, iterations + 1):
            self._iterate(iteration)
            every, is_last = self._plan.metrics_every, iteration == iterations
            if is_last or self._plan.schedule.measures(self._key, iteration, every):
                self._history.append({"iteration": iteration, **self._measured(), "at": time.time()})
                _tell(self._history[-1])
        if out:
            self._save(Path(out), iterations)

    def _iterate(self, iteration: int) -> None:
        epochs = self._settings.fit_params.get("epochs") or 1
        self._keras.utils.set_random_seed(seed_of(self._plan.seed, self._key, iteration))
        first = (iteration - 1) * epochs
        self._model.fit(
            *self._data["training"], initial_epoch=first, epochs=first + epochs, verbose=0, **self._fit
        )

    def _measured(self) -> dict[str, float]:
        batch_size = max(self._fit.get("batch_size") or 0, _LEAST_BATCH)
        found = {}
        for name, data in self._data.items():
            values = self._model.evaluate(*data, batch_size=batch_size, verbose=0, return_dict=True)
            found[f"{name}_loss"] = float(values.pop("loss"))
            found |= {f"{name}_metrics": float(value) for value in list(values.values())[:1]}
        return found

    def _variables(self) -> dict[str, Any]:
        """All that training changes, by names for the file."""
        optimizer = self._model.optimizer
        optimizer.build(self._model.trainable_variables)
        several = {"model": self._model.variables, "optimizer": optimizer.variables}
        return {f"{kind}{number}": one for kind, many in several.items() for number, one in enumerate(many)}

    def _restore(self, folder: Path) -> None:
        with np.load(folder / STATE, allow_pickle=False) as arrays:
            for name, variable in self._variables().items():
                variable.assign(arrays[name])
        saved = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
        self._done, self._history = saved["iterations"], saved["measured"]

    def _save(self, folder: Path, iterations: int) -> None:
        arrays = {name: np.asarray(variable) for name, variable in self._variables().items()}
        np.savez(folder / STATE, allow_pickle=False, **arrays)
        (folder / WEIGHTS).write_bytes(weights_of(self._model))
        history = {"iterations": max(iterations, self._done), "measured": self._history}
        (folder / HISTORY).write_text(json.dumps(history), encoding="utf-8")


def _tell(measured: dict[str, Any]) -> None:
    shown = " ".join(
        f"{name}={value!r}" for name, value in measured.items() if name not in {"iteration", "at"}
    )
    print(f"iteration {measured['iteration']}: {shown}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
