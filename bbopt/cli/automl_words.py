"""What the steps of `bbopt keras-automl` share: where tables are, lists of names, numbers of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbopt.cli.command import current_folder
from bbopt.errors import InputError
from bbopt.options import OptionValues

if TYPE_CHECKING:
    from bbopt.automl import Tables

__all__ = ["listed_names", "opened_tables", "rows_text"]


def opened_tables(own: OptionValues) -> Tables:
    """Those of --database, and the files in the current folder."""
    from bbopt.automl import Tables

    try:
        return Tables.open(own.text("database"), current_folder())
    except InputError as error:
        raise error.at(own.place("database")) from None


def listed_names(text: str | None) -> list[str]:
    """Those in a list with commas; none without a text."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def rows_text(number: int) -> str:
    """So many rows, in words."""
    return "1 row" if number == 1 else f"{number} rows"
