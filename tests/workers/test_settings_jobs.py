"""Jobs that are runs of a scenario: which ones are made of settings, and what a worker makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError, InputErrors
from bbopt.planning.setup import Setup
from bbopt.runs import JobStatus
from bbopt.stores import ClaimedJob, JobKind, NewJob
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun
from bbopt.workers import ScenariosOfQueue, SettingsRuns, Wanted, checked_configurations, settings_jobs
from bbopt.workers.job_runners import NotAllowedError
from tests.workers.scenarios import portable_in, setup_in, write_scenario

ANSWER = "Result of this algorithm run: {}, 1.5, 0, {}, 3"


class Scenarios:
    """A queue that has scenarios, and nothing else."""

    def __init__(self, *contents: Mapping[str, Any]) -> None:
        self.contents = contents
        self.n_asked = 0

    def scenario(self, number: int) -> Mapping[str, Any]:
        self.n_asked += 1
        content: Mapping[str, Any] = json.loads(json.dumps(self.contents[number]))
        return content


def made(setup: Setup, *many: Mapping[str, str], **wanted: Any) -> list[NewJob]:
    configurations = checked_configurations(setup.space, many)
    return list(settings_jobs(setup, 0, "digest", configurations, Wanted(**wanted)))


def runner(*contents: Mapping[str, Any], **options: Any) -> SettingsRuns:
    return SettingsRuns(ScenariosOfQueue(Scenarios(*contents), **options))  # type: ignore[arg-type]


def claimed(job: NewJob, number: int = 12) -> ClaimedJob:
    content = json.loads(json.dumps(job.content))
    return ClaimedJob(number, job.kind, content, dict(job.settings), 0, None, job.scenario)


class TestMaking:
    def test_what_is_left_out_has_its_default(self, tmp_path: Path) -> None:
        setup = setup_in(tmp_path)
        jobs = made(setup, {"x": "0.25"}, {"kind": "b"}, {"depth": "9"})
        assert [dict(job.settings) for job in jobs] == [
            {"kind": "a", "x": "0.25"},
            {"depth": "3", "kind": "b", "x": "0.5"},
            {"kind": "a", "x": "0.5"},
        ]
        assert {job.kind for job in jobs} == {JobKind.SETTINGS}
        assert jobs[0].content == {"instance": "one", "seed": 1, "budget": None}

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"y": "1"}, "unknown parameter 'y'"),
            ({"x": "1.5"}, "illegal value for parameter 'x'"),
            ({"kind": "c"}, "illegal value for parameter 'kind'"),
            ({"x": "1"}, "the parameter file forbids these settings"),
        ],
    )
    def test_what_is_no_configuration_is_told_at_once(
        self, tmp_path: Path, settings: dict[str, str], message: str
    ) -> None:
        with pytest.raises(InputErrors, match=message):
            made(setup_in(tmp_path), {"x": "0.25"}, settings)

    def test_equal_runs_have_equal_digests(self, tmp_path: Path) -> None:
        """However their settings were written, and whatever an inactive parameter has."""
        setup = setup_in(tmp_path)
        digests = [
            made(setup, settings, **wanted)[0].digest
            for settings, wanted in (
                ({"x": "0.5"}, {}),
                ({"x": "5e-1", "depth": "7"}, {"priority": 9.0}),
                ({"x": "0.5"}, {"seed": 2}),
                ({"x": "0.5"}, {"instance": "two"}),
                ({"x": "0.5"}, {"budget": 3}),
                ({"x": "0.6"}, {}),
            )
        ]
        assert digests[0] == digests[1]
        assert len(set(digests)) == 5

    def test_repetitions_have_seeds_of_their_own(self, tmp_path: Path) -> None:
        setup = setup_in(tmp_path)
        jobs = made(setup, {"x": "0.25"}, seed=7, n_each=3)
        assert [job.content["seed"] for job in jobs] == [7, 8, 9]
        assert made(setup, {"x": "0.25"}, seed=7, n_each=4)[:3] == jobs

    def test_repetitions_of_what_takes_no_seed_are_several_jobs(self, tmp_path: Path) -> None:
        jobs = made(setup_in(tmp_path, "deterministic = true"), {"x": "0.25"}, n_each=2)
        assert [job.content["seed"] for job in jobs] == [-1, -1]
        assert jobs[0].digest != jobs[1].digest

    def test_seeds_that_are_listed_with_the_instance_count(self, tmp_path: Path) -> None:
        write_scenario(tmp_path)
        (tmp_path / "train.txt").write_text("41 one\n42 one\n43 two\n")
        from bbopt.workers import setup_here

        jobs = made(setup_here(portable_in(tmp_path)), {"x": "0.25"}, n_each=3, seed=5)
        assert [job.content["seed"] for job in jobs] == [41, 42, 41]


class TestExecuting:
    def ended(
        self, runs: SettingsRuns, job: ClaimedJob, order: RunOrder, **seen: Any
    ) -> tuple[JobStatus, str, Mapping[str, Any]]:
        facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 2.0, "cpu_s": 1.0, **seen}
        found = runs.conclude(job, SupervisedRun(started_at=1.0, **facts), order)
        return found.status, found.reason, found.result

    def test_the_order(self, tmp_path: Path) -> None:
        setup = setup_in(tmp_path, "slot-env = GPU=a,b,c", "run-folders = true")
        job = claimed(made(setup, {"x": "0.25", "kind": "b"}, instance="two", seed=5)[0])
        order = runner(portable_in(tmp_path).content).order(job, 2)
        cutoff = ["two", "hard", "50.0", "2147483647", "5"]
        assert order.argv[1:] == [*cutoff, "-depth", "3", "-kind", "b", "-x", "0.25"]
        assert (order.run_id, order.environment["GPU"], order.slot) == ("job-12", "c", 2)
        home = tmp_path / "bbopt-output" / tmp_path.name / "runs"
        assert order.folder is not None
        assert order.folder.path == str(home / "job-12")

    def test_a_slot_without_a_value_is_told(self, tmp_path: Path) -> None:
        job = claimed(made(setup_in(tmp_path, "slot-env = GPU=a,b"), {})[0])
        with pytest.raises(InputError, match="slot-env has no values for so many slots"):
            runner(portable_in(tmp_path).content).order(job, 2)

    def test_a_folder_of_an_earlier_try_stays(self, tmp_path: Path) -> None:
        job = claimed(made(setup_in(tmp_path, "run-folders = true"), {})[0])
        (tmp_path / "bbopt-output" / tmp_path.name / "runs/job-12").mkdir(parents=True)
        assert runner(portable_in(tmp_path).content).order(job, 0).run_id == "job-12-2"

    @pytest.mark.parametrize(
        ("seen", "status", "told"),
        [
            ({"result_lines": [ANSWER.format("SAT", 0.75)]}, JobStatus.DONE, ("SAT", 0.75, 1.5, 0)),
            ({"result_lines": [ANSWER.format("TIMEOUT", 3)]}, JobStatus.DONE, ("TIMEOUT", None, 1.5, 0)),
            ({"result_lines": [ANSWER.format("CRASHED", 3)]}, JobStatus.ERR_RUN, ("CRASHED", None, 1.5, 0)),
            ({"result_lines": [ANSWER.format("ABORT", 3)]}, JobStatus.ERR_RUN, ("ABORT", None, 1.5, 0)),
            ({"ended_by": "guard", "exit_status": -15}, JobStatus.DONE, ("TIMEOUT", None, 50.0, -15)),
            ({"exit_status": 3}, JobStatus.ERR_RUN, ("CRASHED", None, 2.0, 3)),
            ({"ended_by": "cancelled", "exit_status": -15}, JobStatus.ERR_RUN, ("KILLED", None, 2.0, -15)),
            (
                {"ended_by": "spawn", "spawn_errno": 2, "spawn_step": "program", "exit_status": None},
                JobStatus.ERR_START,
                ("CRASHED", None, 2.0, None),
            ),
        ],
    )
    def test_what_came_out(
        self, tmp_path: Path, seen: dict[str, Any], status: JobStatus, told: tuple[Any, ...]
    ) -> None:
        job = claimed(made(setup_in(tmp_path), {})[0])
        runs = runner(portable_in(tmp_path).content)
        n_lines = len(seen.get("result_lines", ()))
        found, reason, result = self.ended(runs, job, runs.order(job, 0), n_result_lines=n_lines, **seen)
        assert found is status
        assert bool(reason) == (status.is_failure and told[0] != "KILLED")
        assert (result["status"], result["quality"], result["runtime_s"], result["exit_status"]) == told
        assert (result["wallclock_s"], result["cpu_s"]) == (2.0, 1.0)
        assert json.loads(json.dumps(result)) == result

    def test_a_metric_is_told_as_the_user_knows_it(self, tmp_path: Path) -> None:
        setup = setup_in(tmp_path, "metric = accuracy", "maximize = true")
        job = claimed(made(setup, {})[0])
        runs = runner(portable_in(tmp_path).content)
        seen = {"results": '{"accuracy": 0.9, "size": 12}'}
        status, _, result = self.ended(runs, job, runs.order(job, 0), **seen)
        assert (status, result["quality"]) == (JobStatus.DONE, 0.9)
        assert result["metrics"] == {"accuracy": 0.9, "size": 12}

    def test_a_scenario_is_read_once(self, tmp_path: Path) -> None:
        jobs = made(setup_in(tmp_path), {"x": "0.25"}, {"x": "0.75"})
        queue = Scenarios(portable_in(tmp_path).content)
        runs = SettingsRuns(ScenariosOfQueue(queue))  # type: ignore[arg-type]
        for number, job in enumerate(jobs):
            runs.order(claimed(job, number), 0)
        assert queue.n_asked == 1

    @pytest.mark.parametrize(
        "changes",
        [{"seed": "x"}, {"seed": None}, {"budget": "many"}, {"seed": -7}],
    )
    def test_what_can_not_be_understood_is_said(self, tmp_path: Path, changes: dict[str, Any]) -> None:
        job = claimed(made(setup_in(tmp_path), {})[0])
        job = job._replace(content={**job.content, **changes})
        with pytest.raises(InputError, match="the job can't be understood"):
            runner(portable_in(tmp_path).content).order(job, 0)

    def test_settings_of_another_space_are_refused(self, tmp_path: Path) -> None:
        job = claimed(made(setup_in(tmp_path), {})[0])._replace(settings={"x": "0.5", "kind": "z"})
        with pytest.raises(InputError, match="job 12: illegal value"):
            runner(portable_in(tmp_path).content).order(job, 0)


class TestOwnScenario:
    """A worker that was given a scenario."""

    def test_it_takes_the_place_of_the_databases(self, tmp_path: Path) -> None:
        setup = setup_in(tmp_path / "a")
        job = claimed(made(setup, {}, instance="two")[0])
        theirs = replace(portable_in(tmp_path / "a"), options=[["algo-exec", "rm -r /", "x"]]).content
        own = setup_in(tmp_path / "b", "algo-cutoff-time = 5")
        order = runner(theirs, own=own).order(job, 0)
        assert order.directory == str(tmp_path / "b")
        assert order.argv[:4] == ["./target.sh", "two", "hard", "5.0"]

    def test_instances_that_it_does_not_list_are_refused(self, tmp_path: Path) -> None:
        own = setup_in(tmp_path)
        job = claimed(made(own, {}, instance="/etc/passwd")[0])
        content = portable_in(tmp_path).content
        assert "/etc/passwd" in runner(content).order(job, 0).argv
        with pytest.raises(NotAllowedError, match="does not have"):
            runner(content, own=own).order(job, 0)

    def test_jobs_of_another_one_are_refused(self, tmp_path: Path) -> None:
        job = claimed(made(setup_in(tmp_path / "a"), {"x": "0.25"})[0])
        own = setup_in(tmp_path / "b", pcs="x real [0, 1] [0.5]\n")
        with pytest.raises(NotAllowedError, match="it is of another scenario"):
            runner(portable_in(tmp_path / "a").content, own=own).order(job, 0)
