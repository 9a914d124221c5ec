"""Checkpoints of runs, as the options say: whether there are any, and which ones stay."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.options import OptionValues
from bbopt.scenario.call_settings import CallSettings
from bbopt.scenario.call_templates import CHECKPOINT_FACTS
from bbopt.scenario.evaluators import EvaluatorSettings
from bbopt.scenario.run_folders import RunFolderSettings

__all__ = ["CheckpointSettings", "read_checkpoints"]

_KEPT = re.compile(r"(?P<word>all|none|best)(?:\s*:\s*(?P<n>[1-9]\d{0,8}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckpointSettings:
    """Of how many of the best configurations checkpoints stay at the end; None for all configurations.

    `are_used`: the program goes on from them, as far as commands or the option `checkpoints` tell.
    """

    n_best: int | None = 1
    are_used: bool = False


def read_checkpoints(
    values: OptionValues,
    call: CallSettings,
    folders: RunFolderSettings | None,
    evaluator: EvaluatorSettings | None,
    *,
    has_budgets: bool,
) -> CheckpointSettings | None:
    """What the options say, None for no checkpoints.

    Where they say nothing, there are some with budgets, and where commands name them.
    """
    named = sorted(_names_in_commands(call, folders) & set(CHECKPOINT_FACTS))
    is_asked_for = values.optional_flag("checkpoints")
    if is_asked_for is False and named:
        raise InputError(
            f"{{{named[0]}}} needs checkpoints", place=call.place, remedy="set checkpoints = true"
        )
    if is_asked_for and evaluator is not None:
        raise InputError(
            f"with tae = {evaluator.name} there is no program that could leave checkpoints",
            place=values.place("checkpoints"),
            remedy="leave out checkpoints, or the tae",
        )
    is_on = bool(named) or has_budgets if is_asked_for is None else is_asked_for
    if not is_on or evaluator is not None:
        _refuse_without_checkpoints(values)
        return None
    return CheckpointSettings(_n_best(values), are_used=bool(named) or bool(is_asked_for))


def _names_in_commands(call: CallSettings, folders: RunFolderSettings | None) -> set[str]:
    templates = [call.template]
    if folders is not None:
        templates += [*folders.before, *folders.after]
    return {name for template in templates for name in template.names}


def _refuse_without_checkpoints(values: OptionValues) -> None:
    if values.is_given("keep-checkpoints"):
        raise InputError(
            "keep-checkpoints needs checkpoints",
            place=values.place("keep-checkpoints"),
            remedy="set checkpoints = true",
        )


def _n_best(values: OptionValues) -> int | None:
    text = values.text("keep-checkpoints")
    match = _KEPT.fullmatch(text.strip())
    if match is None or (match["n"] and match["word"].lower() != "best"):
        raise InputError(
            "keep-checkpoints can't be read",
            place=values.place("keep-checkpoints"),
            got=text,
            expected="all, none, best or best:N",
        )
    word = match["word"].lower()
    return None if word == "all" else int(match["n"] or 1) if word == "best" else 0
