"""What a template of a command asks for that no run could give it."""

from __future__ import annotations

from collections.abc import Sequence

from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import FOLD_FACTS, OUTER_FOLD_FACTS, Template
from bbopt.scenario.run_folders import has_run_folders

__all__ = ["refuse_unusable"]


def refuse_unusable(template: Template, words: Sequence[str], values: OptionValues, place: Place) -> None:
    """Raise InputError for what would make every run wrong."""
    if not template.begins_plainly:
        raise InputError(
            "the program's name can't have a placeholder",
            place=place,
            got=words[0],
            expected="a program in PATH, or one beside the scenario, such as ./solver, also in run folders",
        )
    asks_for_cutoff = sorted(template.names & {"cutoff", "cutoff-int"})
    if asks_for_cutoff and values.number("algo-cutoff-time") >= LARGEST_DOUBLE:
        raise InputError(
            f"{{{asks_for_cutoff[0]}}} needs a cutoff",
            place=place,
            got="none",
            remedy="add a line algo-cutoff-time = SECONDS, or leave out the placeholder",
        )
    needs_folder = sorted(template.names & {"run-folder", "parameters-file"})
    if needs_folder and not has_run_folders(values):
        raise InputError(
            f"{{{needs_folder[0]}}} needs run folders", place=place, remedy="set run-folders = true"
        )
    for option, facts in (("folds", FOLD_FACTS), ("outer-folds", OUTER_FOLD_FACTS)):
        asks_for_fold = sorted(template.names & set(facts))
        if asks_for_fold and not values.is_given(option):
            raise InputError(
                f"{{{asks_for_fold[0]}}} needs a cross-validation",
                place=place,
                got=f"no {option}",
                remedy=f"add a line {option} = NUMBER, or leave out the placeholder",
            )
