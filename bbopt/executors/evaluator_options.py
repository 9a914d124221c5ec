"""Which built-in evaluator the options name, if any."""

from __future__ import annotations

from collections.abc import Callable

from bbopt.errors import InputError
from bbopt.executors.cluster_options import cluster_of
from bbopt.executors.evaluators import (
    ANALYTIC_FUNCTIONS,
    AnalyticEvaluator,
    BlackHole,
    ConstantEvaluator,
    Evaluator,
    PreloadedEvaluator,
    RandomEvaluator,
    parse_answers,
)
from bbopt.scenario import OptionValues
from bbopt.space import Space

__all__ = ["evaluator_of"]


def evaluator_of(options: OptionValues, space: Space) -> Evaluator | None:
    """What answers the runs by `tae`, a fresh one each time; None where the target is started.

    InputError for options that do not fit the evaluator, or an evaluator that does not fit `space`.
    """
    name = options.choice("tae")
    if name not in _EVALUATORS:
        return None
    if cluster_of(options) is not None:
        raise InputError(
            f"with tae = {name} there is nothing to run on a cluster",
            place=options.place("tae"),
            remedy="leave out the cluster, or the tae",
        )
    build, option = _EVALUATORS[name]
    try:
        return build(options, space)
    except ValueError as error:
        raise InputError(
            f"tae = {name} can't answer runs: {error}",
            place=options.place(option if options.is_given(option) else "tae"),
            expected=_EXPECTED.get(option),
        ) from error


def _analytic(options: OptionValues, space: Space) -> Evaluator:
    return AnalyticEvaluator(ANALYTIC_FUNCTIONS[options.choice("analytic-function")], space)


def _constant(options: OptionValues, space: Space) -> Evaluator:
    del space
    return ConstantEvaluator(
        options.choice("constant-run-result"),
        options.number("constant-runtime"),
        options.number("constant-run-length"),
        options.number("constant-run-quality"),
        options.optional_text("constant-additional-run-data") or "",
    )


def _random(options: OptionValues, space: Space) -> Evaluator:
    del space
    return RandomEvaluator(
        options.number("random-min-response"),
        options.number("random-max-response"),
        options.number("random-trend-coefficient"),
        options.integer("random-sample-seed"),
        options.optional_text("random-additional-run-data") or "",
    )


def _preloaded(options: OptionValues, space: Space) -> Evaluator:
    del space
    answers = parse_answers(options.optional_text("preload-response-data") or "")
    if not answers:
        raise ValueError("there is none in preload-response-data")
    return PreloadedEvaluator(
        answers,
        runlength=options.number("preload-run-length"),
        quality=options.number("preload-quality"),
        additional=options.optional_text("preload-additional-run-data") or "",
    )


def _black_hole(options: OptionValues, space: Space) -> Evaluator:
    del options, space
    return BlackHole()


_EVALUATORS: dict[str, tuple[Callable[[OptionValues, Space], Evaluator], str]] = {
    "ANALYTIC": (_analytic, "analytic-function"),
    "BLACKHOLE": (_black_hole, "tae"),
    "CONSTANT": (_constant, "constant-runtime"),
    "PRELOADED": (_preloaded, "preload-response-data"),
    "RANDOM": (_random, "random-max-response"),
}
"""For each value of `tae`: how the evaluator is built, and the option that is to blame when it can't be."""

_EXPECTED = {
    "preload-response-data": "[STATUS=runtime],[STATUS=runtime],... such as [SAT=1.5],[TIMEOUT=10]",
}
