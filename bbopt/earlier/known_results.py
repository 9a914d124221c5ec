"""A table of settings and results as earlier runs, as spreadsheets and pandas write them.

The columns are parameters, of which an empty field says nothing, and facts of the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bbopt.earlier.earlier_runs import EarlierRuns
from bbopt.earlier.fitting import Fitting, each_once
from bbopt.errors import InputError, Place, Problems, did_you_mean, nearest
from bbopt.planning.setup import build_objective, runlength_in_full
from bbopt.runs import (
    DETERMINISTIC_SEED,
    HOPELESS,
    KNOWN_KIND,
    NO_INSTANCE,
    Instance,
    Origin,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.scenario import RunObjective, Scenario
from bbopt.space import Configuration, Space
from bbopt.stores import RecordedRun, RecordedRuns
from bbopt.table_files import read_table

__all__ = ["read_known_results"]

_ORIGIN = Origin(KNOWN_KIND, 0)
_NEGATED = "-quality"
_FACTS = {
    name: name for name in ("quality", _NEGATED, "runtime", "status", "seed", "instance", "cutoff", "budget")
}
_FACTS |= {"runtime_s": "runtime", "cutoff_s": "cutoff"}
"""What columns besides parameters mean; `bbopt export` writes the unit of seconds."""

_RESULTS = {RunObjective.QUALITY: ("quality", _NEGATED), RunObjective.RUNTIME: ("runtime",)}
_SHOWN_COLUMNS = 5


def read_known_results(path: Path, scenario: Scenario, space: Space, taken: Mapping[str, str]) -> EarlierRuns:
    """The runs in the table; `taken`: values of what its rows do not name.

    Raises InputError (InputErrors, with the lines) when it can't be understood.
    """
    file = read_table(path, "table of known results")
    columns = _columns(file.header.fields, path, scenario, space)
    problems, runs = Problems(file.problems), []
    table = _Table(columns, scenario, Fitting(space, taken))
    for row in file.rows:
        run = problems.attempt(partial(table.run, Place(path, row.line), row.fields))
        runs += [] if run is None else [run]
    problems.raise_by_line_if_any()
    record = RecordedRuns(str(path), scenario.instances.instances, None, tuple(each_once(runs)))
    return EarlierRuns(record, remarks=tuple(table.remarks()))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a parameter, or else of a fact; of nothing where it has neither."""

    name: str
    parameter: str | None = None
    fact: str | None = None


def _columns(head: list[str], path: Path, scenario: Scenario, space: Space) -> list[_Column]:
    """What the columns mean; the only one that is unknown has the results where no other has."""
    place, results = Place(path, 1), _RESULTS[scenario.run_objective]
    metrics = scenario.call.metrics
    as_known = _NEGATED if metrics.is_maximised else results[0]
    facts = {_free_name(name, space): fact for name, fact in _FACTS.items()}
    if metrics.optimised and scenario.run_objective is RunObjective.QUALITY:
        facts.setdefault(metrics.optimised, as_known)
    columns = [_Column(name, name if name in space.index else None, facts.get(name)) for name in head]
    if not any(column.parameter for column in columns):
        raise InputError(
            "the table has no column for any parameter",
            place=place,
            got=", ".join(head),
            expected=f"names such as {space.names[0]}",
        )
    if any(column.fact in results for column in columns):
        return columns
    others = [column for column in columns if column.parameter is None and column.fact is None]
    near = nearest(others[0].name, set(space.names) - set(head)) if len(others) == 1 else ()
    if len(others) != 1 or near:
        raise InputError(
            "the table does not say which column has the results",
            place=place,
            got=", ".join(head),
            expected=f"a column with the name {results[0]}",
            remedy=did_you_mean(near),
        )
    return [replace(column, fact=as_known) if column is others[0] else column for column in columns]


def _free_name(name: str, space: Space) -> str:
    """The name of the column of a fact: with `run_` in front where a parameter has it."""
    return _free_name(f"run_{name}", space) if name in space.index else name


class _Table:
    """Makes runs of the rows of a table with these `columns`, and counts what can't be used."""

    def __init__(self, columns: list[_Column], scenario: Scenario, fitting: Fitting) -> None:
        self._columns = columns
        self._scenario = scenario
        self._fitting = fitting
        self._objective = build_objective(scenario)
        self._n_without = 0

    def run(self, place: Place, fields: list[str]) -> RecordedRun | None:
        """The run that a row tells of; None where it has no result, or its settings do not fit."""
        filled = [(column, text) for column, text in zip(self._columns, fields, strict=True) if text]
        facts = {column.fact: text for column, text in filled if column.fact is not None}
        result = self._result(facts, place)
        if result is None:
            self._n_without += 1
            return None
        settings = {column.parameter: text for column, text in filled if column.parameter is not None}
        configuration = self._fitting.made_of(settings)
        return (
            None if configuration is None else RecordedRun(self._request(configuration, facts, place), result)
        )

    def _result(self, facts: Mapping[str, str], place: Place) -> RunResult | None:
        status, objective = _status(facts.get("status"), place), self._scenario.run_objective
        runtime_s, quality = _number(facts, "runtime", place), _number(facts, "quality", place)
        negated = _number(facts, _NEGATED, place)
        if negated is not None:
            quality = -negated
        is_known = (runtime_s if objective is RunObjective.RUNTIME else quality) is not None
        if status.is_solved and not is_known:
            if not set(_RESULTS[objective]) & set(facts):
                return None
            status = RunStatus.CRASHED  # it says nan, or inf
        unknown = self._objective.unknown_quality
        found = RunResult(status, max(0.0, runtime_s or 0.0), -1.0, unknown if quality is None else quality)
        return self._objective.settled(found)

    def _request(self, configuration: Configuration, facts: Mapping[str, str], place: Place) -> RunRequest:
        """Without seeds each row is a run of its own."""
        scenario = self._scenario
        seed, cutoff_s = _number(facts, "seed", place), _number(facts, "cutoff", place)
        budget = _number(facts, "budget", place)
        return RunRequest(
            configuration,
            self._instance(facts, place),
            DETERMINISTIC_SEED if scenario.deterministic else max(0, int(seed or place.line or 0)),
            cutoff_s if cutoff_s is not None and cutoff_s > 0 else scenario.cutoff_s,
            runlength_in_full(scenario) if budget is None else int(budget),
            _ORIGIN,
        )

    def _instance(self, facts: Mapping[str, str], place: Place) -> Instance:
        """By name: its features are the scenario's."""
        known = self._scenario.instances
        if known.is_black_box:
            return NO_INSTANCE
        if "instance" not in facts and len(known.instances) > 1:
            raise InputError("the row does not say its instance", place=place, expected="a column instance")
        return Instance(facts.get("instance", known.instances[0].name))

    def remarks(self) -> list[str]:
        """A sentence for each kind of thing."""
        found = self._fitting.remarks()
        ignored = [
            column.name for column in self._columns if column.parameter is None and column.fact is None
        ]
        if self._n_without:
            found.append(f"left out {self._n_without} rows without a result")
        if ignored:
            n_more = len(ignored) - _SHOWN_COLUMNS
            more = f" and {n_more} more" if n_more > 0 else ""
            found.append(
                f"passed over columns that are no parameter here: {', '.join(ignored[:_SHOWN_COLUMNS])}{more}"
            )
        return found


def _status(text: str | None, place: Place) -> RunStatus:
    if text is None:
        return RunStatus.SAT
    is_killed = text.upper() in {RunStatus.KILLED.value, HOPELESS.upper()}
    status = RunStatus.KILLED if is_killed else RunStatus.from_text(text)
    if status is None:
        expected = ", ".join(status.value for status in RunStatus)
        raise InputError("the status is none", place=place, got=text, expected=f"one of {expected}")
    return status


def _number(facts: Mapping[str, str], name: str, place: Place) -> float | None:
    """The finite number in a field; None where there is none."""
    if name not in facts:
        return None
    try:
        value = float(facts[name])
    except ValueError:
        raise InputError(f"{name} is no number", place=place, got=facts[name]) from None
    return value if math.isfinite(value) else None
