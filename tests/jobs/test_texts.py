"""What Jobman prints, typed from its tutorial."""

from __future__ import annotations

import ast

import pytest

from bbopt.jobs import texts
from bbopt.jobs.job_state import queued_state
from bbopt.runs import JobStatus

SETTINGS = {
    "learning_rate": 0.01,
    "L1_reg": 0.0,
    "L2_reg": 0.0001,
    "n_iter": 10,
    "batch_size": 20,
    "n_hidden": 100,
}
ADDED = (
    "ADDING   {'n_iter': 10, 'jobman.experiment': 'mlp_jobman.experiment', 'jobman.status': 0, "
    "'jobman.sql.priority': 1.0, 'L1_reg': 0.0, 'learning_rate': 0.01, 'n_hidden': 100, 'batch_size': 20, "
    "'L2_reg': 0.0001}"
)


def test_a_job_that_is_added() -> None:
    line = texts.adding(queued_state(SETTINGS, "mlp_jobman.experiment"))
    head = "ADDING   "
    assert line.startswith(head + "{")
    found, wanted = ast.literal_eval(line.removeprefix(head)), ast.literal_eval(ADDED.removeprefix(head))
    assert found == wanted
    assert {key: repr(value) for key, value in found.items()} == {k: repr(v) for k, v in wanted.items()}
    assert line == (
        "ADDING   {'learning_rate': 0.01, 'L1_reg': 0.0, 'L2_reg': 0.0001, 'n_iter': 10, 'batch_size': 20, "
        "'n_hidden': 100, 'jobman.experiment': 'mlp_jobman.experiment', 'jobman.status': 0, "
        "'jobman.sql.priority': 1.0}"
    )


def test_a_job_that_is_there_already() -> None:
    assert texts.skipping({"a": 1}) == "SKIPPING {'a': 1}"


def test_the_line_of_a_job() -> None:
    state = {"jobman.status": JobStatus.DONE, "jobman.sql.priority": 1.0, "key": "value", "lr": 0.1}
    assert texts.job_line(10, state) == "Job id 10, status=2 jobman.sql.priority=1.0"
    assert texts.job_line(10, state, ["key"]) == "Job id 10, status=2 jobman.sql.priority=1.0 key=value"
    state["jobman.status"] = -1
    assert texts.job_line(7, state, ["lr", "nokey"]) == (
        "Job id 7, status=-1 jobman.sql.priority=1.0 lr=0.1 nokey=KeyDontExist"
    )
    assert texts.keys_line(state) == (
        "Keys in the state of the first jobs jobman.status jobman.sql.priority key lr"
    )


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        (texts.missing_job(99), "Job id 99 don't exit in the db"),
        (texts.count_added(2, 3), "Added 2 on 3 jobs"),
        (texts.count_changed(JobStatus.CANCELED, 3), "Changed the status to -1 for 3 jobs"),
        (texts.PRIORITY_RESET, "Reseted the priority to the default value"),
        (texts.count_run(5), "No more jobs to run (run 5 jobs)"),
    ],
)
def test_other_lines(line: str, printed: str) -> None:
    assert line == printed
