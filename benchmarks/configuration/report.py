"""What the searches found and what they took, as tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.comparison.tables import figure, table
from benchmarks.configuration.searches import SearchResult
from benchmarks.configuration.validation import SPLITS, ValidationResult

__all__ = ["Entry", "effort_table", "quality_table"]

_FACTORS = (1, 10)


@dataclass(frozen=True, slots=True)
class Entry:
    """A search or, without one, a reference; `validation` is None while it is not computed."""

    name: str
    search: SearchResult | None
    validation: ValidationResult | None


def quality_table(scenario: str, entries: Iterable[Entry]) -> str:
    """A row for each reference and search, and after several searches of a configurator their mean."""
    rows = []
    for name, group in _by_name(entries).items():
        for entry in group:
            seed = "" if entry.search is None else str(entry.search.cell.seed)
            rows.append([name, seed, *_quality(entry)])
        if len(group) > 1:
            means = map(statistics.fmean, zip(*(_pars(entry.validation) for entry in group), strict=True))
            rows.append([name, "mean", *(figure(mean, 3) for mean in means), ""])
    columns = [f"PAR{factor} {split}" for split in SPLITS for factor in _FACTORS]
    return table([scenario, "seed", *columns, "not solved"], rows)


def effort_table(scenario: str, entries: Iterable[Entry]) -> str:
    """What each search took."""
    rows = []
    for name, group in _by_name(entries).items():
        searches = [entry.search for entry in group if entry.search is not None]
        rows += [[name, str(search.cell.seed), *_effort(search)] for search in searches]
        if len(searches) > 1:
            means = [statistics.fmean(get(search) for search in searches) for get in _EFFORTS.values()]
            rows.append([name, "mean", *(f"{mean:.1f}" for mean in means)])
    return table([scenario, "seed", *_EFFORTS], rows)


_EFFORTS: dict[str, Callable[[SearchResult], float]] = {
    "runs": lambda search: search.n_runs,
    "configurations": lambda search: search.n_configurations,
    "CPU s of runs": lambda search: search.runs_cpu_s,
    "other CPU s": lambda search: search.other_cpu_s,
    "wall s": lambda search: search.wall_s,
}


def _by_name(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.name, []).append(entry)
    return groups


def _effort(search: SearchResult) -> list[str]:
    values = [get(search) for get in _EFFORTS.values()]
    return [str(value) if isinstance(value, int) else f"{value:.1f}" for value in values]


def _pars(validation: ValidationResult | None) -> Sequence[float]:
    if validation is None:
        return [math.nan] * (len(SPLITS) * len(_FACTORS))
    return [validation.par(split, factor) for split in SPLITS for factor in _FACTORS]


def _quality(entry: Entry) -> list[str]:
    unsolved = "-"
    if entry.validation is not None:
        counts = [entry.validation.n_unsolved(split) for split in SPLITS]
        unsolved = " + ".join(map(str, counts)) + f" of {len(entry.validation.runs)}"
    return [*(figure(value, 3) for value in _pars(entry.validation)), unsolved]
