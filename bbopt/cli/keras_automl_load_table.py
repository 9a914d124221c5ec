"""`bbopt keras-automl load-table FILE --table NAME`: a table of a CSV or NPZ file."""

from __future__ import annotations

from bbopt.cli.automl_words import listed_names, opened_tables, rows_text
from bbopt.cli.command import Arguments, current_folder
from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["keras_automl_load_table"]


def keras_automl_load_table(arguments: Arguments) -> int:
    """Make it."""
    from bbopt.automl import load_table

    own, name = arguments.own, arguments.own.text("table")
    file, arrays = current_folder() / arguments.given.words[0], _arrays(own)
    n_rows = load_table(opened_tables(own), file, name, arrays=arrays, overwrite=own.flag("overwrite"))
    print(f"{name} has {rows_text(n_rows)}.")
    return 0


def _arrays(own: OptionValues) -> dict[str, list[str]]:
    arrays: dict[str, list[str]] = {}
    for text, place in own.placed_texts("array"):
        name, _, columns = text.partition("=")
        if not (name.strip() and listed_names(columns)):
            raise InputError("this is no array of columns", place=place, got=text, expected="NAME=COLUMN,...")
        arrays[name.strip()] = listed_names(columns)
    return arrays
