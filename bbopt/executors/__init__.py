"""Executing runs: the `Executor` protocol, with local processes or built-in evaluators behind it."""

from bbopt.executors.checkpoints import Checkpoints
from bbopt.executors.evaluators import Evaluator
from bbopt.executors.executor import Executor, FinishedRun, OnProgress, RunProgress, nobody
from bbopt.executors.folder_keeper import FolderKeeper
from bbopt.executors.in_process import InProcessExecutor
from bbopt.executors.local import LocalExecutor
from bbopt.executors.run_orders import RunOrders
from bbopt.executors.run_places import JobNames, RunNumbers, RunPlaces

__all__ = [
    "Checkpoints",
    "Evaluator",
    "Executor",
    "FinishedRun",
    "FolderKeeper",
    "InProcessExecutor",
    "JobNames",
    "LocalExecutor",
    "OnProgress",
    "RunNumbers",
    "RunOrders",
    "RunPlaces",
    "RunProgress",
    "nobody",
]
