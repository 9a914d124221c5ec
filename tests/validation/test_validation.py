"""The reference run's validation, made again: the same files and the same words."""

from __future__ import annotations

import csv
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bbopt.errors import InputError, InputErrors, StateError, TargetAbortError
from bbopt.exports import TrajectoryRow, read_trajectory
from bbopt.planning.setup import build_setup
from bbopt.runs import Run, RunRequest, RunResult
from bbopt.scenario import Scenario, load_scenario, read_command_line
from bbopt.target import parse_output
from bbopt.validation.jobs import ValidationPlan
from bbopt.validation.messages import (
    announce_validation,
    notes,
    short_summary,
    summary,
    tell_validation,
)
from bbopt.validation.plans import (
    ValidationInputs,
    plan_after_search,
    plan_validation,
    validates_after_search,
)
from bbopt.validation.records import KnownRuns, ValidationRecords
from bbopt.validation.validation import Validation, ValidationOutcome
from tests.fakes import FakeExecutor

GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "smac2-run"
GOLDEN = GOLDEN_RUN / "output"
LINES = GOLDEN / "validationRunResultLineMatrix-traj-run-1-walltime.csv"
TRAJECTORY = GOLDEN / "traj-run-1.txt"
DETAILED = GOLDEN / "detailed-traj-run-1.csv"

Load = Callable[..., Scenario]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    folder = tmp_path / "ex"
    shutil.copytree(GOLDEN_RUN, folder)
    (folder / "solver.py").write_text("#!/bin/sh\n")
    (folder / "solver.py").chmod(0o755)

    def load(*argv: str) -> Scenario:
        command_line = read_command_line(("--scenario", "scenario.txt", "--seed", "1", *argv))
        return load_scenario(command_line, cwd=folder, home=tmp_path, search_path="")

    return load


def rows() -> tuple[TrajectoryRow, ...]:
    return read_trajectory(TRAJECTORY)


def after_search(scenario: Scenario, given: tuple[TrajectoryRow, ...] | None = None) -> ValidationPlan:
    plan = plan_after_search(build_setup(scenario), given or rows(), 22.0)
    assert isinstance(plan, ValidationPlan)
    return plan


def golden_answers() -> dict[tuple[str, int], str]:
    with LINES.open(newline="") as file:
        return {(instance, int(seed)): line for instance, seed, line in list(csv.reader(file))[1:]}


def answer(request: RunRequest) -> RunResult:
    """What the target of the reference run answered; anything for another run."""
    line = golden_answers().get((request.instance.name, request.seed), "SAT, 1.5, 0, 0.5, 1")
    report = parse_output(f"Result for SMAC: {line}")
    return RunResult(report.status, report.runtime_s, report.runlength, report.quality, report.additional)


def validated(plan: ValidationPlan, executor: FakeExecutor | None = None) -> ValidationOutcome:
    return Validation(plan, executor or FakeExecutor(answer)).run()


def as_the_reference(scenario: Scenario) -> ValidationPlan:
    """The plan with SMAC v2's seeds in place of ours."""
    plan = after_search(scenario)
    assert [instance.name for instance, _ in plan.pairs] == ["inst/e.cnf", "inst/f.cnf"]
    seeds = [seed for _, seed in golden_answers()]
    return replace(plan, pairs=tuple((pair[0], seed) for pair, seed in zip(plan.pairs, seeds, strict=True)))


class TestTheReference:
    def test_the_five_files(self, load: Load) -> None:
        outcome = validated(as_the_reference(load()))
        assert outcome.is_complete
        names = {path.name for path in outcome.paths[0]}
        assert names == {path.name for path in GOLDEN.glob("validation*")}
        for path in outcome.paths[0]:
            assert path.read_bytes() == (GOLDEN / path.name).read_bytes(), path.name

    def test_what_is_said(self, load: Load, caplog: pytest.LogCaptureFixture) -> None:
        plan = as_the_reference(load())
        with caplog.at_level(logging.INFO, "bbopt"):
            announce_validation(plan, 1, datetime(2026, 11, 21, 18, 27, 31))
            outcome = validated(plan)
            tell_validation(outcome)
        folder = "/home/user/ex/smac-output/ex"
        golden = (GOLDEN_RUN / "stdout.txt").read_text().partition("Now starting offline validation.\n")[2]
        block = summary(
            outcome,
            "config 5 (internal ID: 0xEA9E)",
            plan.setup.objective.label,
            "cd /home/user/ex/.; ./solver.py inst/d.cnf 0 2.0 2147483647 5412823 "
            "-alpha '0.1833969272178716' -beta '1' -heur 'mixed'",
        )
        said = "".join(f"[INFO ] {message}\n" for message in [*caplog.messages, f"\n{block}"])
        assert said.replace(str(plan.setup.scenario.output_root), folder) == golden

    def test_every_run_has_the_full_cutoff(self, load: Load) -> None:
        executor = FakeExecutor(answer)
        validated(after_search(load()), executor)
        assert [request.cutoff_s for request in executor.submitted] == [2.0, 2.0]


class TestAfterTheSearch:
    def test_seeds_are_the_same_for_every_search(self, load: Load) -> None:
        assert after_search(load()).pairs == after_search(load("--seed-offset", "5")).pairs
        assert after_search(load()).pairs != after_search(load("--validation-seed", "1")).pairs

    def test_an_incumbent_found_after_the_limit_is_the_last_one_all_the_same(self, load: Load) -> None:
        plan = after_search(load("--wallclock-limit", "6"))
        (incumbent,) = plan.jobs[0].incumbents
        assert (incumbent.time_s, incumbent.training_cost) == (6.0, 1.0202583333333335)

    @pytest.mark.parametrize(
        ("argv", "times"),
        [
            ((), [7.5, 15.0, 30.0, 60.0]),
            (("--wallclock-limit", "2147483647"), [5.5, 11.0, 22.0]),
            (("--max-timestamp", "12"), [6.0, 12.0]),
            (("--validate-by-wallclock-time", "false"), [9.611086552625, 19.22217310525, 38.4443462105]),
            (("--validate-by-wallclock-time", "false", "--cputime-limit", "40"), [5.0, 10.0, 20.0, 40.0]),
        ],
    )
    def test_incumbents_over_time(self, load: Load, argv: tuple[str, ...], times: list[float]) -> None:
        over_time = ("--validate-only-last-incumbent", "false", "--min-timestamp", "4.9", *argv)
        found = [incumbent.time_s for incumbent in after_search(load(*over_time)).jobs[0].incumbents]
        if len(argv) == 2 and argv[0] == "--validate-by-wallclock-time":
            times = [*times, 76.888692421]
        assert found == pytest.approx(times)

    def test_configurations_are_run_once_the_last_first(self, load: Load) -> None:
        plan = after_search(load("--validate-all", "true"))
        executor = FakeExecutor(answer)
        outcome = validated(plan, executor)
        assert len(plan.jobs[0].incumbents) == 31
        assert len(plan.configurations) == 4
        assert outcome.n_planned == len(executor.submitted) == 8
        assert len({request.configuration for request in executor.submitted}) == 4
        assert executor.submitted[0].configuration == plan.jobs[0].incumbents[-1].configuration
        results = outcome.paths[0][2].read_text().splitlines()
        assert len(results) == 32
        assert [line.rsplit('"', 2)[1] for line in (results[1], results[-1])] == ["1", "4"]
        block = summary(outcome, "config 5", plan.setup.objective.label, "call")
        assert "Estimated penalized average runtime (PAR10) on test set over time:\nFrom 0.0 s on," in block

    def test_a_search_that_was_too_short(self, load: Load) -> None:
        scenario = load("--validate-only-if-walltime-reached", "30")
        assert plan_after_search(build_setup(scenario), rows(), 22.0) == (
            "Maximum walltime was 21.56 but we required 30.0 seconds to have passed."
        )

    def test_when_there_is_a_validation(self, load: Load) -> None:
        assert validates_after_search(load())
        assert not validates_after_search(load("--validation", "false"))
        assert not validates_after_search(load("--num-validation-runs", "0"))
        scenario = load()
        assert not validates_after_search(replace(scenario, test_instances=None))
        assert validates_after_search(load("--use-instances", "false")), "a black box, too"


class TestByHand:
    def test_one_job_for_each_trajectory_and_no_run_twice(self, load: Load, tmp_path: Path) -> None:
        paths = (tmp_path / TRAJECTORY.name, tmp_path / DETAILED.name, tmp_path / "other" / TRAJECTORY.name)
        paths[2].parent.mkdir()
        for path, golden in zip(paths, (TRAJECTORY, DETAILED, TRAJECTORY), strict=True):
            shutil.copy(golden, path)
        inputs = ValidationInputs(trajectories=(*paths, tmp_path / "other" / ".." / TRAJECTORY.name))
        plan = plan_validation(load(), inputs, seed=7)
        names = [plan.file_name(job) for job in plan.jobs]
        assert names == ["traj-run-1-walltime", "detailed-traj-run-1-walltime", "traj-run-1-walltime"]
        assert [job.folder for job in plan.jobs] == [tmp_path, tmp_path, paths[2].parent]
        assert [job.seed for job in plan.jobs] == [1, 1, 1]
        executor = FakeExecutor(answer)
        outcome = validated(plan, executor)
        assert len(executor.submitted) == 2
        assert len({path.read_text() for path in (paths[2] for paths in outcome.paths)}) == 1

    @pytest.mark.parametrize(
        ("argv", "n_rows", "latest"),
        [
            (("--wallclock-limit", "100000"), 25, 100000.0),
            (("--wallclock-limit", "2147483647"), 39, 2147483647.0),
            (("--wallclock-limit", "3"), 10, 3.0),
            (("--validate-by-wallclock-time", "false"), 39, 2147483647.0),
            (("--validate-by-wallclock-time", "false", "--cputime-limit", "1"), 8, 1.0),
        ],
    )
    def test_times_are_parts_of_the_scenarios_limit_as_in_smac_validate(
        self, load: Load, argv: tuple[str, ...], n_rows: int, latest: float
    ) -> None:
        scenario = load("--validate-only-last-incumbent", "false", *argv)
        (job,) = plan_validation(scenario, ValidationInputs(trajectories=(TRAJECTORY,)), seed=1).jobs
        assert len(job.incumbents) == n_rows
        assert job.incumbents[-1].time_s == latest
        by_wallclock = "--validate-by-wallclock-time" not in argv
        reached = [row for row in rows() if (row.wallclock_s if by_wallclock else row.cpu_time_s) <= latest]
        assert job.incumbents[-1].training_cost == reached[-1].performance

    def test_the_last_incumbent_counts_though_the_search_went_on_after_the_limit(self, load: Load) -> None:
        scenario = load("--wallclock-limit", "3")
        (job,) = plan_validation(scenario, ValidationInputs(trajectories=(TRAJECTORY,)), seed=1).jobs
        assert [(one.time_s, one.training_cost) for one in job.incumbents] == [(3.0, rows()[-1].performance)]

    def test_configurations(self, load: Load, tmp_path: Path) -> None:
        inputs = ValidationInputs(
            configurations=("DEFAULT", "-alpha '0.25' -heur 'slow'", "RANDOM"), here=tmp_path
        )
        plan = plan_validation(load(), inputs, seed=3)
        (job,) = plan.jobs
        assert (plan.file_name(job), job.folder, job.seed) == ("cli-3-walltime", tmp_path, 3)
        assert [incumbent.time_s for incumbent in job.incumbents] == [0.0, 1.0, 2.0]
        assert job.incumbents[0].configuration.is_default
        assert job.incumbents[1].configuration.call_text() == "-alpha '0.25' -heur 'slow'"
        assert plan_validation(load(), inputs, seed=3).jobs == plan.jobs
        assert plan_validation(load(), inputs, seed=4).jobs != plan.jobs

    def test_a_list_of_configurations(self, load: Load, tmp_path: Path) -> None:
        listed = tmp_path / "some.txt"
        listed.write_text("DEFAULT\n\nalpha='0.25', beta='3', heur='fast'\n")
        plan = plan_validation(load(), ValidationInputs(configuration_list=listed), seed=1)
        assert [one.configuration.values["beta"] for one in plan.jobs[0].incumbents] == ["50", "3"]
        assert (plan.file_name(plan.jobs[0]), plan.jobs[0].folder) == ("some-walltime", tmp_path)
        into = ValidationInputs(configuration_list=listed, folder=tmp_path / "out")
        assert plan_validation(load(), into, seed=1).jobs[0].folder == tmp_path / "out"

    def test_random_configurations(self, load: Load) -> None:
        inputs = ValidationInputs(n_random=4, default_is_first=True)
        found = [one.configuration for one in plan_validation(load(), inputs, seed=1).jobs[0].incumbents]
        assert [one.is_default for one in found] == [True, False, False, False]
        assert len(set(found)) == 4

    def test_the_training_instances(self, load: Load) -> None:
        inputs = ValidationInputs(configurations=("DEFAULT",), on_training_instances=True)
        names = [instance.name for instance, _ in plan_validation(load(), inputs, seed=1).pairs]
        assert names == ["inst/a.cnf", "inst/b.cnf", "inst/c.cnf", "inst/d.cnf"]


def refused(load: Load, inputs: ValidationInputs, *argv: str) -> str:
    with pytest.raises(InputError) as caught:
        plan_validation(load(*argv), inputs, seed=1)
    return str(caught.value)


class TestBadInput:
    def test_unknown_parameters_are_told_with_their_line(self, load: Load, tmp_path: Path) -> None:
        path = tmp_path / "traj-run-2.txt"
        path.write_text("\n".join(TRAJECTORY.read_text().replace("alpha", "alhpa").splitlines()[:4]) + "\n")
        message = refused(load, ValidationInputs(trajectories=(path,)))
        assert message.startswith(f"{path}:4: unknown parameter 'alhpa'")
        assert "did you mean alpha?" in message

    def test_problems_of_all_trajectories_are_told_at_once(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "b").write_text("no trajectory\n")
        (tmp_path / "c").write_text(TRAJECTORY.read_text().splitlines()[0] + "\n")
        inputs = ValidationInputs(trajectories=tuple(tmp_path / name for name in "abc"))
        with pytest.raises(InputErrors) as caught:
            plan_validation(load(), inputs, seed=1)
        assert [str(error).splitlines()[0] for error in caught.value.errors] == [
            f"{tmp_path}/a: the trajectory can't be read",
            f"{tmp_path}/b:1: this is no trajectory file",
            f"{tmp_path}/c: the trajectory has no incumbent yet",
        ]

    def test_configurations(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "list").write_text("DEFAULT\n-alpha 7 -heur slow\n")
        (tmp_path / "empty").write_text("\n")
        assert refused(load, ValidationInputs(configurations=("-heur slwo",))).startswith("--configuration: ")
        listed = refused(load, ValidationInputs(configuration_list=tmp_path / "list"))
        assert listed.startswith(f"{tmp_path}/list:2: illegal value for parameter 'alpha'")
        empty = refused(load, ValidationInputs(configuration_list=tmp_path / "empty"))
        assert "the list has no configuration" in empty
        missing = refused(load, ValidationInputs(configuration_list=tmp_path / "missing"))
        assert "the list of configurations can't be read" in missing
        (tmp_path / "bytes").write_bytes(b"DEFAULT\r\n-heur \xff\n")
        no_text = refused(load, ValidationInputs(configuration_list=tmp_path / "bytes"))
        assert no_text.startswith(f"{tmp_path}/bytes:2:7: the list of configurations is not UTF-8 text")

    def test_both_kinds(self, load: Load) -> None:
        inputs = ValidationInputs(trajectories=(TRAJECTORY,), configurations=("DEFAULT",))
        assert "can't be validated together" in refused(load, inputs)

    def test_nothing_to_run(self, load: Load) -> None:
        inputs = ValidationInputs(configurations=("DEFAULT",))
        assert "there is no run to make" in refused(load, inputs, "--num-validation-runs", "0")

    def test_no_test_instances(self, load: Load) -> None:
        scenario = replace(load(), test_instances=None)
        with pytest.raises(InputError, match="no test instances") as caught:
            plan_validation(scenario, ValidationInputs(configurations=("DEFAULT",)), seed=1)
        assert str(caught.value.place) == str(scenario.path)
        assert "--validate-test-instances false" in str(caught.value.remedy)

    def test_a_trajectory_that_is_too_short(self, load: Load) -> None:
        inputs = ValidationInputs(trajectories=(TRAJECTORY,))
        message = refused(load, inputs, "--validate-only-if-tunertime-reached", "100")
        assert "the trajectory ends too early" in message
        assert "Maximum tuner time was 76.888" in message


class TestEnds:
    def test_what_is_finished_is_written_when_it_is_stopped(
        self, load: Load, caplog: pytest.LogCaptureFixture
    ) -> None:
        executor = FakeExecutor(answer)
        validation = Validation(after_search(load("--num-validation-runs", "6")), executor)
        signals = iter([15])
        executor.on_wait = lambda: (
            [validation.stop(one) for one in signals] if len(executor.submitted) == 3 else None
        )
        outcome = validation.run()
        assert (outcome.n_finished, outcome.n_planned, outcome.signal) == (2, 6, 15)
        matrix = outcome.paths[0][3].read_text().splitlines()
        assert sum('"NaN"' in line for line in matrix) == 4
        with caplog.at_level(logging.INFO, "bbopt"):
            tell_validation(outcome)
        assert short_summary(outcome, "PAR10") == (
            "On the test instances: PAR10 1.5, 2 run(s) on 1 instance(s) (2 of 6 runs have finished)"
        )
        assert caplog.messages[-1] == "Validation was interrupted by SIGTERM: 2 of 6 runs have finished."
        assert "based on 2 run(s) on 1 test instance(s)." in summary(outcome, "config 5", "x", "call")

    def test_stopped_before_any_run_has_finished(self, load: Load) -> None:
        validation = Validation(after_search(load()), FakeExecutor(answer))
        validation.stop(2)
        outcome = validation.run()
        assert outcome.n_finished == 0
        block = summary(outcome, "config 5", "x", "call")
        assert "No validation run of the final incumbent config 5 has finished." in block

    def test_what_is_finished_is_written_when_the_target_aborts(self, load: Load) -> None:
        plan = after_search(load())
        aborting = FakeExecutor(
            lambda request: answer(request) if request.instance == plan.pairs[0][0] else abort()
        )
        with pytest.raises(TargetAbortError):
            validated(plan, aborting)
        path = plan.setup.scenario.output_root / "validationObjectiveMatrix-traj-run-1-walltime.csv"
        assert [line.rsplit(",", 1)[1] for line in path.read_text().splitlines()[1:]] == ['"1.5"', '"NaN"']

    def test_earlier_files_of_the_name_are_kept(self, load: Load) -> None:
        first = validated(as_the_reference(load()))
        before = {path.name: path.read_bytes() for path in first.paths[0]}
        second = validated(after_search(load("--validation-seed", "9")))
        assert second.moved_to == (str(load().output_root / "previous" / "validation-1"),)
        assert {path.name: path.read_bytes() for path in Path(second.moved_to[0]).iterdir()} == before


class TestTheRecord:
    def test_what_is_on_record_is_not_made_again(self, load: Load) -> None:
        plan = after_search(load("--num-validation-runs", "6"))
        failing = FakeExecutor(lambda request: answer(request) if request.seed in seeds else abort())
        seeds = [seed for _, seed in plan.pairs[:2]]
        with pytest.raises(TargetAbortError):
            validated(plan, failing)
        executor = FakeExecutor(answer)
        outcome = validated(plan, executor)
        assert [request.seed for request in executor.submitted] == [seed for _, seed in plan.pairs[2:]]
        record = load().output_root / "live-validation-1.json"
        assert outcome.on_record == ((2, str(record)),)
        assert outcome.is_complete
        assert notes(outcome)[0] == f"2 of 6 runs were on record in {record} and not made again"
        whole = FakeExecutor(answer)
        again = validated(plan, whole)
        assert whole.submitted == []
        assert [path.read_text() for path in again.paths[0]] == [
            path.read_text() for path in outcome.paths[0]
        ]

    def test_other_seeds_and_the_training_instances_are_other_runs(self, load: Load) -> None:
        validated(after_search(load()))
        inputs = ValidationInputs(trajectories=(load().output_root / TRAJECTORY.name,))
        shutil.copy(TRAJECTORY, inputs.trajectories[0])
        for argv, on_training in (
            (("--validation-seed", "1"), False),
            ((), True),
            (("--cutoff-time", "1"), False),
        ):
            executor = FakeExecutor(answer)
            given = replace(inputs, on_training_instances=on_training)
            outcome = validated(plan_validation(load(*argv), given, seed=1), executor)
            assert len(executor.submitted) == outcome.n_planned
        assert [Path(folder).name for folder in outcome.moved_to] == ["validation-3", "validation-4"]
        assert (Path(outcome.moved_to[0]) / "live-validation-1.json").exists(), "of another cutoff"

    def test_each_trajectory_has_all_its_runs(self, load: Load, tmp_path: Path) -> None:
        paths = [tmp_path / name / TRAJECTORY.name for name in "ab"]
        for path in paths:
            path.parent.mkdir()
            shutil.copy(TRAJECTORY, path)
        validated(plan_validation(load(), ValidationInputs(trajectories=tuple(paths)), seed=1))
        for path in paths:
            executor = FakeExecutor(answer)
            validated(plan_validation(load(), ValidationInputs(trajectories=(path,)), seed=1), executor)
            assert executor.submitted == []

    def test_one_validation_at_a_time(self, load: Load) -> None:
        plan = after_search(load())
        with ValidationRecords(plan), pytest.raises(StateError, match=r"live-validation-1\.json"):
            validated(plan)
        assert list(load().output_root.glob("validation*")) == []

    def test_known_runs_need_no_record(self, load: Load) -> None:
        plan = after_search(load())
        runs = [Run.valued(request, answer(request), plan.setup.objective) for request in plan.requests]
        executor = FakeExecutor(answer)
        outcome = Validation(plan, executor, known=KnownRuns("the search", runs)).run()
        assert executor.submitted == []
        assert outcome.on_record == ((2, "the search"),)
        assert not (load().output_root / "live-validation-1.json").exists()
        capped = [replace(run, request=replace(run.request, cutoff_s=1.0)) for run in runs]
        Validation(plan, executor, known=KnownRuns("the search", capped)).run()
        assert len(executor.submitted) == 2


def abort() -> RunResult:
    report = parse_output("Result for SMAC: ABORT, 0, 0, 0, 1")
    return RunResult(report.status, report.runtime_s, report.runlength, report.quality)
