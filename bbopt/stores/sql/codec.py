"""Runs and identities as JSON, and back to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from bbopt.runs import Curve, Elapsed, Instance, Origin, RunRequest, RunResult, RunStatus
from bbopt.space import Configuration
from bbopt.stores.identity import RecordIdentity
from bbopt.stores.records import RecordedRun

__all__ = ["details_of", "identity_from", "identity_json", "run_from"]


def identity_json(identity: RecordIdentity) -> dict[str, Any]:
    """What a record is about."""
    values = {field.name: getattr(identity, field.name) for field in fields(identity)}
    return values | {"instances": [[one.name, one.info, one.features] for one in identity.instances]}


def identity_from(values: Mapping[str, Any]) -> RecordIdentity:
    """The identity that was made into these values."""
    instances = tuple(Instance(name, info, _pairs(features)) for name, info, features in values["instances"])
    return RecordIdentity(**{**values, "instances": instances, "context": _pairs(values["context"])})


def details_of(run: RecordedRun, instance: int) -> dict[str, Any]:
    """All of a run but its configuration; `instance` is the number of its instance in the record."""
    request, result = run.request, run.result
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values |= {"status": result.status.value, "metrics": dict(result.metrics), "curve": _lists(result.curve)}
    return {
        "instance": instance,
        "seed": request.seed,
        "cutoff_s": request.cutoff_s,
        "runlength": request.runlength,
        "origin": [request.origin.kind, request.origin.proposal],
        "texts": _lists(request.texts),
        "result": {name: value for name, value in values.items() if value not in (None, "", {}, [])},
        "elapsed": None if run.elapsed is None else [run.elapsed.wallclock_s, run.elapsed.own_cpu_s],
        "reused_from": run.reused_from,
    }


def run_from(
    details: Mapping[str, Any], configuration: Configuration, instances: tuple[Instance, ...], number: int
) -> RecordedRun:
    """The run that was made into these details."""
    result = dict(details["result"])
    steps, values = zip(*result.pop("curve", ()), strict=True) if result.get("curve") else ((), ())
    request = RunRequest(
        configuration,
        instances[details["instance"]],
        details["seed"],
        details["cutoff_s"],
        details["runlength"],
        Origin(*details["origin"]),
        _pairs(details["texts"]),
    )
    status = RunStatus(result.pop("status"))
    return RecordedRun(
        request,
        RunResult(status=status, curve=Curve(steps, values), **result),
        None if details["elapsed"] is None else Elapsed(*details["elapsed"]),
        details["reused_from"],
        number,
    )


def _lists(pairs: Iterable[tuple[Any, Any]]) -> list[list[Any]]:
    """As JSON gives them back."""
    return [list(pair) for pair in pairs]


def _pairs(values: list[list[Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in values)
