"""`bbopt hyperband-schedule --R N --eta N`: the rounds of Hyperband's brackets, shown or kept as a table."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.cli.command import Arguments
from bbopt.errors import InputErrors
from bbopt.options import OptionValues
from bbopt.scenario.budgets import BudgetOptions, refuse_without_promotion

__all__ = ["hyperband_schedule"]

_NAMES = ("s", "i", "n_i", "r_i")


def hyperband_schedule(arguments: Arguments) -> int:
    """Print it, or keep it; InputError where no configuration would be promoted."""
    own = arguments.own
    if arguments.given.problems:
        raise InputErrors(arguments.given.problems)
    options = BudgetOptions(
        least=own.integer("budget-min"),
        most=own.integer("R"),
        eta=own.integer("eta"),
        skip_last=own.integer("skip-last"),
    )
    refuse_without_promotion(options, own.place, "R")
    from bbopt.engines.racers import schedule

    brackets = schedule.hyperband_schedule(options.most, options.eta, options.least, options.skip_last)
    rows = [
        (bracket.s, i, rung.n, rung.budget) for bracket in brackets for i, rung in enumerate(bracket.rungs)
    ]
    if own.is_given("table"):
        return _write(own, rows)
    texts = [tuple(map(str, row)) for row in rows]
    if own.flag("csv"):
        print("\n".join(",".join(row) for row in (_NAMES, *texts)))
    else:
        from rich.console import Console

        from bbopt.cli.database_table import row_lines
        from bbopt.cli.plain_table import print_lines

        print_lines(Console(highlight=False), row_lines(_NAMES, texts, frozenset(range(len(_NAMES)))))
    return 0


def _write(own: OptionValues, rows: Sequence[tuple[int, ...]]) -> int:
    """Into a table of a database, as MADlib's function of this name."""
    from bbopt.automl import Kind
    from bbopt.cli.automl_words import opened_tables, rows_text

    name = own.text("table")
    named = (dict(zip(_NAMES, row, strict=True)) for row in rows)
    columns = dict.fromkeys(_NAMES, Kind.INTEGER)
    opened_tables(own).create(name, columns, named, overwrite=own.flag("overwrite"))
    print(f"{name} has {rows_text(len(rows))}.")
    return 0
