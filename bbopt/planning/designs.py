"""The rows of the design of experiments that a scenario's options ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bbopt.engines.proposers import SamplingName, grid, sampled
from bbopt.errors import InputError, InputErrors, Place, Problems, did_you_mean
from bbopt.runs import Texts
from bbopt.scenario import ProposerName, Scenario
from bbopt.space import Configuration, Space
from bbopt.space.declarations import DomainError, unknown_parameter
from bbopt.table_files import Table, TableRow, read_table

__all__ = ["Design", "design_rows", "design_table", "table_rows", "text_columns"]


@dataclass(frozen=True, slots=True)
class Design:
    """The configurations of a table in their order; `texts` are what templates get beside each, if any."""

    rows: list[Configuration]
    texts: list[Texts]


def design_rows(scenario: Scenario, space: Space, seed: int) -> list[Configuration]:
    """The design that the options ask for; InputError where there can be no such design."""
    if scenario.proposer is ProposerName.GRID:
        return _grid(scenario, space)
    if scenario.proposer is ProposerName.CSV:
        return table_rows(design_table(scenario), space).rows
    limits = scenario.limits
    if not limits.has_run_limit:
        raise InputError(
            f"a {scenario.proposer.value} design needs a number of configurations",
            place=scenario.said("engine").place,
            expected="runs = N",
            remedy="add --runs 60, say",
        )
    n = limits.runcount // scenario.instances.n_runs_of_each
    return sampled(space, SamplingName(scenario.proposer.value), n, seed)


def design_table(scenario: Scenario) -> Table:
    """The table of a design that is a file; InputError where there is none, or it can't be read."""
    if scenario.design_path is None:
        raise InputError(
            "engine csv needs the table of what is to be run",
            place=scenario.said("engine").place,
            expected="design = FILE",
        )
    return read_table(scenario.design_path, "design")


def text_columns(table: Table, space: Space) -> frozenset[str]:
    """The columns that are no parameters."""
    folded = {name.casefold() for name in space.names}
    return frozenset(name for name in table.header.fields if name.casefold() not in folded)


def _grid(scenario: Scenario, space: Space) -> list[Configuration]:
    levels = scenario.grid_levels
    if unknown := sorted(set(levels.by_name) - set(space.names)):
        raise InputErrors(unknown_parameter(name, space.names).at(levels.place) for name in unknown)
    try:
        return grid(space, levels.by_name, levels.otherwise)
    except InputError as error:
        raise error.at(levels.place) from error


def table_rows(table: Table, space: Space, in_templates: frozenset[str] = frozenset()) -> Design:
    """The rows of a table, with texts for the names `in_templates`; InputErrors for all that can't be run."""
    if not table.rows and not table.problems:
        raise InputError("the design has no rows", place=Place(table.path), expected="a row for each run")
    problems = Problems(table.problems)
    try:
        columns = _columns(table, space, in_templates)
    except InputError as error:
        problems.extend(error.errors)
        problems.raise_by_line_if_any()
        raise
    settings = [_settings(row, columns, space) for row in table.rows]
    found = space.complete_configurations(settings)
    for row, texts, configuration in zip(table.rows, settings, found, strict=True):
        try:
            _refuse_forbidden(configuration or _checked(table, row, columns, texts, space), table, row)
        except InputError as error:
            problems.extend(error.errors)
    problems.raise_by_line_if_any()
    rows = [one for one in found if one is not None]
    return Design(rows, _texts(table.rows, [one.values for one in rows], columns, in_templates))


def _texts(
    rows: list[TableRow], values: list[dict[str, str]], columns: list[str], in_templates: frozenset[str]
) -> list[Texts]:
    """What stands in the columns that templates use, but for those that stand there as calls have them.

    An empty field of a parameter is its default.
    """
    kept = []
    for column, name in enumerate(columns):
        pairs = ((row.fields[column], known.get(name)) for row, known in zip(rows, values, strict=True))
        if name in in_templates and any(text != known and (text or known is None) for text, known in pairs):
            kept.append((column, name))
    return [
        tuple((name, row.fields[column]) for column, name in kept if row.fields[column] or name not in known)
        for row, known in zip(rows if kept else (), values if kept else (), strict=True)
    ]


def _refuse_forbidden(configuration: Configuration, table: Table, row: TableRow) -> None:
    if configuration.is_forbidden:
        raise InputError(
            "the configuration is forbidden by the parameter file",
            place=Place(table.path, row.line),
            got=configuration.call_text(),
            remedy="leave the row out, or the forbidden clause",
        )


def _columns(table: Table, space: Space, in_templates: frozenset[str]) -> list[str]:
    """The parameter of each column, whatever the case of its name, or the name of a text in templates."""
    exact = set(space.names)
    folded = {name.casefold(): name for name in space.names}
    problems, found = Problems(), []
    for column, name in enumerate(table.header.fields):
        parameter = name if name in exact or name in in_templates else folded.get(name.casefold())
        if parameter is None or parameter in found:
            place = table.place(table.header, column)
            problems.append(
                unknown_parameter(name, space.names).at(place)
                if parameter is None
                else InputError(f"a second column for {parameter}", place=place, got=name)
            )
        else:
            found.append(parameter)
    problems.raise_if_any()
    return found


def _settings(row: TableRow, columns: list[str], space: Space) -> dict[str, str]:
    named = zip(columns, row.fields, strict=True)
    given = {name: text.strip() for name, text in named if text and name in space.index}
    return {**space.default.values, **given}


def _checked(
    table: Table, row: TableRow, columns: list[str], texts: Mapping[str, str], space: Space
) -> Configuration:
    """The configuration; raises InputErrors with the places of the fields that are outside their domains."""
    problems = Problems()
    for column, name in enumerate(columns):
        if name not in space.index:
            continue
        try:
            space.parameters[space.index[name]].native(texts[name])
        except DomainError as error:
            problems.append(
                InputError(
                    f"{name} has a value outside its domain",
                    place=table.place(row, column),
                    got=error.text,
                    expected=error.expected,
                    remedy=did_you_mean(error.near),
                )
            )
    problems.raise_if_any()
    return space.configuration(texts)
