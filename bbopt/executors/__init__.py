"""Executing runs: the `Executor` protocol, and local processes behind it."""

from bbopt.executors.local import LocalExecutor
from bbopt.executors.protocol import Executor, FinishedRun
from bbopt.executors.run_rules import RunRules

__all__ = ["Executor", "FinishedRun", "LocalExecutor", "RunRules"]
