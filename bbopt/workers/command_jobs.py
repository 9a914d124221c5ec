"""Jobs that are commands of their own: how they are made, and executed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bbopt.planning.setup import Setup
from bbopt.runs import DETERMINISTIC_SEED, NO_BUDGET, NO_INSTANCE, Origin, RunRequest
from bbopt.shell_words import shell_line
from bbopt.stores import ClaimedJob, EndedJob, JobKind, NewJob
from bbopt.target import TargetCommand
from bbopt.target.answers import ExitStatusAnswer
from bbopt.target.call_formats import GivenCall
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun
from bbopt.workers.job_runners import JobRunner, understanding
from bbopt.workers.scenario_runs import ScenarioRuns, ScenariosOfQueue
from bbopt.workers.settings_jobs import Wanted, digest_of

__all__ = ["CommandRuns", "command_jobs"]


def command_jobs(
    number: int, scenario_digest: str, many: Sequence[Sequence[str]], wanted: Wanted
) -> Iterator[NewJob]:
    """Jobs with these words, the program first; the scenario with the `number` says how they answer."""
    for words in many:
        settings = {"command": shell_line(words)}
        for repetition in range(wanted.n_each):
            digest = digest_of(JobKind.COMMAND, scenario_digest, list(words), repetition)
            content = {"words": list(words)}
            yield NewJob(JobKind.COMMAND, content, settings, wanted.priority, digest, number)


@dataclass(frozen=True)
class CommandRuns(JobRunner):
    """Executes them; only for who trusts those that have added them."""

    kind = JobKind.COMMAND
    scenarios: ScenariosOfQueue

    def order(self, job: ClaimedJob, slot: int) -> RunOrder:
        """See JobRunner."""
        with understanding(job):
            runs = self._runs(job)
            return runs.order(job, _request(job, runs.setup), slot)

    def conclude(self, job: ClaimedJob, run: SupervisedRun, order: RunOrder) -> EndedJob:
        """See JobRunner."""
        runs = self._runs(job)
        return runs.conclude(job, _request(job, runs.setup), run, order)

    def _runs(self, job: ClaimedJob) -> ScenarioRuns:
        runs = self.scenarios.runs(job)
        return runs.calling(_command(runs.setup, tuple(map(str, job.content["words"]))))


def _command(setup: Setup, words: tuple[str, ...]) -> TargetCommand:
    """The command, which answers as the scenario says, and where that says nothing by its exit status."""
    call = setup.scenario.call
    is_told_how = call.results or call.metrics.optimised
    answer = setup.command.answer if is_told_how else ExitStatusAnswer(setup.objective.unknown_quality)
    return replace(setup.command, algo=words, call_format=GivenCall(words), answer=answer)


def _request(job: ClaimedJob, setup: Setup) -> RunRequest:
    return RunRequest(
        setup.space.default,
        NO_INSTANCE,
        DETERMINISTIC_SEED,
        setup.scenario.cutoff_s,
        NO_BUDGET,
        Origin("job", job.id),
    )
