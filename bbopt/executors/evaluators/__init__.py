"""Built-in evaluators: what answers runs in place of the target when a set-up is tested (`--tae`)."""

from bbopt.executors.evaluators.analytic import ANALYTIC_FUNCTIONS, AnalyticEvaluator, AnalyticFunction
from bbopt.executors.evaluators.black_hole import BlackHole
from bbopt.executors.evaluators.building import build_evaluator
from bbopt.executors.evaluators.constant import ConstantEvaluator
from bbopt.executors.evaluators.evaluator import Evaluator
from bbopt.executors.evaluators.preloaded import PreloadedAnswer, PreloadedEvaluator, parse_answers
from bbopt.executors.evaluators.random_answers import RandomEvaluator

__all__ = [
    "ANALYTIC_FUNCTIONS",
    "AnalyticEvaluator",
    "AnalyticFunction",
    "BlackHole",
    "ConstantEvaluator",
    "Evaluator",
    "PreloadedAnswer",
    "PreloadedEvaluator",
    "RandomEvaluator",
    "build_evaluator",
    "parse_answers",
]
