"""AutoML for Keras as MADlib has it: from tables, over architectures and grids, to tables of results."""

from __future__ import annotations

from bbopt.automl.exporting import export_table
from bbopt.automl.loading import load_table
from bbopt.automl.model_library import load_keras_model
from bbopt.automl.packed import PackedData, PackedSummary, read_packed, read_packed_summary
from bbopt.automl.predicting import Prediction, predict
from bbopt.automl.preparing import Preparation, prepare
from bbopt.automl.splitting import Split, split_names, train_test_split
from bbopt.automl.tables import Kind, Tables, derived_name
from bbopt.automl.top_k import top_k

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bbopt.automl.api import keras_automl

__all__ = [
    "Kind",
    "PackedData",
    "PackedSummary",
    "Prediction",
    "Preparation",
    "Split",
    "Tables",
    "derived_name",
    "export_table",
    "keras_automl",
    "load_keras_model",
    "load_table",
    "predict",
    "prepare",
    "read_packed",
    "read_packed_summary",
    "split_names",
    "top_k",
    "train_test_split",
]


def __getattr__(name: str) -> Any:
    """`keras_automl`, imported on first use: training processes need no search."""
    if name == "keras_automl":
        from bbopt.automl.api import keras_automl

        return keras_automl
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
