"""SMAC v2's output files beside the journal: trajectories, state folders, and room for a fresh run."""

from bbopt.exports.existing import SetAside, set_aside_earlier_run
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

__all__ = [
    "SavedState",
    "SetAside",
    "StateInputs",
    "StateRun",
    "StateSnapshot",
    "StateWriter",
    "TrajectoryRow",
    "TrajectoryWriter",
    "count_saved_runs",
    "first_row",
    "read_state",
    "read_trajectory",
    "saved_iterations",
    "set_aside_earlier_run",
    "state_folder_path",
    "write_state",
]
