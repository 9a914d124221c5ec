"""The built-in evaluator that a scenario names."""

from __future__ import annotations

from collections.abc import Callable

from bbopt.errors import InputError
from bbopt.executors.evaluators.analytic import ANALYTIC_FUNCTIONS, AnalyticEvaluator
from bbopt.executors.evaluators.black_hole import BlackHole
from bbopt.executors.evaluators.constant import ConstantEvaluator
from bbopt.executors.evaluators.evaluator import Evaluator
from bbopt.executors.evaluators.preloaded import PreloadedEvaluator, parse_answers
from bbopt.executors.evaluators.random_answers import RandomEvaluator
from bbopt.scenario import EvaluatorSettings
from bbopt.space import Space

__all__ = ["build_evaluator"]


def build_evaluator(settings: EvaluatorSettings | None, space: Space) -> Evaluator | None:
    """What answers the runs, a fresh one each time; None where the target is started.

    InputError for settings that do not fit the evaluator, or an evaluator that does not fit `space`.
    """
    if settings is None:
        return None
    try:
        return _BUILDERS[settings.name](settings, space)
    except ValueError as error:
        raise InputError(
            f"tae = {settings.name} can't answer runs: {error}",
            place=settings.place,
            expected=_EXPECTED.get(settings.name),
        ) from error


def _analytic(settings: EvaluatorSettings, space: Space) -> Evaluator:
    return AnalyticEvaluator(ANALYTIC_FUNCTIONS[settings.function], space)


def _constant(settings: EvaluatorSettings, space: Space) -> Evaluator:
    del space
    return ConstantEvaluator(
        settings.status, settings.runtime_s, settings.runlength, settings.quality, settings.additional
    )


def _random(settings: EvaluatorSettings, space: Space) -> Evaluator:
    del space
    return RandomEvaluator(*settings.response_range, settings.trend, settings.seed, settings.additional)


def _preloaded(settings: EvaluatorSettings, space: Space) -> Evaluator:
    del space
    answers = parse_answers(settings.answers)
    if not answers:
        raise ValueError("there is none in preload-response-data")
    return PreloadedEvaluator(
        answers, runlength=settings.runlength, quality=settings.quality, additional=settings.additional
    )


def _black_hole(settings: EvaluatorSettings, space: Space) -> Evaluator:
    del settings, space
    return BlackHole()


_BUILDERS: dict[str, Callable[[EvaluatorSettings, Space], Evaluator]] = {
    "ANALYTIC": _analytic,
    "BLACKHOLE": _black_hole,
    "CONSTANT": _constant,
    "PRELOADED": _preloaded,
    "RANDOM": _random,
}

_EXPECTED = {"PRELOADED": "[STATUS=runtime],[STATUS=runtime],... such as [SAT=1.5],[TIMEOUT=10]"}
