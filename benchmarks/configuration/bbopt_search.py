"""bbopt, as its command."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bbopt
from bbopt.exports.trajectory import read_trajectory
from bbopt.storage import journal_path, read_journal
from benchmarks.configuration.searches import (
    LONGEST_S,
    Loaded,
    SearchCell,
    SearchResult,
    parse_configurator,
    spend,
)

__all__ = ["search"]

_RUNGROUP = "search"
_START = "import sys; sys.path.insert(0, {package!r}); from bbopt.cli.main import main; sys.exit(main())"


def search(loaded: Loaded, cell: SearchCell) -> SearchResult:
    """Carry the search out; SearchError when it fails."""
    options = {
        "scenario": str(loaded.path),
        "seed": str(cell.seed),
        "cputime-limit": str(cell.budget_s),
        "use-cpu-time-in-tunertime": "false",
        "wallclock-limit": str(LONGEST_S),
        "validation": "false",
        "rungroup": _RUNGROUP,
        **dict(parse_configurator(cell.configurator).options),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = _START.format(package=str(Path(bbopt.__file__).parents[1]))
        words = [f"--{option}={value}" for option, value in options.items()]
        spent = spend([sys.executable, "-c", start, *words, f"--output-dir={folder}"], folder)
        runs = read_journal(journal_path(folder / _RUNGROUP, cell.seed), loaded.space).runs
        last = read_trajectory(folder / _RUNGROUP / f"traj-run-{cell.seed}.txt")[-1]
    final = loaded.space.parse_configuration(last.configuration)
    runs_cpu_s = sum(run.result.runtime_s for run in runs)
    return SearchResult(
        cell,
        final.active_values,
        n_runs=len(runs),
        n_configurations=len({run.request.configuration for run in runs}),
        runs_cpu_s=runs_cpu_s,
        other_cpu_s=spent.cpu_s - runs_cpu_s,
        wall_s=spent.wall_s,
    )
