"""SMAC v2's output files beside the record of runs: trajectories, states, validations; and tables."""

from bbopt.exports.grouped_table import grouped, grouped_for_eyes
from bbopt.exports.run_table import FORMS, RunTable, read_records, read_run_table
from bbopt.exports.state_folder import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    write_state,
)
from bbopt.exports.state_reader import SavedState, count_saved_runs, read_state, saved_iterations
from bbopt.exports.table_view import filtered, for_eyes, ordered, with_columns
from bbopt.exports.trajectory import TrajectoryRow, TrajectoryWriter, first_row, read_trajectory
from bbopt.exports.validation_files import (
    VALIDATION_TABLES,
    ValidatedIncumbent,
    ValidationReport,
    validation_paths,
    write_validation,
)

__all__ = [
    "FORMS",
    "VALIDATION_TABLES",
    "RunTable",
    "SavedState",
    "StateInputs",
    "StateRun",
    "StateSnapshot",
    "StateWriter",
    "TrajectoryRow",
    "TrajectoryWriter",
    "ValidatedIncumbent",
    "ValidationReport",
    "count_saved_runs",
    "filtered",
    "first_row",
    "for_eyes",
    "grouped",
    "grouped_for_eyes",
    "ordered",
    "read_records",
    "read_run_table",
    "read_state",
    "read_trajectory",
    "saved_iterations",
    "validation_paths",
    "with_columns",
    "write_state",
    "write_validation",
]
