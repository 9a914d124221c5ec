"""`bbopt keras-automl export-table NAME --output FILE`: a table as a file for other programs."""

from __future__ import annotations

from bbopt.cli.automl_words import opened_tables, rows_text
from bbopt.cli.command import Arguments, current_folder

__all__ = ["keras_automl_export_table"]


def keras_automl_export_table(arguments: Arguments) -> int:
    """Write it."""
    from bbopt.automl import export_table

    own, name = arguments.own, arguments.given.words[0]
    n_rows = export_table(opened_tables(own), name, current_folder() / own.text("output"))
    print(f"{own.text('output')} has {rows_text(n_rows)}.")
    return 0
