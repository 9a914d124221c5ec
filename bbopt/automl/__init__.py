"""AutoML for Keras as MADlib has it: from tables, over architectures and grids, to tables of results."""

from bbopt.automl.exporting import export_table
from bbopt.automl.loading import load_table
from bbopt.automl.model_library import load_keras_model
from bbopt.automl.packed import PackedData, PackedSummary, read_packed, read_packed_summary
from bbopt.automl.predicting import Prediction, predict
from bbopt.automl.preparing import Preparation, prepare
from bbopt.automl.splitting import Split, split_names, train_test_split
from bbopt.automl.tables import Kind, Tables, derived_name

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
    "load_keras_model",
    "load_table",
    "predict",
    "prepare",
    "read_packed",
    "read_packed_summary",
    "split_names",
    "train_test_split",
]
