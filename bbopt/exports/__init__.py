"""SMAC v2's output files beside the journal: trajectories, states, validations; room for fresh ones."""

from bbopt.exports.existing import SetAside, set_aside_earlier_run, set_aside_files
from bbopt.exports.state_folder import (
    StateInputs,
    StateRun,
    StateSnapshot,
    StateWriter,
    state_folder_path,
    write_state,
)
from bbopt.exports.state_reader import SavedState, count_saved_runs, read_state, saved_iterations
from bbopt.exports.trajectory import TrajectoryRow, TrajectoryWriter, first_row, read_trajectory
from bbopt.exports.validation_files import (
    VALIDATION_TABLES,
    ValidatedIncumbent,
    ValidationReport,
    validation_file_name,
    write_validation,
)

__all__ = [
    "VALIDATION_TABLES",
    "SavedState",
    "SetAside",
    "StateInputs",
    "StateRun",
    "StateSnapshot",
    "StateWriter",
    "TrajectoryRow",
    "TrajectoryWriter",
    "ValidatedIncumbent",
    "ValidationReport",
    "count_saved_runs",
    "first_row",
    "read_state",
    "read_trajectory",
    "saved_iterations",
    "set_aside_earlier_run",
    "set_aside_files",
    "state_folder_path",
    "validation_file_name",
    "write_state",
    "write_validation",
]
