"""The loop that joins an engine, an executor and a record: ask, execute, record, tell, stop."""

from bbopt.tuning.answers import Answers
from bbopt.tuning.events import Observer, Outcome, Progress
from bbopt.tuning.iterations import Iterations
from bbopt.tuning.ledger import keep, keep_earlier
from bbopt.tuning.named_runs import NamedRuns
from bbopt.tuning.peers import Peers
from bbopt.tuning.run_queue import RunQueue, execute_once
from bbopt.tuning.steering import LOOK_S, Steering
from bbopt.tuning.tuner import Tuner
from bbopt.tuning.tuner_settings import Clocks, TunerSettings

__all__ = [
    "LOOK_S",
    "Answers",
    "Clocks",
    "Iterations",
    "NamedRuns",
    "Observer",
    "Outcome",
    "Peers",
    "Progress",
    "RunQueue",
    "Steering",
    "Tuner",
    "TunerSettings",
    "execute_once",
    "keep",
    "keep_earlier",
]
