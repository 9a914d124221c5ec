"""Parameter files to spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bbopt.errors import FileProblems
from bbopt.space.condition_syntax import check_conditions, parse_condition
from bbopt.space.declarations import Parameter
from bbopt.space.forbidden import ForbiddenClause, clause_label
from bbopt.space.forbidden_syntax import ClauseReader
from bbopt.space.foreign_files import recognised
from bbopt.space.parameter_syntax import declared_name, is_declaration, parse_parameter
from bbopt.space.source_text import SourceLine, source_lines
from bbopt.space.space import Space
from bbopt.text_files import read_text

__all__ = ["parse_pcs", "read_pcs"]

_ROLE = "parameter file"
_HEADINGS = {"Conditionals:", "Forbidden:"}
_LINE_FORMS = "a parameter, a condition (child | parent in {a, b}) or a forbidden clause ({a=x, b=y})"


def read_pcs(path: str | Path) -> Space:
    """The space that a parameter file declares, in the old or new PCS syntax or both.

    Raises InputError: one for each problem, all of them inside an InputErrors when there are several.
    """
    file = Path(path)
    return _parse(read_text(file, _ROLE), file, file)


def parse_pcs(text: str, source: str = "<text>") -> Space:
    """The space that a parameter file with this content declares; `source` names it in messages."""
    return _parse(text, source, None)


def _parse(text: str, source: str | Path, path: Path | None) -> Space:
    problems = FileProblems(source)
    lines = _sorted_lines(source_lines(text), problems)
    parameters, faulty = _parameters(lines.declarations, problems)
    by_name = {parameter.name: parameter for parameter in parameters}
    found = [parse_condition(line, by_name, faulty, problems) for line in lines.conditions]
    conditions = [condition for condition in found if condition is not None]
    check_conditions(conditions, problems)
    reader = ClauseReader(parameters, faulty, problems)
    clauses = [clause for clause in map(reader.read, lines.clauses) if clause is not None]
    if problems and not parameters and (foreign := recognised(text, source, _ROLE)):
        raise foreign.no_parameter_file(source)
    problems.raise_if_any()
    space = Space(parameters, conditions, clauses, text=text, source=path)
    _check_default(space, clauses, problems)
    return space


@dataclass(frozen=True, slots=True)
class _SortedLines:
    """The lines by what they look like; they may stand in any order."""

    declarations: list[SourceLine] = field(default_factory=list)
    conditions: list[SourceLine] = field(default_factory=list)
    clauses: list[SourceLine] = field(default_factory=list)


def _sorted_lines(lines: Sequence[SourceLine], problems: FileProblems) -> _SortedLines:
    result = _SortedLines()
    for line in lines:
        stripped = line.text.strip()
        if stripped in _HEADINGS:
            continue
        if stripped.startswith("{"):
            result.clauses.append(line)
        elif is_declaration(line.text):
            result.declarations.append(line)
        elif "|" in line.text:
            result.conditions.append(line)
        else:
            column = line.text.index(stripped)
            what = "not a line of a parameter file"
            problems.add(line.number, column, what, got=stripped, expected=_LINE_FORMS)
    return result


def _parameters(lines: Sequence[SourceLine], problems: FileProblems) -> tuple[list[Parameter], set[str]]:
    """The parameters sorted by name, and the names whose declarations are faulty."""
    parameters: dict[str, Parameter] = {}
    first_lines: dict[str, int] = {}
    faulty: set[str] = set()
    for line in lines:
        name = declared_name(line.text)
        parameter = parse_parameter(line, problems)
        if name in first_lines:
            problems.add(
                line.number,
                len(line.text) - len(line.text.lstrip()),
                f"parameter {name!r} is declared twice",
                got=line.text.strip(),
                expected=f"one declaration; the first is in line {first_lines[name]}",
            )
        elif parameter is None:
            faulty.add(name)
        else:
            parameters[name] = parameter
        first_lines.setdefault(name, line.number)
    return sorted(parameters.values(), key=lambda parameter: parameter.name), faulty


def _check_default(space: Space, clauses: Sequence[ForbiddenClause], problems: FileProblems) -> None:
    for clause in clauses:
        if clause.matches(space.default_row)[0]:
            problems.add(
                clause.line or 0,
                0,
                "the default configuration is forbidden",
                got=f"{clause_label(clause)} matches {_mentioned(space, clause)}",
                expected="defaults that no clause forbids, inactive parameters included",
            )
    problems.raise_if_any()


def _mentioned(space: Space, clause: ForbiddenClause) -> str:
    values = space.default.values
    return ", ".join(f"{space.names[c]}={values[space.names[c]]}" for c in dict.fromkeys(clause.columns))
