"""`bbopt keras-automl load-keras-model FILE`: an architecture for a search to choose from."""

from __future__ import annotations

from bbopt.cli.automl_words import opened_tables
from bbopt.cli.command import Arguments, current_folder

__all__ = ["keras_automl_load_keras_model"]


def keras_automl_load_keras_model(arguments: Arguments) -> int:
    """Add it to the table."""
    from bbopt.automl import load_keras_model

    own, table = arguments.own, arguments.own.text("model-arch-table")
    weights = own.optional_text("weights")
    number = load_keras_model(
        opened_tables(own),
        table,
        current_folder() / arguments.given.words[0],
        weights=None if weights is None else current_folder() / weights,
        name=own.optional_text("name"),
        description=own.optional_text("description"),
        overwrite=own.flag("overwrite"),
    )
    print(f"{table} has the model {number}.")
    return 0
