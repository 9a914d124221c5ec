"""`bbopt keras-automl predict`: what one of the models of a search says of the inputs in a table."""

from __future__ import annotations

from bbopt.cli.automl_words import opened_tables, rows_text
from bbopt.cli.command import Arguments

__all__ = ["keras_automl_predict"]


def keras_automl_predict(arguments: Arguments) -> int:
    """Make the table of predictions."""
    from bbopt.automl import Prediction, predict

    own = arguments.own
    wanted = Prediction(
        own.text("model-table"),
        own.text("test-table"),
        own.text("output-table"),
        own.text("id-col"),
        own.optional_text("independent-varname"),
        own.choice("pred-type"),
        own.optional_integer("mst-key"),
        own.flag("use-gpus"),
    )
    n_rows = predict(opened_tables(own), wanted, overwrite=own.flag("overwrite"))
    print(f"{wanted.output_table} has {rows_text(n_rows)}.")
    return 0
