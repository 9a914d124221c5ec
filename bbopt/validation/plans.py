"""What a validation is about: the search that has just ended, trajectories, or configurations by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bbopt.errors import InputError, InputErrors, Place, Problems
from bbopt.exports import TrajectoryRow, ValidatedIncumbent, read_trajectory
from bbopt.output_folder import SeedFile
from bbopt.planning.setup import Setup, build_setup, named_configuration, problems_of
from bbopt.runs import Instance, InstanceSet
from bbopt.scenario import COMMAND_LINE, IncumbentChoice, IncumbentTimes, Scenario, ValidationSettings
from bbopt.seeding import stream
from bbopt.space import Configuration, Space
from bbopt.text_files import numbered_lines, read_text
from bbopt.validation.incumbents import at_time, choose_incumbents, time_of, too_early
from bbopt.validation.jobs import ValidationJob, ValidationPlan
from bbopt.validation.pairs import plan_pairs

__all__ = [
    "ValidationInputs",
    "plan_after_search",
    "plan_validation",
    "validates_after_search",
]


@dataclass(frozen=True, slots=True)
class ValidationInputs:
    """What `bbopt validate` is told to validate: trajectories, or else configurations.

    configurations: DEFAULT, RANDOM, or settings; `configuration_list` is a file with one of these a line.
    n_random: so many random ones, of which the first is the default if `default_is_first`.
    on_training_instances: instead of the test instances.
    folder: for all files; None: beside each trajectory or list, and `here` those of other configurations.
    """

    trajectories: tuple[Path, ...] = ()
    configurations: tuple[str, ...] = ()
    configuration_list: Path | None = None
    n_random: int = 0
    default_is_first: bool = False
    on_training_instances: bool = False
    folder: Path | None = None
    here: Path = Path()

    @property
    def names_configurations(self) -> bool:
        """Whether there are configurations by hand."""
        return bool(self.configurations or self.configuration_list or self.n_random)


def validates_after_search(scenario: Scenario) -> bool:
    """Whether the search's incumbents are validated when it is over."""
    return scenario.test_instances is not None and scenario.validation.is_wanted


def plan_after_search(
    setup: Setup, rows: Sequence[TrajectoryRow], wallclock_s: float
) -> ValidationPlan | str:
    """The validation of the search whose trajectory has the `rows`; a sentence why there is none.

    As in SMAC v2, times end where the limit of the search's time is, even when the search ended earlier.
    """
    scenario, settings = setup.scenario, setup.scenario.validation
    reason = too_early(rows, settings.incumbents)
    if reason is not None:
        return reason
    wanted = settings.incumbents
    latest_s = _end_of_search(scenario, wanted, wallclock_s)
    if wanted.latest_s is None and latest_s is not None:
        rows = _cut(rows, wanted, latest_s)
        wanted = replace(wanted, latest_s=latest_s)
    path = scenario.output.file(SeedFile.TRAJECTORY, scenario.num_run)
    incumbents = _incumbents(setup.space, rows, wanted, path)
    job = ValidationJob(path.stem, path.parent, scenario.num_run, incumbents)
    instances = scenario.test_instances or scenario.instances
    return ValidationPlan(setup, settings, _pairs(scenario, instances, settings), (job,))


def _cut(rows: Sequence[TrajectoryRow], wanted: IncumbentTimes, latest_s: float) -> list[TrajectoryRow]:
    """The rows with the latest time where theirs is later."""
    return [at_time(row, min(time_of(row, wanted), latest_s), wanted) for row in rows]


def _end_of_search(scenario: Scenario, wanted: IncumbentTimes, wallclock_s: float) -> float | None:
    limits = scenario.limits
    if wanted.by_wallclock:
        return float(limits.wallclock_s) if limits.has_wallclock_limit else wallclock_s
    return float(limits.cputime_s) if limits.has_cputime_limit else None


def plan_validation(scenario: Scenario, inputs: ValidationInputs, *, seed: int) -> ValidationPlan:
    """The validation that a user asks for; random configurations are drawn from `seed`.

    Raises InputErrors.
    """
    settings = scenario.validation
    pairs = _pairs(scenario, _instances(scenario, inputs), settings)
    if not pairs:
        raise InputError(
            "there is no run to make",
            place=scenario.said("num-validation-runs").place,
            got="num-validation-runs = 0",
            expected="at least 1",
        )
    setup = build_setup(scenario)
    space = setup.space
    if inputs.names_configurations:
        if inputs.trajectories:
            raise InputError(
                "trajectories and configurations can't be validated together",
                place=COMMAND_LINE,
                remedy="give one kind at a time",
            )
        jobs: tuple[ValidationJob, ...] = (_job_by_hand(space, inputs, seed),)
    else:
        jobs = _trajectory_jobs(space, inputs, _up_to_limit(scenario, settings.incumbents), seed)
    return ValidationPlan(setup, settings, pairs, jobs)


def _pairs(
    scenario: Scenario, instances: InstanceSet, settings: ValidationSettings
) -> tuple[tuple[Instance, int], ...]:
    return plan_pairs(instances, settings.pairs, deterministic=scenario.deterministic)


def _instances(scenario: Scenario, inputs: ValidationInputs) -> InstanceSet:
    if inputs.on_training_instances:
        return scenario.instances
    if scenario.test_instances is None:
        raise InputError(
            "the scenario has no test instances to validate on",
            place=Place(scenario.path) if scenario.path else COMMAND_LINE,
            expected="test-instances = FILE",
            remedy="name them with --test-instances FILE, or validate on the training instances with "
            "--validate-test-instances false",
        )
    return scenario.test_instances


def _up_to_limit(scenario: Scenario, wanted: IncumbentTimes) -> IncumbentTimes:
    """As in SMAC v2, times are those of the scenario's limit, also where that is none (2147483647)."""
    if wanted.latest_s is not None:
        return wanted
    limits = scenario.limits
    return replace(wanted, latest_s=float(limits.wallclock_s if wanted.by_wallclock else limits.cputime_s))


def _trajectory_jobs(
    space: Space, inputs: ValidationInputs, wanted: IncumbentTimes, seed: int
) -> tuple[ValidationJob, ...]:
    """A job for each trajectory; files that would have one name are numbered."""
    problems = Problems()
    jobs = []
    seen: Counter[Path] = Counter()
    distinct: dict[Path, Path] = {}
    for path in inputs.trajectories:
        distinct.setdefault(path.resolve(), path)
    for path in distinct.values():
        folder = inputs.folder or path.parent
        seen[folder.resolve() / path.stem] += 1
        number = seen[folder.resolve() / path.stem]
        name = path.stem if number == 1 else f"{path.stem}-{number}"
        job = partial(_trajectory_job, space, path, wanted, name=name, folder=folder, seed=seed)
        jobs.append(problems.attempt(job))
    if problems:
        raise InputErrors(problems)
    return tuple(job for job in jobs if job is not None)


def _trajectory_job(
    space: Space, path: Path, wanted: IncumbentTimes, *, name: str, folder: Path, seed: int
) -> ValidationJob:
    """The record is that of the search's seed; `seed` is for trajectories of other names."""
    rows: Sequence[TrajectoryRow] = read_trajectory(path)
    _refuse_unfit(path, rows, wanted)
    if wanted.choice is IncumbentChoice.LAST and wanted.latest_s is not None:
        rows = _cut(rows, wanted, wanted.latest_s)
    kinds = (SeedFile.TRAJECTORY, SeedFile.DETAILED_TRAJECTORY)
    seeds = [known for kind in kinds if (known := kind.seed_in(path.name)) is not None]
    return ValidationJob(name, folder, [*seeds, seed][0], _incumbents(space, rows, wanted, path))


def _refuse_unfit(path: Path, rows: Sequence[TrajectoryRow], wanted: IncumbentTimes) -> None:
    if not rows:
        raise InputError("the trajectory has no incumbent yet", place=Place(path), expected="a row")
    reason = too_early(rows, wanted)
    if reason is not None:
        raise InputError(
            "the trajectory ends too early to be validated",
            place=Place(path),
            got=reason,
            remedy="leave out --validate-only-if-walltime-reached and --validate-only-if-tunertime-reached",
        )


def _incumbents(
    space: Space, rows: Sequence[TrajectoryRow], wanted: IncumbentTimes, path: Path
) -> tuple[ValidatedIncumbent, ...]:
    """The chosen incumbents; InputErrors with the lines of configurations that the space does not have."""
    known: dict[str, Configuration] = {}
    found = []
    for row in choose_incumbents(rows, wanted):
        text = row.configuration
        if text not in known:
            with problems_of(str(Place(path, row.line))):
                known[text] = space.parse_configuration(text)
        time_s = time_of(row, wanted)
        found.append(ValidatedIncumbent(time_s, row.performance, row.optimizer_cpu_s, known[text]))
    return tuple(found)


def _job_by_hand(space: Space, inputs: ValidationInputs, seed: int) -> ValidationJob:
    """Their times count from 0; what a search would know of them is nothing, for which SMAC v2 writes 0."""
    name = "cli" if inputs.configuration_list is None else inputs.configuration_list.stem
    texts = [("--configuration", text) for text in inputs.configurations]
    if inputs.configuration_list is not None:
        texts += _listed(inputs.configuration_list)
    n_random = inputs.n_random
    if n_random and inputs.default_is_first:
        texts.append(("", "DEFAULT"))
        n_random -= 1
    texts += [("", "RANDOM")] * n_random
    configurations = [
        named_configuration(space, text, stream(seed, "configuration to validate", i), where)
        for i, (where, text) in enumerate(texts)
    ]
    incumbents = [ValidatedIncumbent(float(i), 0.0, 0.0, one) for i, one in enumerate(configurations)]
    listed = inputs.configuration_list
    folder = inputs.folder or (listed.parent if listed else inputs.here)
    return ValidationJob(name if listed else f"{name}-{seed}", folder, seed, tuple(incumbents))


def _listed(path: Path) -> list[tuple[str, str]]:
    """The configurations of a file, each with its place."""
    lines = numbered_lines(read_text(path, "list of configurations"))
    found = [(str(Place(path, number)), line.strip()) for number, line in lines]
    if not found:
        raise InputError("the list has no configuration", place=Place(path), expected="one a line")
    return found
