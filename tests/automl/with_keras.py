"""What the training processes do, in one process with Keras; prints what came of it as JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from bbopt.automl.checkpoints import read_trained
from bbopt.automl.keras_models import KerasParts, training_keras
from bbopt.automl.keras_rehearsal import rehearse
from bbopt.automl.keras_trainer import Training
from bbopt.automl.methods import read_method
from bbopt.automl.training_plan import Architecture, TrainingPlan

OBJECTS = """
from keras import ops

from bbopt.automl import top_k

top_2 = top_k(2)


def half_error(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred)) / 2
"""


def architectures(keras: Any) -> dict[str, Architecture]:
    layers = keras.layers
    plain = [layers.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax")]
    dropped = [
        layers.Input((4,)),
        layers.Dropout(0.5),
        layers.BatchNormalization(),
        layers.Dense(3, "softmax"),
    ]
    wide = [layers.Input((7,)), layers.Dense(3)]
    models = map(keras.Sequential, (plain, dropped, wide))
    return {str(n): Architecture(json.loads(one.to_json())) for n, one in enumerate(models, start=1)}


def plan_in(folder: Path, keras: Any) -> TrainingPlan:
    rng = np.random.default_rng(1)
    classes = rng.integers(3, size=30)
    x = rng.normal(size=(30, 4)).astype("float32") + classes[:, None]
    for name in ("training", "validation"):
        np.savez(folder / f"{name}.npz", x=x, y=np.eye(3, dtype="float32")[classes])
    (folder / "objects.py").write_text(OBJECTS)
    return TrainingPlan(
        model_ids=(1, 2),
        architectures=architectures(keras),
        compile_params_grid="{'loss': ['categorical_crossentropy'], 'metrics': ['accuracy'], "
        "'optimizer_params_list': [{'optimizer': ['Adam'], 'lr': [0.01, 0.1, 'log'], 'decay': [0.01]}]}",
        fit_params_grid="{'epochs': [2], 'batch_size': [4]}",
        schedule=read_method("hyperband", "R=4, eta=2").schedule,
        training="training.npz",
        validation="validation.npz",
        digest="",
        object_files=(str(folder / "objects.py"),),
        metrics_every=1,
        use_gpus=False,
        n_threads=1,
        seed=1,
    )


def trained(
    plan: TrainingPlan, folder: Path, *lengths: int, model: str = "2", **texts: str
) -> dict[str, Any]:
    """One model trained up to these lengths, from checkpoint to checkpoint; what it has left."""
    settings = plan.grid.settings(
        {"model_id": model, "optimizer": "Adam", "Adam.lr": "0.05", "Adam.decay": "0.01"}
        | {"loss": "categorical_crossentropy", "metrics": "accuracy", "epochs": "2", "batch_size": "4"}
        | texts
    )
    os.environ.pop("BBOPT_CHECKPOINT_IN", None)
    home = folder / f"checkpoints-{len(list(folder.iterdir()))}"
    for number, length in enumerate(lengths):
        out = home / str(number)
        out.mkdir(parents=True)
        os.environ["BBOPT_CHECKPOINT_OUT"] = str(out)
        Training(plan, folder, 1, settings).train(length)
        os.environ["BBOPT_CHECKPOINT_IN"] = str(out)
    left = read_trained(out)
    measured = [{name: value for name, value in one.items() if name != "at"} for one in left.measured]
    return {"weights": left.weights.hex(), "measured": measured, "iterations": left.iterations}


def problems(
    plan: TrainingPlan, folder: Path, compile_grid: str = "", fit: str = "", **changed: Any
) -> list[str]:
    told = {"compile_params_grid": compile_grid or plan.compile_params_grid}
    told["fit_params_grid"] = fit or plan.fit_params_grid
    found = rehearse(replace(plan, **(told | changed)), folder)
    return [" | ".join(text for text in problem.values() if text) for problem in found]


def grid(optimizer: str = "{'optimizer': ['Adam']}", loss: str = "mse", others: str = "") -> str:
    return f"{{'loss': ['{loss}'], 'optimizer_params_list': [{optimizer}]{others}}}"


def main(folder: Path) -> dict[str, Any]:
    keras = training_keras(SimpleNamespace(n_threads=1, use_gpus=False))  # type: ignore[arg-type]
    plan, parts = plan_in(folder, keras), KerasParts(keras, {})
    rate = parts.optimizer("Adam", {"lr": 0.1, "decay": 0.5}).get_config()["learning_rate"]["config"]
    usual = parts.optimizer("sgd", {"lr": 0.1, "momentum": 0.9, "decay": 0.0}).get_config()
    custom = replace(
        plan,
        compile_params_grid=grid(loss="half_error", others=", 'metrics': ['top_2']").replace(
            "['Adam']", "['Adam'], 'lr': [0.05], 'decay': [0.0]"
        ),
        fit_params_grid=f"{{'callbacks': ['[TensorBoard(log_dir=\"{folder}/logs\")]']}}",
    )
    sparse = replace(
        plan,
        compile_params_grid=plan.compile_params_grid.replace("'cat", "'sparse_cat"),
    )
    names = {"loss": "half_error", "metrics": "top_2", "callbacks": "1", "Adam.decay": "0.0"}
    return {
        "whole": trained(plan, folder, 4),
        "in rounds": trained(plan, folder, 1, 3, 3, 4),
        "another": trained(replace(plan, seed=2), folder, 4),
        "sparse": trained(sparse, folder, 1, model="1", loss="sparse_categorical_crossentropy"),
        "dense": trained(plan, folder, 1, model="1"),
        "custom": trained(custom, folder, 1, model="1", **names),
        "logs": sorted(path.name for path in (folder / "logs").iterdir()),
        "rate": rate,
        "usual": usual,
        "none": problems(plan, folder),
        "no fit": problems(plan, folder, model_ids=(1, 3)),
        "optimizer": problems(plan, folder, grid("{'optimizer': ['Addam']}")),
        "argument": problems(plan, folder, grid("{'optimizer': ['Adam'], 'momentum': [0.9]}")),
        "value": problems(plan, folder, grid("{'optimizer': ['SGD'], 'momentum': [0.1, 2.0, 'linear']}")),
        "loss": problems(plan, folder, grid(loss="categorical_crosentropy")),
        "metric": problems(plan, folder, grid(others=", 'metrics': ['acuracy']")),
        "two metrics": problems(plan, folder, grid(others=", 'metrics': [['accuracy', 'mse']]")),
        "labels": problems(
            plan,
            folder,
            grid(loss="sparse_categorical_crossentropy", others=", 'metrics': ['categorical_accuracy']"),
        ),
        "compile": problems(plan, folder, grid(others=", 'jit': [True]")),
        "fit": problems(plan, folder, fit="{'epoch': [2]}"),
        "callback": problems(plan, folder, fit="{'callbacks': ['[TensorBord()]']}"),
        "objects": problems(plan, folder, object_files=(str(folder / "training.npz"),)),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
