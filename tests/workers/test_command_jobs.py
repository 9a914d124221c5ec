"""Jobs that are commands of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.runs import JobStatus
from bbopt.scenario import PortableScenario, portable_command, read_command_line
from bbopt.stores import ClaimedJob, EndedJob, JobKind
from bbopt.target.supervisor.wire import SupervisedRun
from bbopt.workers import CommandRuns, ScenariosOfQueue, Wanted, command_jobs
from tests.workers.test_settings_jobs import Scenarios, claimed


def scenario(folder: Path, *options: str) -> PortableScenario:
    return portable_command(read_command_line(options), folder)


def job(*words: str) -> ClaimedJob:
    return claimed(next(command_jobs(0, "digest", [words], Wanted())))


def runs(folder: Path, *options: str) -> CommandRuns:
    return CommandRuns(ScenariosOfQueue(Scenarios(scenario(folder, *options).content)))  # type: ignore[arg-type]


def ended(found: CommandRuns, one: ClaimedJob, **seen: Any) -> EndedJob:
    facts = {"ended_by": "exit", "exit_status": 0, "wallclock_s": 2.0, "cpu_s": 1.0, **seen}
    return found.conclude(one, SupervisedRun(started_at=1.0, **facts), found.order(one, 0))


def test_how_they_are_known() -> None:
    first, second = command_jobs(3, "digest", [("python", "a b.py")], Wanted(n_each=2, priority=2.5))
    assert first.settings == second.settings == {"command": 'python "a b.py"'}
    assert (first.kind, first.priority) == (JobKind.COMMAND, 2.5)
    assert first.content == {"words": ["python", "a b.py"]}
    assert first.digest != second.digest
    (other,) = command_jobs(3, "digest", [("python", "a", "b.py")], Wanted())
    assert other.digest != first.digest
    (same,) = command_jobs(9, "digest", [("python", "a b.py")], Wanted())
    assert same.digest == first.digest


def test_no_word_is_changed(tmp_path: Path) -> None:
    words = ["sh", "-c", "echo {seed} {{x}} {run-id} $HOME", "", "{params}", "--a=[b]"]
    order = runs(tmp_path, "--run-wallclock-limit", "9").order(job(*words), 1)
    assert order.argv == words
    assert (order.directory, order.run_id, order.slot) == (str(tmp_path), "job-12", 1)
    assert order.wall_limit_s == 9


def test_where_nothing_else_is_said_the_exit_status_counts(tmp_path: Path) -> None:
    found = runs(tmp_path)
    good = ended(found, job("true"))
    assert (good.status, good.reason, good.result["quality"]) == (JobStatus.DONE, "", None)
    bad = ended(found, job("sh", "-c", "exit 3"), exit_status=3, tail="it broke\n")
    assert (bad.status, bad.result["exit_status"]) == (JobStatus.ERR_RUN, 3)
    assert bad.reason.startswith("the program ended with exit status 3\n")
    assert f'cd {tmp_path}; sh -c "exit 3"' in bad.reason
    assert "it broke" in bad.reason


def test_a_metric_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    found = runs(tmp_path, "--metric", "loss")
    good = ended(found, job("true"), results=json.dumps({"loss": 0.5}))
    assert (good.status, good.result["quality"], good.result["metrics"]) == (
        JobStatus.DONE,
        0.5,
        {"loss": 0.5},
    )
    assert ended(found, job("true")).status is JobStatus.ERR_RUN


def test_one_that_is_ended_for_its_time_is_done(tmp_path: Path) -> None:
    found = ended(runs(tmp_path, "--run-wallclock-limit", "2"), job("x"), ended_by="wall", exit_status=-15)
    assert (found.status, found.result["status"], found.reason) == (JobStatus.DONE, "TIMEOUT", "")


@pytest.mark.parametrize("content", [{}, {"words": []}, {"words": 3}])
def test_what_can_not_be_understood_is_said(tmp_path: Path, content: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the job can't be understood"):
        runs(tmp_path).order(job("true")._replace(content=content), 0)
