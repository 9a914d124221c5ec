"""How long runs may be: the budgets of racers that begin with cheap runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.options import OptionValues
from bbopt.scenario.search import RacerName

__all__ = ["BUDGET_MAX", "BudgetOptions", "read_budgets", "refuse_without_promotion"]

BUDGET_MAX = "budget-max"
_OF_RUNGS = ("budget-min", "eta", "skip-last", "brackets", "budget-counts")
"""The options that only a racer with runs at several budgets heeds."""

_OF_SCHEDULES = ("skip-last", "brackets", "budget-counts")
"""Those of them that belong to a schedule."""

_OF_AUTO = ("budget-continues",)

_BUDGETS = "runs at several budgets"
_ABOUT = {"brackets": "brackets of such runs", "budget-continues": "runs that go on from others"}


@dataclass(frozen=True, slots=True)
class BudgetOptions:
    """Budgets from `least` to `most` (R), in the target's own unit.

    eta: of so many configurations one goes on.  skip_last: rungs that each bracket leaves out at its end.
    brackets: how many, None for as many as the search's limits allow.  are_additional: a rung's budget is
    what a configuration gets more, rather than all that it has had.  continue_: whether a run goes on from
    the configuration's last one; None where that is not said.
    """

    least: int
    most: int
    eta: int = 3
    skip_last: int = 0
    brackets: int | None = None
    are_additional: bool = False
    continue_: bool | None = None


def read_budgets(values: OptionValues, racer: RacerName) -> BudgetOptions | None:
    """What the options say; None without `budget-max`.

    InputError for budgets that leave nothing to promote, and for options that `racer` does not heed.
    """
    most = values.optional_integer(BUDGET_MAX)
    if most is None:
        if not values.is_given(BUDGET_MAX):  # else its problem is already known
            _refuse_without_budget(values, racer)
        return None
    if racer is RacerName.AUTO:
        remedy = f"set racer = {RacerName.HYPERBAND.value}, say, or leave"
        _refuse_given(values, _OF_SCHEDULES, "racer = auto has no schedule", remedy)
    else:
        _refuse_given(values, _OF_AUTO, f"racer = {racer.value} does not ask", "set racer = auto, or leave")
    if not racer.has_budgets:
        remedy = f"set racer = {RacerName.HYPERBAND.value}, say, or leave"
        _refuse_given(values, _OF_RUNGS, f"racer = {racer.value} makes all runs in full", remedy)
    if racer is RacerName.ASHA:
        _refuse_given(values, ("brackets",), "asha has one without an end", "limit the runs, or leave")
    options = BudgetOptions(
        least=values.integer("budget-min"),
        most=most,
        eta=values.integer("eta"),
        skip_last=values.integer("skip-last"),
        brackets=values.optional_integer("brackets"),
        are_additional=values.choice("budget-counts") == "additional",
        continue_=values.optional_flag("budget-continues"),
    )
    if racer.has_rungs:
        refuse_without_promotion(options, values.place)
    elif racer.has_budgets:
        _refuse_least_above_most(options, values.place, BUDGET_MAX)
    return options


def _refuse_without_budget(values: OptionValues, racer: RacerName) -> None:
    if racer.has_budgets:
        raise InputError(
            f"racer = {racer.value} needs the budget of a run in full",
            place=values.place("racer"),
            expected="budget-max = N, in the unit of the target: epochs, iterations, percents of the data",
        )
    _refuse_given(values, (*_OF_RUNGS, *_OF_AUTO), "there are none", f"set {BUDGET_MAX}, or leave")


def _refuse_given(values: OptionValues, names: Iterable[str], why: str, remedy: str) -> None:
    for name in names:
        if values.is_given(name):
            raise InputError(
                f"{name} is about {_ABOUT.get(name, _BUDGETS)}, and {why}",
                place=values.place(name),
                got=f"{name} = {values.as_text(name)}",
                remedy=f"{remedy} {name} out",
            )


def _refuse_least_above_most(options: BudgetOptions, place_of: Callable[[str], Place], most: str) -> None:
    if options.least > options.most:
        raise InputError(
            f"{most} is below budget-min",
            place=place_of(most),
            got=f"{most} = {options.most}, and budget-min = {options.least}",
            expected=f"{most} several times as large as budget-min",
            remedy="raise the one, or lower the other",
        )


def refuse_without_promotion(
    options: BudgetOptions, place_of: Callable[[str], Place], most: str = BUDGET_MAX
) -> None:
    """Raise InputError where no configuration could be promoted; `most` is what `options.most` is called."""
    _refuse_least_above_most(options, place_of, most)
    if options.least * options.eta > options.most:
        raise InputError(
            f"{most} leaves no configuration to promote: it is below eta times budget-min",
            place=place_of(most),
            got=f"{most} = {options.most}, eta = {options.eta}, budget-min = {options.least}",
            expected=f"{most} of at least {options.least * options.eta}",
            remedy=f"raise {most}, in a finer unit perhaps, or lower the others",
        )
    n_rungs = _n_rungs(options)
    if options.skip_last >= n_rungs:
        raise InputError(
            "skip-last leaves no run to make",
            place=place_of("skip-last"),
            got=f"skip-last = {options.skip_last}, and the longest bracket has {n_rungs} rungs",
            expected=f"an integer in [0, {n_rungs - 1}]",
            remedy="lower it: 1 leaves out the runs in full",
        )


def _n_rungs(options: BudgetOptions) -> int:
    """How many rungs the longest bracket has: each one has `eta` times the budget of the one before."""
    n, budget = 1, options.least
    while (budget := budget * options.eta) <= options.most:
        n += 1
    return n
