"""Where the runs of validations are on record: beside the files of each job, apart from searches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType

from bbopt.planning.setup import Setup
from bbopt.runs import ALL_DATA, Objective, Run, RunKey, RunRequest, RunStatus
from bbopt.scenario.retraining import RETRAIN
from bbopt.space import Configuration
from bbopt.stores import RecordedRun, Recorder, RecordIdentity, Results, validation_record_in
from bbopt.tuning import keep
from bbopt.validation.jobs import ValidationJob, ValidationPlan

__all__ = ["KnownRuns", "ValidationRecords", "answered", "validation_identity"]

_LOG = logging.getLogger(__name__)

_Place = tuple[Results, int]


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """Runs that were made before; `source` is where they are on record, for people."""

    source: str
    runs: Sequence[Run]


def answered(requests: Iterable[RunRequest], known: Iterable[Run]) -> dict[RunKey, Run]:
    """Those of the known runs that were asked for: of the same instance, seed and cutoff, made to the end."""
    made = {run.request.key: run for run in known if run.result.status is not RunStatus.KILLED}
    found = {}
    for request in requests:
        run = made.get(request.key)
        if run is not None and replace(run.request, origin=request.origin, texts=request.texts) == request:
            found[request.key] = run
    return found


class ValidationRecords:
    """The records of a plan's jobs, open; a context manager.

    A run is kept in the record of every job that has its configuration, so that each record is complete.
    `known` is what was on record, `moved_to` where records of other scenarios are now.
    """

    def __init__(self, plan: ValidationPlan) -> None:
        """Raises StateError when another process has a record, or it can't be written."""
        self.known: list[KnownRuns] = []
        self.moved_to: list[str] = []
        self._identity = validation_identity(plan.setup)
        self._recorders: dict[_Place, Recorder] = {}
        self._places: dict[Configuration, set[_Place]] = {}
        with ExitStack() as opened:
            for job in plan.jobs:
                self._add(job, plan.setup, opened)
            self._opened = opened.pop_all()

    def _add(self, job: ValidationJob, setup: Setup, opened: ExitStack) -> None:
        storage = setup.scenario.storage
        folder = job.folder.resolve() if storage is None else setup.scenario.output_root
        place = Results(folder, storage), job.seed
        if place not in self._recorders:
            recorder, moved_to = validation_record_in(*place, self._identity, setup.space)
            self._recorders[place] = opened.enter_context(recorder)
            self.known.append(_known(recorder, setup.objective))
            self.moved_to += [moved_to] if moved_to else []
            if recorder.repaired is not None:
                _LOG.warning("%s", recorder.repaired)
        for incumbent in job.incumbents:
            self._places.setdefault(incumbent.configuration, set()).add(place)

    def keep(self, run: Run, is_hurried: Callable[[], bool]) -> None:
        """Put the run on record; StateError when that can't be done."""
        for place in self._places[run.request.configuration]:
            keep(self._recorders[place], RecordedRun(run.request, run.result), is_hurried=is_hurried)

    def __enter__(self) -> ValidationRecords:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


def validation_identity(setup: Setup) -> RecordIdentity:
    """The search's, with the instances of both kinds: one record has the runs on either.

    Where the winner is trained on all data, it has that run, too, and those of another command are others.
    """
    scenario, retraining = setup.scenario, setup.scenario.retraining
    test = scenario.test_instances
    instances = dict.fromkeys((*scenario.instances.instances, *(test.instances if test else ())))
    identity = replace(setup.identity, instances=tuple(instances))
    if retraining is None:
        return identity
    context = tuple(sorted((*identity.context, (RETRAIN, retraining.text))))
    return replace(identity, instances=(*instances, ALL_DATA), context=context)


def _known(recorder: Recorder, objective: Objective) -> KnownRuns:
    runs = [Run.valued(run.request, run.result, objective) for run in recorder.take_recovered()]
    return KnownRuns(recorder.source, runs)
