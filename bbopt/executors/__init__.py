"""Executing runs: the `Executor` protocol, with local processes or built-in evaluators behind it."""

from bbopt.executors.evaluators import Evaluator
from bbopt.executors.executor import Executor, FinishedRun, OnProgress, RunProgress, nobody
from bbopt.executors.in_process import InProcessExecutor
from bbopt.executors.local import LocalExecutor
from bbopt.executors.run_orders import RunOrders

__all__ = [
    "Evaluator",
    "Executor",
    "FinishedRun",
    "InProcessExecutor",
    "LocalExecutor",
    "OnProgress",
    "RunOrders",
    "RunProgress",
    "nobody",
]
