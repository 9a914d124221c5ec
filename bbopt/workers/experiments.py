"""Jobs that are a Python function, run in a process of its own in the job's folder."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bbopt.durable_files import file_error
from bbopt.errors import InputError
from bbopt.jobs.builders import BUILDER
from bbopt.jobs.experiment_jobs import OUTCOMES, result_of, state_of
from bbopt.jobs.experiment_process import command
from bbopt.jobs.folds import over_folds
from bbopt.jobs.job_folder import JobFolder, Verdict
from bbopt.jobs.job_state import RESTART_PRIORITY
from bbopt.jobs.references import fill, references_in
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, EndedJob, JobKind, JobTable
from bbopt.target.process_words import exit_in_words
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun
from bbopt.workers.job_runners import JobRunner

__all__ = ["Experiments"]


@dataclass(frozen=True)
class Experiments(JobRunner):
    """Experiments; each has a folder in `home`, which is named after its number, and runs there.

    home: the folder of the `table`.  current: where modules are looked for first, that of the worker.
    directory: where experiments run instead, if given.  scratch: where each has a folder of its own to run in
    instead, whose files are brought into its folder when it has ended.  imports: modules to import before.  A
    database that is not trusted may name functions of modules in `current` and on PYTHONPATH only, and those
    `allowed`.
    """

    kind = JobKind.EXPERIMENT
    home: Path
    current: Path
    table: JobTable
    directory: Path | None = None
    scratch: Path | None = None
    imports: tuple[str, ...] = ()
    is_trusted: bool = False
    allowed: frozenset[str] = frozenset()
    finish_up_after_s: float | None = None
    save_every_s: float | None = None
    grace_s: float = 30.0
    _marks: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def _folder(self, job: ClaimedJob) -> JobFolder:
        return JobFolder(self.home / str(job.id))

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """See JobRunner."""
        state, experiment = self._state(job), str(job.content["experiment"])
        self._refuse_builders(state)
        folder = self._folder(job)
        folder.prepare(
            state,
            {
                "experiment": experiment,
                "added_in": job.content["folder"],
                "folders": [str(self.current), *([job.content["folder"]] if self.is_trusted else [])],
                "is_local": not self.is_trusted and experiment not in self.allowed,
                "imports": self.imports,
                "finish_up_after_s": self.finish_up_after_s,
                "save_every_s": self.save_every_s,
            },
        )
        self._marks[job.id] = 0
        directory = self.directory or folder.path
        if self.scratch is not None:
            directory = self.scratch / f"{self.home.name}-{job.id}-{uuid.uuid4().hex[:8]}"
            try:
                directory.mkdir(parents=True)
            except OSError as error:
                raise file_error("make", directory, error) from error
        return RunOrder(command(folder), str(directory), slot, str(uuid.uuid4()), None, self.grace_s)

    def _state(self, job: ClaimedJob) -> dict[str, Any]:
        """What it begins with: values in place of what its settings name of earlier jobs."""
        state = state_of(job.content, job.result)
        references = references_in(state)
        if not references or job.after_group is None:
            return state
        return fill(state, references, over_folds(self.table.jobs_of_group(job.after_group)))

    def _refuse_builders(self, state: Mapping[str, Any]) -> None:
        for key, value in state.items():
            if key.endswith(BUILDER) and not (self.is_trusted or value in self.allowed):
                raise InputError(
                    f"the database asks for {value}, and is not trusted",
                    got=f"{key} = {value}",
                    remedy=f"--allow {value}, or --trust for all that this database asks for",
                )

    def saved(self, job: ClaimedJob) -> Mapping[str, Any] | None:
        """See JobRunner."""
        folder = self._folder(job)
        mark = folder.verdict_mark
        verdict = folder.verdict() if mark != self._marks.get(job.id) else None
        self._marks[job.id] = mark
        return None if verdict is None else result_of(verdict)

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        folder = self._folder(job)
        verdict = folder.verdict() or Verdict("failed", state_of(job.content, job.result), _why(run))
        if verdict.outcome == "saved":
            verdict = verdict._replace(outcome="failed", reason=_why(run))
        ended = _ended(job, verdict)
        problem = self._bring_back(folder, order)
        return ended._replace(status=JobStatus.ERR_SYNC, reason=problem) if problem else ended

    def rescue(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob | None:
        """See JobRunner."""
        verdict = self._folder(job).verdict()
        if verdict is None or verdict.outcome not in {"complete", "incomplete"}:
            return None
        return self.conclude(job, run, order)

    def _bring_back(self, folder: JobFolder, order: RunOrder) -> str:
        """The files of a job that had a folder elsewhere to run in; why that failed, "" where it did not."""
        if self.scratch is None:
            return ""
        try:
            shutil.copytree(order.directory, folder.path, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(order.directory)
        except (OSError, shutil.Error) as error:
            return f"its files in {order.directory} could not be brought to {folder.path}: {error}"
        return ""


def _ended(job: ClaimedJob, verdict: Verdict) -> EndedJob:
    status = OUTCOMES[verdict.outcome]
    priority = RESTART_PRIORITY if status is JobStatus.START else None
    return EndedJob(job.id, status, result_of(verdict), verdict.reason, priority)


def _why(run: SupervisedRun) -> str:
    if run.ended_by is EndedBy.EXIT:
        return f"its process has ended without a word: {exit_in_words(run.exit_status or 0)}"
    if run.ended_by is EndedBy.CANCELLED:
        return "it was ended by the user"
    return run.tail.strip() or f"it was ended: {run.ended_by.value}"
