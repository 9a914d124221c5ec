"""Cross-validation: folds of the data, which are the instances that configurations are compared on."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.options import OptionValues
from bbopt.scenario.call_settings import CallSettings
from bbopt.scenario.call_templates import OUTER_FOLD_FACTS
from bbopt.scenario.objectives import RunObjective, read_run_objective
from bbopt.scenario.retraining import RETRAIN, RetrainingSettings

__all__ = ["OuterFold", "read_folds", "read_outer_fold", "refuse_untold"]

_OF_INSTANCES = (
    *("instances", "instance-suffix", "test-instances", "test-instance-suffix"),
    *("feature-file", "check-instances-exist"),
)


def read_folds(options: OptionValues) -> int | None:
    """How many folds there are; None without cross-validation.  InputError beside instances."""
    folds = options.optional_integer("folds")
    if folds is None:
        return None
    given = [name for name in _OF_INSTANCES if options.is_given(name)]
    if options.is_given("use-instances") and not options.flag("use-instances"):
        given.append("use-instances")
    if given:
        raise InputError(
            f"folds and {given[0]} contradict each other: folds take the place of instances",
            place=options.place(given[0]),
            got=f"{given[0]} = {options.as_text(given[0])}, and folds = {folds} at {options.place('folds')}",
            remedy="leave one of them out",
        )
    if read_run_objective(options) is RunObjective.RUNTIME:
        raise InputError(
            "folds are compared by a quality, and here runtimes are minimised",
            place=options.place("folds"),
            remedy="set run-obj = QUALITY, or name a metric",
        )
    return folds


@dataclass(frozen=True, slots=True)
class OuterFold:
    """In a double cross-validation, which outer fold is left out, of how many.

    `number` is None for the whole, which is a search for each.
    """

    count: int
    number: int | None

    @property
    def facts(self) -> dict[str, str]:
        """What the placeholders stand for."""
        return dict(zip(OUTER_FOLD_FACTS, (str(self.number or 0), str(self.count)), strict=True))

    @property
    def suffix(self) -> str:
        """What the names of the output folder and of the study have behind them."""
        return "" if self.number is None else f"-outer-{self.number}"


def read_outer_fold(options: OptionValues) -> OuterFold | None:
    """What `outer-folds` and `outer-fold` say; InputError for the second without the first, or too large."""
    count, number = options.optional_integer("outer-folds"), options.optional_integer("outer-fold")
    if number is not None and (count is None or number >= count):
        raise InputError(
            "there is no such outer fold",
            place=options.place("outer-fold"),
            got=f"{number} of {'none' if count is None else count}",
            expected="a number from 0 to outer-folds - 1",
        )
    return None if count is None else OuterFold(count, number)


def refuse_untold(
    options: OptionValues, call: CallSettings | None, retraining: RetrainingSettings | None
) -> None:
    """Raise InputError where a double cross-validation's commands do not name the outer fold.

    What is None was refused before, or not given.
    """
    if not options.is_given("outer-folds"):
        return
    fold = OUTER_FOLD_FACTS[0]
    if not options.is_given(RETRAIN):
        raise InputError(
            f"outer-folds needs a {RETRAIN}",
            place=options.place("outer-folds"),
            expected=f"one that trains on all but outer fold {{{fold}}}, and tests on that",
        )
    for command in (call, retraining):
        if command is not None and fold not in command.template.names:
            raise InputError(
                "the command does not tell the program its outer fold",
                place=command.place,
                got=command.text,
                expected=f"the placeholder {{{fold}}}, with call-format argparse or template",
            )
