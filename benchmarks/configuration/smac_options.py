"""What SMAC v2, and bbopt that speaks its options, are told alike, and where they leave the result."""

from __future__ import annotations

from pathlib import Path

from bbopt.exports.trajectory import TrajectoryRow, read_trajectory
from benchmarks.configuration.searches import LONGEST_S, SearchCell, parse_configurator

__all__ = ["last_incumbent", "output_folder", "smac_options"]

_RUNGROUP = "search"


def smac_options(cell: SearchCell, folder: Path, **own: str) -> dict[str, str]:
    """The options of a search whose output goes to `folder`; those of the configurator's name come last.

    `own` are the program's own ones, with underscores for dashes.
    """
    return {
        **{name.replace("_", "-"): value for name, value in own.items()},
        "seed": str(cell.seed),
        "cputime-limit": str(cell.budget_s),
        "use-cpu-time-in-tunertime": "false",
        "wallclock-limit": str(LONGEST_S),
        "validation": "false",
        "rungroup": _RUNGROUP,
        "output-dir": str(folder),
        **dict(parse_configurator(cell.configurator).options),
    }


def output_folder(folder: Path) -> Path:
    """Where below `folder` the search's files are."""
    return folder / _RUNGROUP


def last_incumbent(cell: SearchCell, folder: Path) -> TrajectoryRow:
    """The last row of the trajectory that the search left in `folder`."""
    return read_trajectory(output_folder(folder) / f"traj-run-{cell.seed}.txt")[-1]
