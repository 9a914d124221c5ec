"""How the winner of a search is trained once more, on all data: `retrain-command`."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import Place
from bbopt.options import OptionValues
from bbopt.scenario.call_templates import (
    FACTS,
    OUTER_FOLD_FACTS,
    RESULT_FILE_FACT,
    RUN_FACTS,
    WORD_LIST,
    Template,
    parse_template,
)
from bbopt.scenario.target_program import split_command
from bbopt.scenario.usable_templates import refuse_unusable

__all__ = ["RETRAIN", "RetrainingSettings", "read_retraining"]

RETRAIN = "retrain-command"
"""The option."""

_OF_INSTANCES = {"instance", "instance-info"}


@dataclass(frozen=True, slots=True)
class RetrainingSettings:
    """The command, as words, as given, and with its placeholders."""

    words: tuple[str, ...]
    text: str
    place: Place
    template: Template


def read_retraining(options: OptionValues) -> RetrainingSettings | None:
    """What the option says, None where it is not given; InputError for what can't be used.

    Settings that it does not name follow at its end, unless files carry them.
    """
    text, place = options.optional_text(RETRAIN), options.place(RETRAIN)
    if text is None:
        return None
    words = split_command(text, place)
    names = [name for name in (*FACTS, *OUTER_FOLD_FACTS, *RUN_FACTS) if name not in _OF_INSTANCES]
    template = parse_template(words, [*names, RESULT_FILE_FACT], text, place)
    refuse_unusable(template, words, options, place)
    in_files = any(options.is_given(name) for name in ("template", "parameters-file"))
    if WORD_LIST not in template.names and not in_files:
        template = template.followed_by(WORD_LIST)
    return RetrainingSettings(words, text, place, template)
