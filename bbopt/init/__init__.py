"""From a program that nobody knows to the files of a search: arguments, ranges, templates, and the metric.

`reading.py` finds out what it takes, `proposing.py` what of that to search, `metric_finding.py` what to
optimise, `trial.py` runs it once, and `writing.py` writes it all down.
"""

from bbopt.init.arguments import Argument, Kind, Program
from bbopt.init.commands import ProgramCommand, is_python_script, read_command
from bbopt.init.metric_finding import FoundMetric, found_metrics, is_larger_better
from bbopt.init.proposing import Kept, Proposal, Tuned, propose
from bbopt.init.reading import ReadProgram, read_program
from bbopt.init.source_reading import printed_texts
from bbopt.init.trial import LIMIT_S, Trial, try_once
from bbopt.init.writing import ScenarioFacts, parameters_text, scenario_text

__all__ = [
    "LIMIT_S",
    "Argument",
    "FoundMetric",
    "Kept",
    "Kind",
    "Program",
    "ProgramCommand",
    "Proposal",
    "ReadProgram",
    "ScenarioFacts",
    "Trial",
    "Tuned",
    "found_metrics",
    "is_larger_better",
    "is_python_script",
    "parameters_text",
    "printed_texts",
    "propose",
    "read_command",
    "read_program",
    "scenario_text",
    "try_once",
]
