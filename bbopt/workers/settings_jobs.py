"""Jobs that are runs of a scenario with settings of its space: how they are made, and executed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bbopt.engines.pairs import SEEDS_BELOW
from bbopt.errors import InputError, InputErrors, Place
from bbopt.options import COMMAND_LINE
from bbopt.planning.setup import Setup, problems_of
from bbopt.runs import DETERMINISTIC_SEED, Instance, Origin, RunRequest
from bbopt.scenario import Scenario
from bbopt.space import Configuration, Space
from bbopt.stores import ClaimedJob, EndedJob, JobKind, NewJob
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun
from bbopt.workers.job_runners import JobRunner, NotAllowedError, understanding
from bbopt.workers.own_search_runs import listed_instance
from bbopt.workers.scenario_runs import ScenarioRuns, ScenariosOfQueue

__all__ = ["SettingsRuns", "Wanted", "checked_configurations", "digest_of", "settings_jobs"]

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """How each of several jobs is to be run: `n_each` times, with other seeds where the target takes any.

    Without an instance the first one is taken.  `seed` is the first one; `budget` None is that of a run in
    full.
    """

    instance: str | None = None
    seed: int | None = None
    budget: int | None = None
    n_each: int = 1
    priority: float = 1.0


def digest_of(kind: JobKind, scenario: str, told: Any, repetition: int) -> str:
    """The same for equal jobs of equal scenarios; those that are asked for several times differ."""
    text = json.dumps([kind.value, scenario, told, repetition], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def settings_jobs(
    setup: Setup, number: int, scenario_digest: str, configurations: Sequence[Configuration], wanted: Wanted
) -> Iterator[NewJob]:
    """Jobs with these configurations; `number` and `scenario_digest` are the scenario's."""
    name, pairs = _instance_and_seeds(setup.scenario, wanted)
    actives = setup.space.active(np.array([one.row for one in configurations])).tolist()
    names = setup.space.names
    for configuration, active in zip(configurations, actives, strict=True):
        values = configuration.values
        settings = {name: values[name] for name, is_active in zip(names, active, strict=True) if is_active}
        for repetition, seed in enumerate(pairs):
            told = {"instance": name, "seed": seed, "budget": wanted.budget}
            digest = digest_of(JobKind.SETTINGS, scenario_digest, [settings, told], repetition)
            yield NewJob(JobKind.SETTINGS, told, settings, wanted.priority, digest, number)


def checked_configurations(space: Space, many: Sequence[Mapping[str, str]]) -> list[Configuration]:
    """Those with these settings, as texts, the others at their defaults.

    InputErrors for names and values that are none of the space, and for what it forbids.
    """
    defaults = space.default.values
    complete = [{**defaults, **settings} for settings in many]
    found = space.complete_configurations(complete)
    with problems_of(str(COMMAND_LINE)):  # None is what is wrong, or only written in an unusual way
        made = [one or space.configuration(texts) for one, texts in zip(found, complete, strict=True)]
    forbidden = space.is_forbidden(np.array([one.row for one in made]))
    wrong = [one for one, is_wrong in zip(made, forbidden.tolist(), strict=True) if is_wrong]
    if wrong:
        raise InputErrors(_forbidden(one) for one in wrong[:_MOST_SHOWN])
    return made


def _forbidden(configuration: Configuration) -> InputError:
    return InputError(
        "the parameter file forbids these settings", place=COMMAND_LINE, got=configuration.call_text()
    )


def _instance_and_seeds(scenario: Scenario, wanted: Wanted) -> tuple[str, list[int]]:
    """The instance's name and a seed for each repetition; those that are listed with it, if any are."""
    names = [one.name for one in scenario.instances.instances]
    name = names[0] if wanted.instance is None else wanted.instance
    if scenario.folds is not None and name not in names:
        raise InputError(
            "there is no such fold",
            place=COMMAND_LINE,
            got=name,
            expected=f"--instance with a number from 0 to {scenario.folds - 1}",
        )
    listed = scenario.instances.seeds
    if listed is not None and name in names:
        of_instance = listed[names.index(name)]
        return name, [of_instance[n % len(of_instance)] for n in range(wanted.n_each)]
    if scenario.deterministic or wanted.seed == DETERMINISTIC_SEED:
        return name, [DETERMINISTIC_SEED] * wanted.n_each
    first = 1 if wanted.seed is None else wanted.seed
    return name, [(first + n) % SEEDS_BELOW for n in range(wanted.n_each)]


@dataclass(frozen=True)
class SettingsRuns(JobRunner):
    """Executes them."""

    kind = JobKind.SETTINGS
    scenarios: ScenariosOfQueue

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """See JobRunner."""
        with understanding(job):
            runs = self._runs(job)
            return runs.order(job, self._request(job, runs.setup), slot)

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        runs = self._runs(job)
        return runs.conclude(job, self._request(job, runs.setup), run, order)

    def _runs(self, job: ClaimedJob) -> ScenarioRuns:
        return self.scenarios.runs(job)

    def _request(self, job: ClaimedJob, setup: Setup) -> RunRequest:
        content, scenario = job.content, setup.scenario
        with problems_of(str(Place(f"job {job.id}"))):
            configuration = setup.space.configuration(job.settings)
        budget = content["budget"]
        return RunRequest(
            configuration,
            self._instance(scenario, str(content["instance"])),
            int(content["seed"]),
            scenario.cutoff_s,
            setup.runlength if budget is None else int(budget),
            Origin("job", job.id),
        )

    def _instance(self, scenario: Scenario, name: str) -> Instance:
        """One that is listed has what is listed with it; any other is allowed by the one who trusts."""
        try:
            return listed_instance(scenario, name)
        except NotAllowedError:
            if self.scenarios.are_own:
                raise
            return Instance(name)
