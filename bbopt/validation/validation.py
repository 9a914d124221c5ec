"""A validation from its plan to its five files, which hold what is finished whatever ends it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbopt.errors import StateError
from bbopt.executors import Executor
from bbopt.exports import (
    ValidatedIncumbent,
    ValidationReport,
    validation_paths,
    write_validation,
)
from bbopt.java_numbers import LARGEST_INT
from bbopt.once import Once
from bbopt.planning.executor import start_executor
from bbopt.planning.setup import Setup, build_answers
from bbopt.runs import Instance, Origin, Run, RunRequest
from bbopt.scenario import RunObjective, ValidationSettings
from bbopt.space import Configuration
from bbopt.validation.validator import ValidationObserver, Validator

__all__ = ["Validation", "ValidationJob", "ValidationOutcome", "ValidationPlan", "validation_executor"]

_LOG = logging.getLogger(__name__)

_SAVE_INTERVAL_S = 10.0
"""How often the files are written on the way, for the case that this process is killed."""


@dataclass(frozen=True, slots=True)
class ValidationJob:
    """The incumbents of one trajectory, or the configurations that a user gave.

    name: which the files have in their names; `source` is where the incumbents come from, for people.
    """

    name: str
    source: str
    incumbents: tuple[ValidatedIncumbent, ...]


@dataclass(frozen=True, slots=True)
class ValidationPlan:
    """Everything that a validation needs; nothing was written or run yet."""

    setup: Setup
    settings: ValidationSettings
    pairs: tuple[tuple[Instance, int], ...]
    jobs: tuple[ValidationJob, ...]

    @property
    def configurations(self) -> list[Configuration]:
        """All configurations, each once: of each job the last incumbent first."""
        ordered = [incumbent for job in self.jobs for incumbent in reversed(job.incumbents)]
        return list(dict.fromkeys(incumbent.configuration for incumbent in ordered))

    @property
    def requests(self) -> list[RunRequest]:
        """All runs; every one has the full cutoff."""
        return [self.request(configuration, i) for configuration in self.configurations for i in self._places]

    @property
    def _places(self) -> range:
        return range(len(self.pairs))

    def request(self, configuration: Configuration, place: int) -> RunRequest:
        """The run of a configuration on a pair."""
        instance, seed = self.pairs[place]
        cutoff_s = self.setup.scenario.cutoff_s
        return RunRequest(configuration, instance, seed, cutoff_s, LARGEST_INT, Origin("validation", 0))

    def file_name(self, job: ValidationJob) -> str:
        """What the names of the job's files have behind the table's name."""
        return f"{job.name}-{self.settings.suffix}"


@dataclass(frozen=True, slots=True)
class ValidationOutcome:
    """What came out.

    reports, paths: of each job of the plan, in its order.
    moved_to: the folder where earlier files of the same names are now.
    signal: by which it was ended early.
    """

    plan: ValidationPlan
    reports: tuple[ValidationReport, ...]
    paths: tuple[tuple[Path, ...], ...]
    n_planned: int
    n_finished: int
    moved_to: Path | None
    signal: int | None

    @property
    def is_complete(self) -> bool:
        """Whether all runs have finished."""
        return self.n_finished == self.n_planned


class Validation:
    """Executes a plan and writes its files; used once."""

    def __init__(
        self, plan: ValidationPlan, executor: Executor, observers: Sequence[ValidationObserver] = ()
    ) -> None:
        self._plan = plan
        self._signal: int | None = None
        self._validator = Validator(
            executor,
            plan.setup.objective,
            n_parallel=plan.settings.n_parallel,
            retries=plan.setup.scenario.crashes.retries,
            observers=(_Saving(self._save_on_the_way), *observers),
            answers=build_answers(plan.setup),
        )
        self._moved_to: Path | None = None
        self._has_saved = False
        self._failed = Once()

    def stop(self, signal: int | None = None) -> None:
        """End it soon; may be called from a signal handler."""
        self._signal = signal
        self._validator.stop()

    def run(self) -> ValidationOutcome:
        """Validate to the end.

        What is finished is written, also when it is stopped or fails.  Raises InputError when the folder
        can't be made, StateError, TargetAbortError.
        """
        self._plan.setup.scenario.output.make()
        requests = self._plan.requests
        try:
            self._validator.run(requests)
        except Exception:
            self._save()
            raise
        paths = self._save()
        n_finished = len(self._validator.runs)
        return ValidationOutcome(
            self._plan, self._reports(), paths, len(requests), n_finished, self._moved_to, self._signal
        )

    def _reports(self) -> tuple[ValidationReport, ...]:
        return tuple(self._report(job) for job in self._plan.jobs)

    def _report(self, job: ValidationJob) -> ValidationReport:
        plan = self._plan
        configurations = {incumbent.configuration for incumbent in job.incumbents}
        calls = {one: plan.setup.command.text(plan.request(one, 0)) for one in configurations}
        is_quality = plan.setup.scenario.run_objective is RunObjective.QUALITY
        return ValidationReport(job.incumbents, plan.pairs, self._validator.runs, calls, is_quality)

    def _save_on_the_way(self) -> None:
        try:
            self._save(durable=False)
        except StateError as error:
            if self._failed.is_news():
                _LOG.warning("%s; it will be tried again", error)

    def _save(self, durable: bool = True) -> tuple[tuple[Path, ...], ...]:
        """Write the files, setting aside at the first time what has their names."""
        output, headers = self._plan.setup.scenario.output, self._plan.settings.headers
        names = [self._plan.file_name(job) for job in self._plan.jobs]
        if not self._has_saved:
            paths = [path for name in names for path in validation_paths(output, name)]
            self._moved_to = output.set_aside(paths, "validation")
            self._has_saved = True
        reports = self._reports()
        return tuple(
            write_validation(output, name, report, headers=headers, durable=durable)
            for name, report in zip(names, reports, strict=True)
        )


class _Saving:
    """Calls `save` from time to time; an observer of the validation."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._saved_at = time.monotonic()

    def validation_started(self, n_runs: int) -> None:
        """See ValidationObserver."""

    def validation_run_finished(self, run: Run, n_finished: int) -> None:
        """See ValidationObserver."""
        if time.monotonic() - self._saved_at >= _SAVE_INTERVAL_S:
            self._save()
            self._saved_at = time.monotonic()  # after it: writing takes what it takes

    def validation_ended(self) -> None:
        """See ValidationObserver."""


@contextmanager
def validation_executor(
    plan: ValidationPlan, executor: Executor, output_log: Path | None
) -> Iterator[Executor]:
    """The search's executor where it has enough slots for the validation, or else one that has."""
    n_slots = plan.settings.n_parallel or executor.n_slots
    if n_slots <= executor.n_slots or plan.setup.scenario.cluster is not None:
        yield executor
        return
    with start_executor(plan.setup, output_log, n_slots) as larger:
        yield larger
