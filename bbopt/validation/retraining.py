"""The last run of a search: its winner, trained once more by `retrain-command`, on all data."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from bbopt.engines.pairs import SEEDS_BELOW
from bbopt.errors import CommandError
from bbopt.executors import Executor
from bbopt.exports import ValidatedIncumbent
from bbopt.output_folder import SeedFile
from bbopt.planning.setup import Setup, results_of
from bbopt.runs import ALL_DATA, DETERMINISTIC_SEED, RETRAINING, Origin, RunRequest, RunResult
from bbopt.seeding import stream
from bbopt.space import Configuration
from bbopt.stores import retrained_runs
from bbopt.target.answers import NO_QUALITY
from bbopt.tuning import Steering
from bbopt.validation.jobs import ValidationJob, ValidationPlan
from bbopt.validation.records import ValidationRecords, validation_identity
from bbopt.validation.validator import ValidationObserver, Validator

__all__ = ["Retraining"]

_LOG = logging.getLogger(__name__)


class Retraining:
    """Trains a configuration unless that is on record, in this search or another one there; used once."""

    def __init__(
        self,
        setup: Setup,
        configuration: Configuration,
        observers: Sequence[ValidationObserver] = (),
        *,
        executor: Executor,
        steering: Steering | None = None,
    ) -> None:
        """With `steering` people see the run, and may end it."""
        self._setup = setup
        scenario = setup.scenario
        seed = int(stream(scenario.seed, "seed of the training on all data").integers(SEEDS_BELOW))
        self._request = RunRequest(
            configuration,
            ALL_DATA,
            DETERMINISTIC_SEED if scenario.deterministic else seed,
            scenario.cutoff_s,
            setup.runlength,
            Origin(RETRAINING, 0),
        )
        self._validator = Validator(
            executor,
            setup.objective,
            retries=scenario.crashes.retries,
            observers=observers,
            tells_output=scenario.logging.logs_target_output,
            steering=steering,
            noun="training",
        )

    def stop(self) -> None:
        """End it soon; may be called from a signal handler."""
        self._validator.stop()

    def run(self) -> None:
        """Train, and say what came out; CommandError when it fails, StateError, TargetAbortError."""
        for earlier in self._earlier():
            _LOG.info("%s", text := self._told(earlier, "before, "), extra={"calm": text})
            return
        call = self._setup.command.meant_by(self._request).shell_line(self._request)
        _LOG.info("Now retraining the final incumbent:\n%s", call)
        with ValidationRecords(self._plan) as records:
            self._validator.run(
                [self._request], keep=lambda run: records.keep(run, lambda: self._validator.is_stopped)
            )
        for run in self._validator.runs.values():
            result = run.result
            if result.status.is_solved:
                _LOG.info("%s", text := self._told(result), extra={"calm": text})
            elif not self._validator.is_stopped:
                raise CommandError(
                    f"the final incumbent could not be retrained: {result.status.value}",
                    got=result.reason.partition("\n")[0] or None,
                    remedy="once that is mended, the same command with --resume auto tries it again",
                )

    def _earlier(self) -> Iterator[RunResult]:
        """The results of the configuration that are on record, of this seed and of others."""
        setup = self._setup
        for _, run in retrained_runs(results_of(setup.scenario), validation_identity(setup)):
            if run.request.configuration == self._request.configuration and run.result.status.is_solved:
                yield run.result

    @property
    def _plan(self) -> ValidationPlan:
        """One that has records like those of a validation after the search."""
        scenario = self._setup.scenario
        path = scenario.output.file(SeedFile.TRAJECTORY, scenario.num_run)
        incumbent = ValidatedIncumbent(0.0, 0.0, 0.0, self._request.configuration)
        job = ValidationJob(path.stem, path.parent, scenario.num_run, (incumbent,))
        return ValidationPlan(self._setup, scenario.validation, (), (job,))

    def _told(self, result: RunResult, when: str = "") -> str:
        objective = self._setup.objective
        quality = f"{objective.label.removeprefix('mean ')} {objective.shown(result.quality):.6g}"
        if result.additional == NO_QUALITY:
            quality = NO_QUALITY
        run = f" (run {result.run_id})" if result.run_id else ""
        return f"The final incumbent was retrained {when}in {result.wallclock_s:.1f} s: {quality}{run}."
