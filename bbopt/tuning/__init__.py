"""The loop that joins an engine, an executor and a record: ask, execute, record, tell, stop."""

from bbopt.tuning.answers import Answers
from bbopt.tuning.events import Observer, Outcome, Progress
from bbopt.tuning.iterations import Iterations
from bbopt.tuning.ledger import keep
from bbopt.tuning.peers import Peers
from bbopt.tuning.run_queue import RunQueue, execute_once
from bbopt.tuning.steering import Steering
from bbopt.tuning.tuner import Tuner
from bbopt.tuning.tuner_settings import Clocks, TunerSettings

__all__ = [
    "Answers",
    "Clocks",
    "Iterations",
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
]
