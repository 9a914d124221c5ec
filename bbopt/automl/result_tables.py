"""The five tables that a search leaves, with MADlib's columns in their order.

`<output>` has a row for each model that was trained, `<output>_info` what became of it, `<output>_summary`
one row about the whole; the model selection table has the best, by the validation loss where there is one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bbopt.automl.checkpoints import Trained, read_trained
from bbopt.automl.grids import ModelSettings
from bbopt.automl.inputs import AutomlInputs
from bbopt.automl.packed import PackedSummary
from bbopt.automl.tables import Kind
from bbopt.automl.training_plan import TrainingPlan
from bbopt.errors import BboptError
from bbopt.output_folder import OutputFolder
from bbopt.runs import Run
from bbopt.session.checkpoint_files import checkpoint_of
from bbopt.space import Configuration
from bbopt.tuning import Outcome
from bbopt.version import __version__

__all__ = ["NothingTrainedError", "Results", "write_tables"]

_MODEL_TYPE = "madlib_keras"
"""What MADlib says of all of them, for whoever looks for it."""

_MODELS = {"mst_key": Kind.INTEGER, "model_weights": Kind.BYTES, "model_arch": Kind.TEXT}
_INFO = {
    "mst_key": Kind.INTEGER,
    "model_id": Kind.INTEGER,
    "compile_params": Kind.TEXT,
    "fit_params": Kind.TEXT,
    "model_type": Kind.TEXT,
    "model_size": Kind.REAL,
    "metrics_elapsed_time": Kind.ARRAY,
    "metrics_type": Kind.TEXT_ARRAY,
    "loss_type": Kind.TEXT,
    "training_metrics_final": Kind.REAL,
    "training_loss_final": Kind.REAL,
    "training_metrics": Kind.ARRAY,
    "training_loss": Kind.ARRAY,
    "validation_metrics_final": Kind.REAL,
    "validation_loss_final": Kind.REAL,
    "validation_metrics": Kind.ARRAY,
    "validation_loss": Kind.ARRAY,
    "metrics_iters": Kind.INTEGER_ARRAY,
}
_OF_BRACKETS = {"s": Kind.INTEGER, "i": Kind.INTEGER}
_SUMMARY = {
    "source_table": Kind.TEXT,
    "validation_table": Kind.TEXT,
    "model": Kind.TEXT,
    "model_info": Kind.TEXT,
    "dependent_varname": Kind.TEXT,
    "independent_varname": Kind.TEXT,
    "model_arch_table": Kind.TEXT,
    "model_selection_table": Kind.TEXT,
    "automl_method": Kind.TEXT,
    "automl_params": Kind.TEXT,
    "random_state": Kind.INTEGER,
    "object_table": Kind.TEXT,
    "use_gpus": Kind.BOOLEAN,
    "metrics_compute_frequency": Kind.INTEGER,
    "name": Kind.TEXT,
    "description": Kind.TEXT,
    "start_training_time": Kind.TIMESTAMP,
    "end_training_time": Kind.TIMESTAMP,
    "madlib_version": Kind.TEXT,
    "num_classes": Kind.INTEGER,
    "class_values": Kind.TEXT_ARRAY,
    "dependent_vartype": Kind.TEXT,
    "normalizing_const": Kind.REAL,
    "use_caching": Kind.BOOLEAN,
}
_BEST = {
    "mst_key": Kind.INTEGER,
    "model_id": Kind.INTEGER,
    "compile_params": Kind.TEXT,
    "fit_params": Kind.TEXT,
}
_BEST_SUMMARY = {"model_arch_table": Kind.TEXT, "object_table": Kind.TEXT}


class NothingTrainedError(BboptError):
    """A search is over, and there is no model."""


@dataclass(frozen=True, slots=True)
class Results:
    """What was written: the row of the best model in the info table, and why which keys have no model."""

    best: Mapping[str, Any]
    n_models: int
    failed: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Model:
    key: int
    settings: ModelSettings
    trained: Trained


def write_tables(inputs: AutomlInputs, plan: TrainingPlan, output: OutputFolder, outcome: Outcome) -> Results:
    """Write all five, each as a whole; NothingTrainedError where no model was trained."""
    runs = _last_runs(outcome.history.runs)
    models, failed = [], {}
    for key, run in sorted(runs.items()):
        trained = _trained(output, run.request.configuration)
        if trained is None:
            failed[key] = run.result.reason or run.result.shown_status
        else:
            settings = plan.grid.settings(run.request.configuration.active_values)
            models.append(_Model(key, settings, trained))
    if not models:
        raise NothingTrainedError(
            "no model was trained: all runs have failed, and no tables are written",
            got=next(iter(failed.values()), "no run"),
            remedy=f"{output.path} has their logs",
        )
    started = min(filter(None, (run.result.started_at for run in outcome.history.runs)), default=0.0)
    has_brackets = plan.schedule.brackets[0].s is not None
    info = [_info_row(model, plan, started) for model in models]
    best = min(info, key=_rank)
    names, arguments = inputs.arguments.output_tables, inputs.arguments
    shown = {
        **best,
        "object_table": arguments.shown("object_table"),
        "model_arch_table": arguments.model_arch_table,
    }
    columns = _INFO | (_OF_BRACKETS if has_brackets else {})
    summary = _summary_row(inputs, started, _end(outcome.history.runs))
    class_kind = _kind_of_classes(inputs.training.summary)
    for name, kinds, rows in (
        ("models", _MODELS, [_model_row(model, plan) for model in models]),
        ("info", columns, info),
        ("summary", _SUMMARY | {"class_values": class_kind}, [summary]),
        ("best", _BEST, [best]),
        ("best_summary", _BEST_SUMMARY, [shown]),
    ):
        told = [{column: row.get(column) for column in kinds} for row in rows]
        inputs.tables.create(names[name], kinds, told, overwrite=arguments.overwrite)
    return Results(best, len(models), failed)


def _last_runs(runs: Sequence[Run]) -> dict[int, Run]:
    """The last run of each configuration by its key."""
    return {run.request.origin.proposal + 1: run for run in runs}


def _trained(output: OutputFolder, configuration: Configuration) -> Trained | None:
    checkpoint = checkpoint_of(output, configuration)
    try:
        return None if checkpoint is None else read_trained(Path(checkpoint.path))
    except (OSError, ValueError):
        return None


def _model_row(model: _Model, plan: TrainingPlan) -> dict[str, Any]:
    architecture = plan.architectures[str(model.settings.model_id)].architecture
    text = architecture if isinstance(architecture, str) else json.dumps(architecture)
    return {"mst_key": model.key, "model_weights": model.trained.weights, "model_arch": text}


def _info_row(model: _Model, plan: TrainingPlan, started: float) -> dict[str, Any]:
    bracket, settings, measured = plan.schedule.bracket_of(model.key), model.settings, model.trained.measured
    metrics = settings.compile_params.get("metrics")
    row = {
        "mst_key": model.key,
        "model_id": settings.model_id,
        "compile_params": settings.compile_text,
        "fit_params": settings.fit_text,
        "model_type": _MODEL_TYPE,
        "model_size": len(model.trained.weights) / 1024,
        "metrics_elapsed_time": [one["at"] - started for one in measured],
        "metrics_type": metrics if isinstance(metrics, list) or metrics is None else [metrics],
        "loss_type": settings.compile_params["loss"],
        "metrics_iters": [bracket.before + one["iteration"] for one in measured],
        "s": bracket.s,
        "i": bracket.round_at(model.trained.iterations).i,
    }
    for name in ("training_metrics", "training_loss", "validation_metrics", "validation_loss"):
        values = [one[name] for one in measured if name in one]
        row |= {name: values or None, f"{name}_final": values[-1] if values else None}
    return row


def _rank(row: Mapping[str, Any]) -> tuple[bool, float, int]:
    """The least of these is the best: by the validation loss, or the training loss where there is none."""
    loss = row["training_loss_final" if row["validation_loss_final"] is None else "validation_loss_final"]
    return loss is None or math.isnan(loss), loss or 0.0, row["mst_key"]


def _end(runs: Sequence[Run]) -> float:
    return max(((run.result.started_at or 0.0) + run.result.wallclock_s for run in runs), default=0.0)


def _kind_of_classes(data: PackedSummary) -> Kind:
    """As in the summary of the data, where None stands for classes that are in no row."""
    has_numbers = any(isinstance(one, int) for one in data.class_values or ())
    return Kind.INTEGER_ARRAY if has_numbers else Kind.TEXT_ARRAY


def _summary_row(inputs: AutomlInputs, started: float, ended: float) -> dict[str, Any]:
    arguments, data = inputs.arguments, inputs.training.summary
    told = {name: arguments.shown(name) for name in _SUMMARY if hasattr(arguments, name)}
    return told | {
        "model": arguments.model_output_table,
        "model_info": arguments.output_tables["info"],
        "dependent_varname": data.dependent_varname,
        "independent_varname": data.independent_varname,
        "automl_method": inputs.method.name,
        "automl_params": inputs.method.params,
        "start_training_time": datetime.fromtimestamp(int(started)),
        "end_training_time": datetime.fromtimestamp(int(ended)),
        "madlib_version": __version__,
        "num_classes": data.num_classes,
        "class_values": None if data.class_values is None else list(data.class_values),
        "dependent_vartype": data.dependent_vartype,
        "normalizing_const": data.normalizing_const,
    }
