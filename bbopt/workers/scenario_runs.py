"""Runs of the scenarios that jobs of people name, each read once, and what is said of their ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bbopt.errors import InputError
from bbopt.executors import FolderKeeper, JobNames, RunOrders
from bbopt.planning.executor import RunOwner, build_keeper, run_orders
from bbopt.planning.setup import Setup, build_setup
from bbopt.runs import JobStatus, RunRequest, RunResult, RunStatus
from bbopt.scenario import PortableScenario
from bbopt.stores import ClaimedJob, EndedJob, JobQueue
from bbopt.target import TargetCommand
from bbopt.target.answers import ExitStatusAnswer
from bbopt.target.supervisor.wire import EndedBy, RunOrder, SupervisedRun
from bbopt.workers.job_runners import NotAllowedError, own_place

__all__ = ["ScenarioRuns", "ScenariosOfQueue", "setup_here"]


def setup_here(portable: PortableScenario, directory: Path | None = None) -> Setup:
    """What the scenario is on this node; InputErrors where something is missing."""
    with portable.loaded(directory) as scenario:
        if scenario.evaluator is not None:
            raise InputError(f"with tae = {scenario.evaluator.name} there is nothing to run for workers")
        return build_setup(scenario)


@dataclass(frozen=True, slots=True)
class ScenarioRuns:
    """Makes orders for jobs of one scenario, and judges their ends."""

    setup: Setup
    orders: RunOrders
    keeper: FolderKeeper | None

    @classmethod
    def of(cls, setup: Setup) -> ScenarioRuns:
        """Of the scenario of `setup`."""
        keeper = build_keeper(setup)
        return cls(setup, run_orders(setup, RunOwner("job", keeper=keeper)), keeper)

    def calling(self, command: TargetCommand) -> ScenarioRuns:
        """The same with another command."""
        return replace(self, orders=replace(self.orders, command=command))

    def order(self, job: ClaimedJob, request: RunRequest, slot: int) -> RunOrder:
        """An order with the run's name, `job-NUMBER`."""
        places = replace(self.orders.places, numbers=JobNames(f"job-{job.id}"))
        return replace(self.orders, places=places).order(request, slot)

    def conclude(self, job: ClaimedJob, request: RunRequest, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """What came out: the job has failed if the run has, but not by taking too long."""
        result = self.orders.conclude(request, run, order).result
        if self.keeper is not None:
            self.keeper.finish()
        has_failed = result.status.is_failure
        status = JobStatus.ERR_RUN if has_failed or result.status is RunStatus.KILLED else JobStatus.DONE
        if run.ended_by is EndedBy.SPAWN:
            status = JobStatus.ERR_START
        return EndedJob(job.id, status, self._told(result, run, order), result.reason if has_failed else "")

    def _told(self, result: RunResult, run: SupervisedRun, order: RunOrder) -> dict[str, Any]:
        has_quality = not isinstance(self.orders.command.answer, ExitStatusAnswer)
        quality = self.setup.objective.shown(result.quality)
        folder = None if order.folder is None else order.folder.kept_at or order.folder.path
        return {
            "status": result.status.value,
            "runtime_s": result.runtime_s,
            "quality": quality if has_quality and result.status.is_solved else None,
            "metrics": dict(result.metrics),
            "additional": result.additional,
            "wallclock_s": result.wallclock_s,
            "cpu_s": result.cpu_s,
            "memory_bytes": result.memory_bytes,
            "exit_status": run.exit_status,
            "reason": result.reason,
            "run_folder": folder if folder is not None and Path(folder).is_dir() else None,
            "place": own_place(),
        }


class ScenariosOfQueue:
    """The scenarios that a database has, as they are on this node; or the worker's own in place of any.

    With a `directory` the targets are run there.
    """

    def __init__(self, queue: JobQueue, directory: Path | None = None, own: Setup | None = None) -> None:
        self._queue = queue
        self._directory = directory
        self._own = None if own is None else ScenarioRuns.of(own)
        self._known: dict[int, ScenarioRuns] = {}

    @property
    def are_own(self) -> bool:
        """Whether all are the worker's own."""
        return self._own is not None

    def runs(self, job: ClaimedJob) -> ScenarioRuns:
        """Of the job's scenario.

        NotAllowedError where it is not the worker's own one; InputError where it can't be used here, or there
        is none, StateError where the database does not have it, UnavailableError where that can't be said.
        """
        number = job.scenario
        if number is None:
            raise InputError("the job names no scenario")
        if number not in self._known:
            portable = PortableScenario.read(self._queue.scenario(number))
            self._known[number] = self._of(portable)
        return self._known[number]

    def _of(self, portable: PortableScenario) -> ScenarioRuns:
        own = self._own
        if own is None:
            return ScenarioRuns.of(setup_here(portable, self._directory))
        if portable.files.get("pcs-file") != own.setup.space.text:
            raise NotAllowedError(
                "it is of another scenario than this worker's: its parameters are others",
                got=f"scenario {portable.name}",
                expected=f"scenario {own.setup.scenario.name}",
            )
        return own
