"""Workers: processes that take jobs from a queue, execute them under supervisors, and say what came out.

What is in jobs of people stands beside how they are executed.
"""

from bbopt.workers.command_jobs import CommandRuns, command_jobs
from bbopt.workers.experiments import Experiments
from bbopt.workers.job_runners import JobRunner, SearchRuns
from bbopt.workers.own_search_runs import OwnSearchRuns
from bbopt.workers.permissions import is_trusted, refuse_untrusted
from bbopt.workers.scenario_runs import ScenariosOfQueue, setup_here
from bbopt.workers.settings_jobs import SettingsRuns, Wanted, checked_configurations, settings_jobs
from bbopt.workers.worker import Worker, WorkerEnd, WorkerSettings

__all__ = [
    "CommandRuns",
    "Experiments",
    "JobRunner",
    "OwnSearchRuns",
    "ScenariosOfQueue",
    "SearchRuns",
    "SettingsRuns",
    "Wanted",
    "Worker",
    "WorkerEnd",
    "WorkerSettings",
    "checked_configurations",
    "command_jobs",
    "is_trusted",
    "refuse_untrusted",
    "settings_jobs",
    "setup_here",
]
