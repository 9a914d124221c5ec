"""SMAC v2 itself, where its start script `smac` is on the PATH, with Java.

Version 2.08 has no `initial-challengers`: the first of them is its initial incumbent, which is more than
being raced against the scenario's own where the scenario names the best one first.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from bbopt.scenario import Scenario
from benchmarks.configuration.searches import (
    Loaded,
    SearchCell,
    SearchError,
    SearchResult,
    spend,
)
from benchmarks.configuration.smac_options import last_incumbent, smac_options

__all__ = ["is_installed", "old_syntax", "search"]

_JAVA_OPTIONS = "--add-opens=java.base/java.lang=ALL-UNNAMED"
"""Java 16 and later do not show SMAC v2 its processes' numbers otherwise."""

_DECLARATION = re.compile(
    r"(\S+)\s+(categorical|ordinal|integer|real)\s*([\[{][^\]}]*[\]}])\s*(\[[^\]]*\])\s*(log)?"
)
_OLD_LINES = (
    re.compile(r"(\S+:)?"),  # nothing, or a heading
    re.compile(r"[^\s{|]+\s*[\[{][^|]*"),
    re.compile(r"\S+\s*\|\s*\S+\s+in\s*\{[^}]*\}"),
    re.compile(r"\{([^=<>!&|,]+=[^=<>!&|,]+,?)+\}"),
)
_SUMMARY = re.compile(r"Total number of runs performed: (\d+), total configurations tried: (\d+)\.")


def is_installed() -> bool:
    """Whether there are Java and SMAC v2."""
    return shutil.which("smac") is not None and shutil.which("java") is not None


def search(loaded: Loaded, cell: SearchCell) -> SearchResult:
    """Carry the search out; SearchError when it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "params.pcs").write_text(old_syntax(loaded.space.text))
        (folder / "scenario.txt").write_text(_without_challengers(loaded.scenario))
        best_known = loaded.given[:2][-1]
        options = smac_options(
            cell,
            folder,
            scenario_file=str(folder / "scenario.txt"),
            initial_incumbent=best_known.call_text(),
            experiment_dir=str(loaded.path.parent),
            algo_exec_dir=str(loaded.scenario.exec_dir),
            pcs_file=str(folder / "params.pcs"),
        )
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        spent = spend(["smac", *words], folder, {**os.environ, "JDK_JAVA_OPTIONS": _JAVA_OPTIONS})
        summary = _SUMMARY.search((folder / "log.txt").read_text(errors="replace"))
        last = last_incumbent(cell, folder)
    if summary is None:
        raise SearchError("SMAC v2 did not say how many runs it made")
    return SearchResult(
        cell,
        loaded.space.parse_configuration(last.configuration).active_values,
        n_runs=int(summary[1]),
        n_configurations=int(summary[2]),
        runs_cpu_s=last.cpu_time_s,
        other_cpu_s=spent.cpu_s - last.cpu_time_s,
        wall_s=spent.wall_s,
    )


def old_syntax(pcs: str) -> str:
    """The parameter file in the syntax that every SMAC v2 reads; ValueError for what it can't say."""
    return "".join(f"{_old_line(line.partition('#')[0].strip())}\n" for line in pcs.splitlines())


def _without_challengers(scenario: Scenario) -> str:
    """The scenario file without the initial challengers, which 2.08 does not know."""
    left_out = {start.place.line for start in scenario.racing.starts if start.name == "initial-challengers"}
    lines = enumerate(scenario.text.splitlines(keepends=True), start=1)
    return "".join(line for number, line in lines if number not in left_out)


def _old_line(line: str) -> str:
    if declared := _DECLARATION.fullmatch(line):
        name, kind, domain, default, log = declared.groups()
        return f"{name} {domain} {default}{'i' if kind == 'integer' else ''}{'l' if log else ''}"
    if any(form.fullmatch(line) for form in _OLD_LINES):
        return line
    raise ValueError(f"the old syntax of parameter files has nothing for {line!r}")
