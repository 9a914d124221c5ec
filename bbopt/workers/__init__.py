"""Workers: processes that take jobs from a queue, execute them under supervisors, and say what came out."""

from bbopt.workers.job_runners import JobRunner, SearchRuns
from bbopt.workers.permissions import refuse_untrusted
from bbopt.workers.worker import Worker, WorkerEnd, WorkerSettings

__all__ = ["JobRunner", "SearchRuns", "Worker", "WorkerEnd", "WorkerSettings", "refuse_untrusted"]
