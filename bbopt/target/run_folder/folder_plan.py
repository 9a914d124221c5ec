"""What every run's folder is made of: templates read and checked, values put in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Problems
from bbopt.runs import RunRequest, Texts
from bbopt.scenario.run_folders import InactiveValue, ParametersForm, RunFolderSettings
from bbopt.space import Configuration, ParameterKind, Space
from bbopt.target.call_formats import request_facts
from bbopt.target.run_folder.file_template import Delimiters, FileTemplate, read_file_template
from bbopt.target.supervisor.run_folder import FolderOrder

__all__ = ["FolderPlan", "plan_folders"]

_MOST_CHOICES_TRIED = 1000


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """The folders of runs, kept in `home`.

    `texts` are those of a design's configurations, `other_texts` for runs of others (validations, calls).
    """

    home: Path
    settings: RunFolderSettings
    templates: tuple[tuple[str, FileTemplate], ...] = ()
    texts: Mapping[Configuration, Texts] = field(default_factory=dict)
    other_texts: Texts = ()

    def path_of(self, run_id: str) -> Path:
        """Where a run's folder is kept."""
        return self.home / run_id

    def working_path_of(self, run_id: str, uuid: str) -> Path:
        """Where it is while the run is under way."""
        root = self.settings.root
        return self.path_of(run_id) if root is None else root / f"{run_id}-{uuid[:8]}"

    @property
    def named(self) -> frozenset[str]:
        """The names that templates have places for."""
        return frozenset(name for _, template in self.templates for name in template.names)

    def with_texts(self, rows: Sequence[Configuration], texts: Sequence[Texts]) -> FolderPlan:
        """The same for a design, checked; InputError for a text that no template can take."""
        for name, text in dict.fromkeys(pair for one in texts for pair in one):
            for _, template in self.templates:
                template.check(name, text)
        if not texts:
            return self
        by_row = dict(zip(reversed(rows), reversed(texts), strict=True))  # of equal rows the first counts
        others = tuple((name, text) for name, text in texts[0] if name not in rows[0].space.index)
        return replace(self, texts=by_row, other_texts=others)

    def order(self, request: RunRequest, run_id: str, path: Path, facts: Mapping[str, str]) -> FolderOrder:
        """What the run needs; `facts` are those that placeholders stand for."""
        settings, kept_at = self.settings, self.path_of(run_id)
        files = {name: template.filled(self._values(request, facts)) for name, template in self.templates}
        if settings.parameters_file:
            text = _parameters_text(request.configuration, settings.parameters_form)
            files[settings.parameters_file] = text.encode("utf-8", "surrogateescape")
        active = request.configuration.active_values
        known = {**request_facts(request), **facts}
        return FolderOrder(
            path=str(path),
            about=_about(request),
            files={name: content.decode("latin-1") for name, content in files.items()},
            executables=[one.name for one in settings.templates.files if os.access(one.source, os.X_OK)],
            copies={one.name: str(one.source) for one in settings.copies},
            links={one.name: str(one.source) for one in settings.links},
            before=[command.filled(known, active) for command in settings.before],
            after=[command.filled(known, active) for command in settings.after],
            results_file=settings.results_file,
            kept_at="" if path == kept_at else str(kept_at),
        )

    def _values(self, request: RunRequest, facts: Mapping[str, str]) -> dict[str, str]:
        """What names in templates stand for; texts of a design stand as they were written."""
        configuration = request.configuration
        texts = request.texts or self.texts.get(configuration, self.other_texts)
        inactive = _of_inactive(configuration, self.settings.templates.inactive)
        values = {**request_facts(request), **facts, **configuration.active_values}
        return values | inactive | dict(texts)


def _of_inactive(configuration: Configuration, inactive: InactiveValue) -> dict[str, str]:
    active = set(configuration.active)
    return {
        parameter.name: "" if inactive is InactiveValue.EMPTY else parameter.text(parameter.default)
        for parameter in configuration.space.parameters
        if parameter.name not in active
    }


def _about(request: RunRequest) -> dict[str, object]:
    """What the folder's marker says for people."""
    return {
        "configuration": request.origin.proposal,
        "instance": request.instance.name,
        "seed": request.seed,
        "settings": request.configuration.active_values,
    }


def _parameters_text(configuration: Configuration, form: ParametersForm) -> str:
    """The active parameters in a form that programs read."""
    values = configuration.active_values
    if form is ParametersForm.JSON:
        return json.dumps(dict(_natural(configuration)), indent=1) + "\n"
    separator = " = " if form is ParametersForm.EQUALS else " "
    return "".join(f"{name}{separator}{value}\n" for name, value in values.items())


def _natural(configuration: Configuration) -> Iterator[tuple[str, str | int | float]]:
    """Numbers as numbers."""
    kinds = {parameter.name: parameter.kind for parameter in configuration.space.parameters}
    for name, text in configuration.active_values.items():
        match kinds[name]:
            case ParameterKind.INTEGER:
                yield name, int(text)
            case ParameterKind.REAL:
                yield name, float(text)
            case _:
                yield name, text


def plan_folders(
    settings: RunFolderSettings, space: Space, home: Path, facts: frozenset[str], texts: frozenset[str]
) -> FolderPlan:
    """Read the templates, which may name parameters, `facts`, and the `texts` of a design.

    Raises InputErrors with all that is wrong with them.
    """
    problems, templates = Problems(), []
    chosen = settings.templates
    known = (*space.names, *texts, *facts)
    for file in chosen.files:
        template = problems.attempt(
            lambda source=file.source: read_file_template(  # type: ignore[misc]
                source, known, Delimiters(*chosen.delimiters), keeps_unknown=chosen.keeps_unknown
            )
        )
        if template is not None:
            templates.append((file.name, template))
            problems += _unfillable(template, space)
            if chosen.inactive is InactiveValue.ERROR:
                problems += _inactive(template, space)
    if problems:
        raise InputErrors(problems)
    return FolderPlan(home, settings, tuple(templates))


def _unfillable(template: FileTemplate, space: Space) -> Iterator[InputError]:
    """Choices that a number format or the file's encoding can't take; numbers all can be written."""
    for name in sorted(template.names & set(space.names)):
        parameter = space.parameters[space.index[name]]
        choices = parameter.choices[:_MOST_CHOICES_TRIED] or (parameter.text(parameter.default),)
        for choice in choices:
            try:
                template.check(name, choice)
            except InputError as error:
                yield error
                break


def _inactive(template: FileTemplate, space: Space) -> Iterator[InputError]:
    conditional = {condition.child for condition in space.conditions}
    for name, place in template.places:
        if name in conditional:
            yield InputError(
                f"the template names {name}, which is not always active",
                place=place,
                remedy="template-inactive = default or empty says what it has then",
            )
