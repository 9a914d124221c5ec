"""Whether runs are answered by a built-in evaluator instead of the target's program."""

from __future__ import annotations

from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["built_in_evaluator"]


def built_in_evaluator(values: OptionValues) -> str | None:
    """The evaluator that `tae` names; None where the target's program is started.

    InputError for SMAC v2's evaluator behind a server, which bbopt does not have.
    """
    name = values.choice("tae")
    if name == "IPC":
        raise InputError(
            "tae = IPC: bbopt does not send its runs to a server",
            place=values.place("tae"),
            expected="CLI, ANALYTIC, BLACKHOLE, CONSTANT, PRELOADED or RANDOM",
            remedy="set tae = CLI, and let algo name a program that passes each call on to your server and "
            "prints its answer",
        )
    return None if name == "CLI" else name
