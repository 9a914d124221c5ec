"""What a worker with a scenario of its own makes of the jobs of searches, whatever these say."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from bbopt.errors import InputError
from bbopt.executors.queue_messages import job_of
from bbopt.planning.executor import RunOwner, run_orders
from bbopt.runs import Instance, Origin, RunRequest
from bbopt.stores import ClaimedJob, JobKind
from bbopt.workers import OwnSearchRuns
from tests.workers.scenarios import setup_in

FOLDERS = ("run-folders = true",)


@pytest.fixture
def content(tmp_path: Path) -> dict[str, Any]:
    """A job as a search puts it into the database."""
    setup = setup_in(tmp_path, *FOLDERS)
    configuration = setup.space.configuration({"x": "0.25", "kind": "b", "depth": "4"})
    request = RunRequest(configuration, Instance("two", "hard"), 17, 20.0, 2**31 - 1, Origin("model", 5))
    order = run_orders(setup, RunOwner("1")).order(request, 3)
    made: dict[str, Any] = json.loads(json.dumps(job_of(request, order).content))
    return made


def job(content: dict[str, Any]) -> ClaimedJob:
    return ClaimedJob(7, JobKind.SEARCH_RUN, content, {}, 0)


def test_a_run_is_the_one_that_was_asked_for(tmp_path: Path, content: dict[str, Any]) -> None:
    order = OwnSearchRuns.of(setup_in(tmp_path, *FOLDERS)).order(job(content), 1)
    said = content["order"]
    assert order.message() | {"slot": 3, "environment": {}} == said | {"environment": {}}
    assert order.environment == {**said["environment"], "BBOPT_SLOT": "1"}
    assert (order.slot, order.run_id) == (1, "1-1")


def test_nothing_that_is_executed_is_the_databases(tmp_path: Path, content: dict[str, Any]) -> None:
    runs = OwnSearchRuns.of(setup_in(tmp_path, *FOLDERS))
    honest = runs.order(job(content), 1)
    content["order"] |= {
        "argv": ["rm", "-r", "/"],
        "directory": "/etc",
        "kill_command": ["rm"],
        "output_log": "/etc/passwd",
        "memory_limit_bytes": None,
        "wall_limit_s": None,
        "grace_s": 1e9,
        "record": "another",
        "environment": {"LD_PRELOAD": "/tmp/evil.so", "PATH": "/tmp"},
        "folder": content["order"]["folder"] | {"path": "/etc/x", "before": [["rm"]], "files": {"a": "b"}},
    }
    assert runs.order(job(content), 1) == honest


def test_a_cutoff_is_never_above_the_own_one(tmp_path: Path, content: dict[str, Any]) -> None:
    runs = OwnSearchRuns.of(setup_in(tmp_path, *FOLDERS))
    assert runs._request(job(content)).cutoff_s == 20
    content["request"]["cutoff_s"] = 1e9
    assert runs._request(job(content)).cutoff_s == 50


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("request", "instance"), ["/etc/passwd", "0"]),
        (("request", "settings", "kind"), "c; rm"),
        (("request", "settings", "x"), "2"),
        (("request", "seed"), "1; rm"),
        (("request", "origin"), ["model", "../up"]),
        (("order", "run_id"), "../up"),
        (("order", "run_id"), ""),
        (("order", "uuid"), "../up"),
        (("order",), {}),
        (("request",), None),
        (("request", "runlength"), [1]),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, content: dict[str, Any], path: tuple[str, ...], value: object
) -> None:
    runs = OwnSearchRuns.of(setup_in(tmp_path, *FOLDERS))
    inner = content
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(InputError):
        runs.order(job(content), 1)


class TestCheckpoints:
    def order(self, tmp_path: Path, content: dict[str, Any], out: str, last: str = "") -> Any:
        setup = setup_in(tmp_path, *FOLDERS, "checkpoints = true")
        content["order"]["checkpoint_out"] = out
        environment = {"BBOPT_CHECKPOINT_IN": last, "BBOPT_BUDGET_DONE": "3"}
        content["order"]["environment"] |= environment
        return OwnSearchRuns.of(setup).order(job(content), 1)

    def test_they_are_among_the_scenarios_own(self, tmp_path: Path, content: dict[str, Any]) -> None:
        own = tmp_path / "bbopt-output" / tmp_path.name / "checkpoints"
        name = f"9-1-1-{uuid.uuid4().hex[:8]}"
        order = self.order(tmp_path, content, f"/elsewhere/1-0123456789abcdef/{name}", "/etc/1-0/3-1-0-a")
        assert order.checkpoint_out == str(own / "1-0123456789abcdef" / name)
        assert order.environment["BBOPT_CHECKPOINT_OUT"] == order.checkpoint_out
        assert order.environment["BBOPT_CHECKPOINT_IN"] == str(own / "1-0" / "3-1-0-a")
        assert order.environment["BBOPT_BUDGET_DONE"] == "3"

    @pytest.mark.parametrize("out", ["/own/..", "/../x", "/a b/c", "x"])
    def test_other_names_are_refused(self, tmp_path: Path, content: dict[str, Any], out: str) -> None:
        with pytest.raises(InputError, match="no name of a run"):
            self.order(tmp_path, content, out)
