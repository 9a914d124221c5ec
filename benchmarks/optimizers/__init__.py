"""bbopt and its peers behind one small protocol: ask and tell, in process, timed without the task."""

from benchmarks.optimizers.protocol import Optimizer, Trial
from benchmarks.optimizers.registry import OPTIMIZERS, OptimizerName, make_optimizer, parse_name
from benchmarks.optimizers.timed_search import TimedSearch, warm_up

__all__ = [
    "OPTIMIZERS",
    "Optimizer",
    "OptimizerName",
    "TimedSearch",
    "Trial",
    "make_optimizer",
    "parse_name",
    "warm_up",
]
