"""`bbopt keras-automl prepare`: a table packed for training or validation."""

from __future__ import annotations

from bbopt.cli.automl_words import opened_tables, rows_text
from bbopt.cli.command import Arguments

__all__ = ["keras_automl_prepare"]


def keras_automl_prepare(arguments: Arguments) -> int:
    """Pack it."""
    from bbopt.automl import Preparation, prepare

    own = arguments.own
    wanted = Preparation(
        own.text("source-table"),
        own.text("output-table"),
        own.text("dependent-varname"),
        own.text("independent-varname"),
        own.number("normalizing-const"),
        own.optional_integer("buffer-size"),
        own.optional_integer("num-classes"),
        own.optional_text("training-preprocessor-table"),
    )
    summary = prepare(opened_tables(own), wanted, overwrite=own.flag("overwrite"))
    classes = f", {summary.num_classes} classes" if summary.class_values is not None else ""
    print(f"{summary.output_table} is ready: buffers of {rows_text(summary.buffer_size)}{classes}.")
    return 0
