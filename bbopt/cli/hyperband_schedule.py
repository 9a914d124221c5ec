"""`bbopt hyperband-schedule --R N --eta N`: the rounds of Hyperband's brackets, as a table or as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.cli.command import Arguments
from bbopt.errors import InputErrors
from bbopt.scenario.budgets import BudgetOptions, refuse_without_promotion

__all__ = ["hyperband_schedule"]

_NAMES = ("s", "i", "n_i", "r_i")


def hyperband_schedule(arguments: Arguments) -> int:
    """Print it; InputError where no configuration would be promoted."""
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
        (str(bracket.s), str(i), str(rung.n), str(rung.budget))
        for bracket in brackets
        for i, rung in enumerate(bracket.rungs)
    ]
    print("\n".join(_csv(rows) if own.flag("csv") else _table(rows)))
    return 0


def _csv(rows: Sequence[Sequence[str]]) -> list[str]:
    return [",".join(row) for row in (_NAMES, *rows)]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """As a database shows one."""
    widths = [max(map(len, column)) for column in zip(_NAMES, *rows, strict=True)]
    lines = [" | ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    head = " | ".join(name.center(width) for name, width in zip(_NAMES, widths, strict=True))
    rule = "-+-".join("-" * width for width in widths)
    return [f" {head}".rstrip(), f"-{rule}-", *(f" {line}" for line in lines), f"({len(rows)} rows)"]
