"""The table of options; the command line as assignments; the checked values that sources give together."""

from bbopt.options.assignments import Assignment, Assignments, unknown_option
from bbopt.options.command_line import COMMAND_LINE, Words, looks_like_option, read_command_line
from bbopt.options.contradictions import contradictions
from bbopt.options.foreign_names import ForeignName, foreign_name
from bbopt.options.resolving import DEFAULT, OptionValues, resolve, settle
from bbopt.options.table import (
    Kind,
    Level,
    Option,
    OptionTable,
    Support,
    canonical_name,
    option_table,
    read_rows,
)
from bbopt.options.values import Value, default_value, parse_value

__all__ = [
    "COMMAND_LINE",
    "DEFAULT",
    "Assignment",
    "Assignments",
    "ForeignName",
    "Kind",
    "Level",
    "Option",
    "OptionTable",
    "OptionValues",
    "Support",
    "Value",
    "Words",
    "canonical_name",
    "contradictions",
    "default_value",
    "foreign_name",
    "looks_like_option",
    "option_table",
    "parse_value",
    "read_command_line",
    "read_rows",
    "resolve",
    "settle",
    "unknown_option",
]
