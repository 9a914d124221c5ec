"""Runs of searches on a scenario that the worker itself was given: no word of a command is the database's."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from bbopt.errors import InputError
from bbopt.executors import RunOrders
from bbopt.executors.queue_messages import order_in, request_in
from bbopt.planning.executor import RunOwner, run_orders
from bbopt.planning.setup import Setup
from bbopt.runs import ALL_DATA, Instance, RunRequest
from bbopt.scenario import Scenario
from bbopt.stores import ClaimedJob, EndedJob, JobKind
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun
from bbopt.workers.job_runners import JobRunner, NotAllowedError, search_run_ended, understanding

__all__ = ["OwnSearchRuns", "listed_instance"]

_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)
"""What names of runs and of checkpoints look like; no path is one."""


def listed_instance(scenario: Scenario, name: str) -> Instance:
    """The instance of that name; NotAllowedError where the scenario does not have it."""
    test = scenario.test_instances
    for one in (*scenario.instances.instances, *(test.instances if test else ())):
        if one.name == name:
            return one
    raise NotAllowedError(
        "the job is to be run on an instance that this worker's scenario does not have", got=repr(name)
    )


@dataclass(frozen=True)
class OwnSearchRuns(JobRunner):
    """Makes the orders from what was asked for: settings, instance and seed.

    Of the search's own order only names are taken, of the run and of its checkpoints, whose folders are those
    of the worker's scenario.
    """

    kind = JobKind.SEARCH_RUN
    setup: Setup
    orders: RunOrders

    @classmethod
    def of(cls, setup: Setup) -> OwnSearchRuns:
        """For the scenario of `setup`."""
        return cls(setup, run_orders(setup, RunOwner("job")))

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """See JobRunner."""
        with understanding(job):
            request, said = self._request(job), order_in(job.content)
            name = str(uuid.UUID(said.uuid))
            places = self.orders.places
            place = places.place_of(_name(said.run_id), request, slot, name, self._checkpoint(said))
            return self.orders.order_at(place, request, slot, name)

    def _request(self, job: ClaimedJob) -> RunRequest:
        asked, scenario = request_in(job.content, self.setup.space), self.setup.scenario
        return replace(
            asked,
            instance=_instance(scenario, asked),
            seed=int(asked.seed),
            cutoff_s=min(float(asked.cutoff_s), scenario.cutoff_s),
            runlength=int(asked.runlength),
            texts=(),
        )

    def _checkpoint(self, said: RunOrder) -> dict[str, str]:
        if not said.checkpoint_out or self.setup.scenario.checkpoints is None:
            return {}
        last = said.environment.get("BBOPT_CHECKPOINT_IN", "")
        return {
            "checkpoint-in": self._own(last) if last else "",
            "checkpoint-out": self._own(said.checkpoint_out),
            "budget-done": str(int(said.environment.get("BBOPT_BUDGET_DONE", "0"))),
        }

    def _own(self, path: str) -> str:
        """The folder of these names among the scenario's own checkpoints."""
        folder, name = Path(path).parent.name, Path(path).name
        return str(self.setup.scenario.output.checkpoints / _name(folder) / _name(name))

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        return search_run_ended(job, run)


def _instance(scenario: Scenario, asked: RunRequest) -> Instance:
    """One that the scenario has, or all data where it says how the winner is trained."""
    if asked.is_retraining and scenario.retraining is not None:
        return ALL_DATA
    return listed_instance(scenario, asked.instance.name)


def _name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    raise InputError("this is no name of a run, or of its checkpoint", got=repr(text))
