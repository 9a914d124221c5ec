"""What a validation is to do: configurations, what each is run on, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bbopt.exports import ValidatedIncumbent
from bbopt.output_folder import OutputFolder
from bbopt.planning.setup import Setup
from bbopt.runs import Instance, Origin, RunRequest
from bbopt.scenario import ValidationSettings
from bbopt.space import Configuration

__all__ = ["ValidationJob", "ValidationPlan"]


@dataclass(frozen=True, slots=True)
class ValidationJob:
    """The incumbents of one trajectory, or the configurations that a user gave.

    name: which the files in `folder` have in their names; the record of the runs has the seed.
    """

    name: str
    folder: Path
    seed: int
    incumbents: tuple[ValidatedIncumbent, ...]

    @property
    def output(self) -> OutputFolder:
        """Where its files are."""
        return OutputFolder(self.folder)


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
        """All runs; every one is a run in full."""
        return [self.request(configuration, i) for configuration in self.configurations for i in self._places]

    @property
    def _places(self) -> range:
        return range(len(self.pairs))

    def request(self, configuration: Configuration, place: int) -> RunRequest:
        """The run of a configuration on a pair."""
        instance, seed = self.pairs[place]
        cutoff_s, runlength = self.setup.scenario.cutoff_s, self.setup.runlength
        return RunRequest(configuration, instance, seed, cutoff_s, runlength, Origin("validation", 0))

    def file_name(self, job: ValidationJob) -> str:
        """What the names of the job's files have behind the table's name."""
        return f"{job.name}-{self.settings.suffix}"
