"""Whether a built-in evaluator answers the runs instead of the target's program, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.options import OptionValues

__all__ = ["EvaluatorSettings", "read_evaluator"]

_BLAMED = {
    "ANALYTIC": "analytic-function",
    "CONSTANT": "constant-runtime",
    "PRELOADED": "preload-response-data",
    "RANDOM": "random-max-response",
}
"""For each value of `tae` the option that is to blame when the evaluator can't be built."""

_ANSWERS = {
    "CONSTANT": ("constant-run-length", "constant-run-quality", "constant-additional-run-data"),
    "PRELOADED": ("preload-run-length", "preload-quality", "preload-additional-run-data"),
    "RANDOM": ("constant-run-length", "constant-run-quality", "random-additional-run-data"),
}
"""The options with the run length, the quality and the additional data of all answers."""


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """What `tae` names, and SMAC v2's options for it by their meaning; of `name` only its own ones count.

    `place` is where to change what can't be used.
    """

    name: str
    place: Place
    function: str
    status: str
    runtime_s: float
    runlength: float
    quality: float
    additional: str
    response_range: tuple[float, float]
    trend: float
    seed: int
    answers: str


def read_evaluator(values: OptionValues) -> EvaluatorSettings | None:
    """The evaluator that `tae` names; None where the target's program is started.

    InputError for SMAC v2's evaluator behind a server, which bbopt does not have.
    """
    name = values.choice("tae")
    if name == "CLI":
        return None
    if name == "IPC":
        raise InputError(
            "tae = IPC: bbopt does not send its runs to a server",
            place=values.place("tae"),
            expected="CLI, ANALYTIC, BLACKHOLE, CONSTANT, PRELOADED or RANDOM",
            remedy="set tae = CLI, and let algo name a program that passes each call on to your server and "
            "prints its answer",
        )
    for metric in ("metric", "maximize", "metric-limit"):
        if values.is_given(metric):
            raise InputError(
                f"{metric} is for what a program prints, but tae = {name} answers",
                place=values.place(metric),
                remedy=f"leave out {metric}",
            )
    blamed = _BLAMED.get(name, "tae")
    runlength, quality, additional = _ANSWERS.get(name, _ANSWERS["CONSTANT"])
    return EvaluatorSettings(
        name=name,
        place=values.place(blamed if values.is_given(blamed) else "tae"),
        function=values.choice("analytic-function"),
        status=values.choice("constant-run-result"),
        runtime_s=values.number("constant-runtime"),
        runlength=values.number(runlength),
        quality=values.number(quality),
        additional=values.optional_text(additional) or "",
        response_range=(values.number("random-min-response"), values.number("random-max-response")),
        trend=values.number("random-trend-coefficient"),
        seed=values.integer("random-sample-seed"),
        answers=values.optional_text("preload-response-data") or "",
    )
