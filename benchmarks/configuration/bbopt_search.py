"""bbopt, as its command."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bbopt
from bbopt.stores import store_in
from benchmarks.configuration.searches import (
    Loaded,
    SearchCell,
    SearchResult,
    spend,
)
from benchmarks.configuration.smac_options import last_incumbent, output_folder, smac_options

__all__ = ["search"]

_START = "import sys; sys.path.insert(0, {package!r}); from bbopt.cli.main import main; sys.exit(main())"


def search(loaded: Loaded, cell: SearchCell) -> SearchResult:
    """Carry the search out; SearchError when it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = _START.format(package=str(Path(bbopt.__file__).parents[1]))
        options = smac_options(cell, folder, scenario=str(loaded.path))
        words = [f"--{option}={value}" for option, value in options.items()]
        spent = spend([sys.executable, "-c", start, *words], folder)
        record = store_in(output_folder(folder)).runs(cell.seed, loaded.space)
        runs = record.runs if record else ()
        last = last_incumbent(cell, folder)
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
