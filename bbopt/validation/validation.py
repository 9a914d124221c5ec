"""A validation from its plan to its five files, also when it is ended early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbopt.executors import Executor
from bbopt.exports import ValidationReport, validation_paths, write_validation
from bbopt.output_folder import OutputFolder
from bbopt.planning.executor import RunOwner, start_executor
from bbopt.planning.setup import build_answers
from bbopt.runs import Run, RunKey
from bbopt.scenario import RunObjective
from bbopt.tuning import Steering
from bbopt.validation.jobs import ValidationJob, ValidationPlan
from bbopt.validation.records import KnownRuns, ValidationRecords, answered
from bbopt.validation.validator import ValidationObserver, Validator

__all__ = ["Validation", "ValidationOutcome", "validation_executor"]


@dataclass(frozen=True, slots=True)
class _Known:
    """Runs that need not be made; `counts`: how many of them are on record where."""

    runs: dict[RunKey, Run]
    counts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ValidationOutcome:
    """What came out.

    reports, paths: of each job of the plan, in its order.
    on_record: how many of the finished runs were not made because they were on record, and where.
    moved_to: the folders where earlier files of the same names are now, and records of other scenarios.
    signal: by which it was ended early.
    """

    plan: ValidationPlan
    reports: tuple[ValidationReport, ...]
    paths: tuple[tuple[Path, ...], ...]
    n_planned: int
    n_finished: int
    on_record: tuple[tuple[int, str], ...]
    moved_to: tuple[str, ...]
    signal: int | None

    @property
    def is_complete(self) -> bool:
        """Whether all runs have finished."""
        return self.n_finished == self.n_planned


class Validation:
    """Executes a plan and writes its files; used once."""

    def __init__(
        self,
        plan: ValidationPlan,
        executor: Executor,
        observers: Sequence[ValidationObserver] = (),
        known: KnownRuns | None = None,
        *,
        steering: Steering | None = None,
    ) -> None:
        """Runs that are `known` are not made; with `steering` people may end it."""
        self._plan = plan
        self._requests = plan.requests
        self._given = [] if known is None else [known]
        self._signal: int | None = None
        self._validator = Validator(
            executor,
            plan.setup.objective,
            n_parallel=plan.settings.n_parallel,
            retries=plan.setup.scenario.crashes.retries,
            observers=observers,
            answers=build_answers(plan.setup),
            tells_output=plan.setup.scenario.logging.logs_target_output,
            steering=steering,
        )

    def stop(self, signal: int | None = None) -> None:
        """End it soon; may be called from a signal handler."""
        self._signal = signal
        self._validator.stop()

    def run(self) -> ValidationOutcome:
        """Validate to the end.

        What is finished is on record at once, and in the files also when it is stopped or fails.  Raises
        InputError when a folder can't be made, StateError, TargetAbortError.
        """
        for job in self._plan.jobs:
            job.output.make()
        known = self._known_in(self._given)
        if len(known.runs) == len(self._requests):
            return self._execute(known, None, ())
        with ValidationRecords(self._plan) as records:
            known = self._known_in([*self._given, *records.known])
            return self._execute(known, lambda run: records.keep(run, self._is_hurried), records.moved_to)

    def _is_hurried(self) -> bool:
        return self._validator.is_stopped

    def _known_in(self, sources: Sequence[KnownRuns]) -> _Known:
        """Of the runs that are due, those that need not be made."""
        runs: dict[RunKey, Run] = {}
        counts = []
        for source in sources:
            found = answered((one for one in self._requests if one.key not in runs), source.runs)
            runs |= found
            counts += [(len(found), source.source)] if found else []
        return _Known(runs, tuple(counts))

    def _execute(
        self, known: _Known, keep: Callable[[Run], None] | None, moved_to: Sequence[str]
    ) -> ValidationOutcome:
        try:
            self._validator.run(self._requests, known.runs, keep)
        except Exception:
            self._save()
            raise
        moved, paths = self._save()
        return ValidationOutcome(
            self._plan,
            self._reports(),
            paths,
            n_planned=len(self._requests),
            n_finished=len(self._validator.runs),
            on_record=known.counts,
            moved_to=(*moved_to, *map(str, filter(None, moved))),
            signal=self._signal,
        )

    def _reports(self) -> tuple[ValidationReport, ...]:
        return tuple(self._report(job) for job in self._plan.jobs)

    def _report(self, job: ValidationJob) -> ValidationReport:
        plan = self._plan
        configurations = {incumbent.configuration for incumbent in job.incumbents}
        calls = {one: plan.setup.command.text(plan.request(one, 0)) for one in configurations}
        is_quality = plan.setup.scenario.run_objective is RunObjective.QUALITY
        runlength = plan.setup.runlength
        return ValidationReport(
            job.incumbents, plan.pairs, self._validator.runs, calls, is_quality, runlength
        )

    def _save(self) -> tuple[list[Path], tuple[tuple[Path, ...], ...]]:
        """Set aside what has the names of the files, and write them: where to, and their paths."""
        plan = self._plan
        names = [plan.file_name(job) for job in plan.jobs]
        earlier: dict[Path, list[Path]] = {}
        for job, name in zip(plan.jobs, names, strict=True):
            earlier.setdefault(job.folder, []).extend(validation_paths(job.output, name))
        moved = [OutputFolder(folder).set_aside(paths, "validation") for folder, paths in earlier.items()]
        paths = tuple(
            write_validation(job.output, name, report, headers=plan.settings.headers)
            for job, name, report in zip(plan.jobs, names, self._reports(), strict=True)
        )
        return [folder for folder in moved if folder is not None], paths


@contextmanager
def validation_executor(plan: ValidationPlan, executor: Executor, owner: RunOwner) -> Iterator[Executor]:
    """The search's executor where it has enough slots for the validation, or else one that has."""
    n_slots = plan.settings.n_parallel or executor.n_slots
    scenario = plan.setup.scenario
    is_elsewhere = scenario.cluster is not None or scenario.queue is not None
    if n_slots <= executor.n_slots or is_elsewhere:
        yield executor
        return
    with start_executor(plan.setup, owner, n_slots) as larger:
        yield larger
