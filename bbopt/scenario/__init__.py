"""Scenario files, option files and the command line, and the resolved settings that they give together."""

from bbopt.options import COMMAND_LINE, Assignments, OptionValues, read_command_line, resolve
from bbopt.scenario.budgets import BudgetOptions
from bbopt.scenario.call_settings import CallFormatName, CallSettings
from bbopt.scenario.clusters import Cluster, ClusterSettings
from bbopt.scenario.evaluators import EvaluatorSettings
from bbopt.scenario.execution import AnswerChecks, CrashPolicy, ExecutionSettings
from bbopt.scenario.hopeless import HopelessRule
from bbopt.scenario.loading import (
    find_pcs_file,
    is_given_anywhere,
    load_scenario,
    replacements_for_rungroup,
)
from bbopt.scenario.objectives import RunObjective
from bbopt.scenario.option_files import read_option_file
from bbopt.scenario.output import LoggingSettings, SharingSettings
from bbopt.scenario.portable import PortableScenario, portable_command, portable_scenario
from bbopt.scenario.random_seeds import draw_seed
from bbopt.scenario.scenario import InstanceFiles, Limits, Resumption, Said, Scenario, ScenarioCommands
from bbopt.scenario.search import GridLevels, ModelOptions, ProposerName, RacerName, RacingOptions, StartText
from bbopt.scenario.state_folders import state_folder_seed
from bbopt.scenario.validation_settings import (
    IncumbentChoice,
    IncumbentTimes,
    PairNumbers,
    ValidationSettings,
)

__all__ = [
    "COMMAND_LINE",
    "AnswerChecks",
    "Assignments",
    "BudgetOptions",
    "CallFormatName",
    "CallSettings",
    "Cluster",
    "ClusterSettings",
    "CrashPolicy",
    "EvaluatorSettings",
    "ExecutionSettings",
    "GridLevels",
    "HopelessRule",
    "IncumbentChoice",
    "IncumbentTimes",
    "InstanceFiles",
    "Limits",
    "LoggingSettings",
    "ModelOptions",
    "OptionValues",
    "PairNumbers",
    "PortableScenario",
    "ProposerName",
    "RacerName",
    "RacingOptions",
    "Resumption",
    "RunObjective",
    "Said",
    "Scenario",
    "ScenarioCommands",
    "SharingSettings",
    "StartText",
    "ValidationSettings",
    "draw_seed",
    "find_pcs_file",
    "is_given_anywhere",
    "load_scenario",
    "portable_command",
    "portable_scenario",
    "read_command_line",
    "read_option_file",
    "replacements_for_rungroup",
    "resolve",
    "state_folder_seed",
]
