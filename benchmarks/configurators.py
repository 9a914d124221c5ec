"""What bbopt, irace and SMAC v2 make of a solver with the same CPU time of target runs.

    python -m benchmarks.configurators --scenarios minisat clasp --configurators bbopt irace smac2 \
        --seeds 0-2 --budget 150

Each final configuration, the scenario's default, and clasp's presets are run on all training and test
instances with `--validation-seeds` seeds that no search had, one run at a time, the same for all.  CPU time
of a run is what the scenario's wrapper reports; "other CPU" is all the rest of a search: the configurator,
and starting wrappers.  bbopt counts a run as at least 0.1 s of its budget, as SMAC v2 does, irace as 0.01 s.

`bbopt#label:option=value,...` is bbopt with other options (`bbopt#forest:surrogate=forest`), likewise for
irace's settings.  Every search and validation is kept as a file in the folder of results, by the scenario's
name and a digest of its instances: rerunning computes what is missing, and several may work on one folder.
irace: `apt-get install r-cran-irace`.  It gives up at once where its first runs, of two configurations on
five instances, make it believe that the budget is too small for one race; that counts as a failed search.
SMAC v2: its start script `smac` must be on the PATH, and Java (the Python package pysmac 0.8 holds 2.08).
Of a scenario's initial challengers bbopt is given all; irace the first, beside the default; SMAC v2 begins
with the first.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bbopt.errors import BboptError
from benchmarks.comparison.threads import single_threaded
from benchmarks.configuration import bbopt_search, irace_search, smac2_search
from benchmarks.configuration.report import Entry, effort_table, quality_table
from benchmarks.configuration.searches import (
    Loaded,
    SearchCell,
    SearchError,
    SearchResult,
    load,
    parse_configurator,
)
from benchmarks.configuration.store import ConfigurationStore, results_name
from benchmarks.configuration.validation import (
    Candidate,
    ValidationCell,
    ValidationResult,
    references,
    validate,
)
from benchmarks.efficiency import seed_list

__all__ = ["Grid", "main"]

_SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
_RESULTS = Path(__file__).with_name("results") / "configurators"
_SEARCHES: dict[str, Callable[[Loaded, SearchCell], SearchResult]] = {
    "bbopt": bbopt_search.search,
    "irace": irace_search.search,
    "smac2": smac2_search.search,
}
_MISSING: dict[str, tuple[Callable[[], bool], str]] = {
    "irace": (irace_search.is_installed, "irace is not installed; apt-get install r-cran-irace"),
    "smac2": (smac2_search.is_installed, "the programs smac (SMAC v2) and java are not on the PATH"),
}
"""Whether a configurator is there that need not be, and what to say when it is not."""


class Grid:
    """The searches and references on one scenario, computed as far as they are missing (`computes`)."""

    def __init__(self, loaded: Loaded, store: ConfigurationStore, given: argparse.Namespace) -> None:
        self._loaded = loaded
        self._store = store
        self._given = given
        self._name = results_name(loaded)
        self.n_failed = 0

    def entries(self, configurators: Iterable[str]) -> list[Entry]:
        """References first, then the searches by configurator; what is not there is left out."""
        found = [self._reference(name, one) for name, one in references(self._loaded).items()]
        cells = {
            name: [SearchCell(self._name, name, seed, self._given.budget) for seed in self._given.seeds]
            for name in configurators
        }
        for turn in zip(*cells.values(), strict=True):  # so that an interrupted grid has all of them
            for cell in turn:
                self._searched(cell)
        searches = [self._store.load_search(cell) for group in cells.values() for cell in group]
        found += [self._entry(search) for search in searches if search is not None]
        return [entry for entry in found if entry.search is not None or entry.validation is not None]

    def _reference(self, name: str, candidate: Candidate) -> Entry:
        return Entry(name, None, self._validated(name, candidate))

    def _entry(self, search: SearchResult) -> Entry:
        cell = search.cell
        what = f"{cell.configurator}, seed {cell.seed}"
        return Entry(cell.configurator, search, self._validated(what, Candidate(search.settings)))

    def _searched(self, cell: SearchCell) -> None:
        if self._given.report_only or self._store.load_search(cell) is not None:
            return
        _say(f"{self._loaded.name}: {cell.configurator}, seed {cell.seed}, searches for {cell.budget_s} s")
        try:
            search = _SEARCHES[parse_configurator(cell.configurator).base](self._loaded, cell)
        except (SearchError, BboptError, ValueError) as error:
            self.n_failed += 1
            _say(f"failed: {error}")
            return
        self._store.save(search)
        self._entry(search)  # validated at once

    def _validated(self, what: str, candidate: Candidate) -> ValidationResult | None:
        cell = ValidationCell(self._name, candidate, self._given.validation_seeds)
        known = self._store.load_validation(cell)
        if known is not None or self._given.report_only:
            return known
        _say(f"{self._loaded.name}: {what}, validation")
        result = validate(self._loaded, cell)
        self._store.save(result)
        return result


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="configurators", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--scenarios", nargs="+", default=["minisat", "clasp"], help="names of folders, or scenario files"
    )
    parser.add_argument("--configurators", nargs="+", default=["bbopt", "irace"])
    parser.add_argument("--seeds", type=seed_list, default=seed_list("0-2"), help="such as 0-2 or 1,4,7")
    parser.add_argument("--budget", type=int, default=150, help="CPU seconds of target runs of each search")
    parser.add_argument("--validation-seeds", type=int, default=3, help="runs on each instance")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder of results")
    parser.add_argument("--report-only", action="store_true", help="compute nothing")
    return parser.parse_args(words)


def _scenario_path(name: str) -> Path:
    path = Path(name).absolute()
    return path if path.is_file() else _SCENARIOS / name / "scenario.txt"


def _why_not(path: Path, *, report_only: bool) -> str | None:
    """Why a scenario can't be tried; None when it can."""
    name = path.parent.name
    if path == _SCENARIOS / name / "scenario.txt":
        if (path.parent / "generate.py").exists() and not (path.parent / "instances").is_dir():
            return f"it has no instances yet; run scenarios/{name}/generate.py"
        has_solver = report_only or not (path.parent / "target.py").exists() or shutil.which(name)
        if not has_solver:
            return f"{name} is not installed; apt-get install {name}"
    return None


def _available(configurators: Iterable[str], *, report_only: bool) -> list[str]:
    """Those that can be used; ValueError for names that are none."""
    found = []
    for name in configurators:
        is_installed, reason = _MISSING.get(parse_configurator(name).base, (lambda: True, ""))
        if report_only or is_installed():
            found.append(name)
        else:
            _say(f"{name} is left out: {reason}")
    return found


def main(words: list[str] | None = None) -> int:
    """Compute, print, and return the exit code: 1 when a search failed, 2 for bad arguments."""
    given = _arguments(words)
    single_threaded()
    n_failed = 0
    try:
        configurators = _available(given.configurators, report_only=given.report_only)
        for path in map(_scenario_path, given.scenarios):
            if reason := _why_not(path, report_only=given.report_only):
                _say(f"{path.parent.name} is left out: {reason}")
                continue
            loaded = load(path)
            grid = Grid(loaded, ConfigurationStore(given.results), given)
            entries = grid.entries(configurators)
            n_failed += grid.n_failed
            for made in (quality_table, effort_table):
                print(made(loaded.name, entries) + "\n", flush=True)
    except (ValueError, OSError, BboptError) as error:
        _say(f"configurators: {error}")
        return 2
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
