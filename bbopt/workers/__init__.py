"""Workers: processes that take jobs from a queue, execute them under supervisors, and say what came out."""

from bbopt.workers.experiments import Experiments
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
    "is_trusted",
    "refuse_untrusted",
]
