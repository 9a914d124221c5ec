"""What a search and a worker say to each other through a queue of jobs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from bbopt.runs import Instance, Origin, RunRequest
from bbopt.space import Space
from bbopt.stores.job_queue import JobKind, JobResult, NewJob
from bbopt.target.supervisor.wire import EndedBy, LatestValue, RunOrder, SupervisedRun

__all__ = ["job_of", "latest_from", "order_in", "request_in", "result_of", "run_from"]


def job_of(request: RunRequest, order: RunOrder) -> NewJob:
    """A search's run as a job."""
    settings = request.configuration.active_values
    content = {"order": order.message(), "request": _request(request)}
    return NewJob(JobKind.SEARCH_RUN, content, settings, digest=order.uuid)


def order_in(content: Mapping[str, Any]) -> RunOrder:
    """The order of a search's run."""
    return RunOrder(**content["order"])


def request_in(content: Mapping[str, Any], space: Space) -> RunRequest:
    """The request behind it; InputError where the settings are none of the space."""
    values = content["request"]
    name, info = values["instance"]
    return RunRequest(
        space.configuration(values["settings"]),
        Instance(name, info),
        values["seed"],
        values["cutoff_s"],
        values["runlength"],
        Origin(*values["origin"]),
        tuple((name, text) for name, text in values["texts"]),
    )


def _request(request: RunRequest) -> dict[str, Any]:
    return {
        "settings": request.configuration.values,
        "instance": [request.instance.name, request.instance.info],
        "seed": request.seed,
        "cutoff_s": request.cutoff_s,
        "runlength": request.runlength,
        "origin": [request.origin.kind, request.origin.proposal],
        "texts": [list(pair) for pair in request.texts],
    }


def result_of(run: SupervisedRun, place: str) -> dict[str, Any]:
    """What a worker answers; `place` says where it is, the host first."""
    return {"run": run.message(), "place": place}


def run_from(result: JobResult) -> tuple[SupervisedRun, str]:
    """What came out, and where; a job that was given up has come to nothing."""
    if result.result is None:
        return SupervisedRun(EndedBy.SUPERVISOR, time.time(), tail=result.reason), ""
    return SupervisedRun(**result.result["run"]), result.result["place"]


def latest_from(shown: Sequence[Any]) -> LatestValue:
    """How far a run has come, as its worker shows it."""
    uuid, n, step, value, earlier = shown
    return LatestValue(uuid, n, step, value, [(step, value) for step, value in earlier])
