"""Black-box tasks to minimise, with the optimum and a unit of regret for each."""

from benchmarks.tasks.catalog import GROUPS, TaskChoice, choose_tasks, data_folder, make_task
from benchmarks.tasks.scales import Scale
from benchmarks.tasks.settings import Settings, SpaceWalk, settings_of
from benchmarks.tasks.task import Task

__all__ = [
    "GROUPS",
    "Scale",
    "Settings",
    "SpaceWalk",
    "Task",
    "TaskChoice",
    "choose_tasks",
    "data_folder",
    "make_task",
    "settings_of",
]
