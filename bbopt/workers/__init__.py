"""Workers: processes that take jobs from a queue, execute them under supervisors, and say what came out."""

from bbopt.workers.experiments import Experiments, experiment_content, state_of
from bbopt.workers.job_runners import JobRunner, SearchRuns
from bbopt.workers.permissions import is_trusted, refuse_untrusted
from bbopt.workers.worker import Worker, WorkerEnd, WorkerSettings

__all__ = [
    "Experiments",
    "JobRunner",
    "SearchRuns",
    "Worker",
    "WorkerEnd",
    "WorkerSettings",
    "experiment_content",
    "is_trusted",
    "refuse_untrusted",
    "state_of",
]
