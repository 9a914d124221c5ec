"""The names of a recorded run's fields in a `live-rundata` file.

bbopt's own fields stand beside SMAC v2's in the run's object, each a plain value under a name that starts
with `r-bbopt-`: SMAC v2 skips such fields, but loses its place at a nested object and then refuses the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bbopt.java_numbers import LARGEST_INT
from bbopt.runs import Curve
from bbopt.stores.folder.java_json import JsonValue, json_text, number
from bbopt.stores.records import RecordedRun

__all__ = [
    "OWN_PREFIX",
    "SCENARIO_FOLDER",
    "TEXT_PREFIX",
    "curve_in",
    "curve_text",
    "metrics_in",
    "metrics_text",
    "own_fields",
    "result_fields",
]

OWN_PREFIX = "r-bbopt-"
"""The start of the name of every field that SMAC v2 does not know."""

SCENARIO_FOLDER = "algo-bbopt-scenario-folder"
"""The field of a target program whose command names the scenario's folder: what that is."""

TEXT_PREFIX = "text-"
"""Behind it, the start of the name of each text of the request."""


def result_fields(run: RecordedRun) -> dict[str, JsonValue]:
    """SMAC v2's fields for what came out of a run, without `r-rc`."""
    result = run.result
    return {
        "r-run-result": result.status.value,
        "r-runtime": float(result.runtime_s),
        "r-run-length": float(result.runlength),
        "r-quality": float(result.quality),
        "r-result-seed": run.request.seed,
        "r-addl-run-data": result.additional,
        "r-wallclock-time": float(result.wallclock_s),
    }


def own_fields(run: RecordedRun) -> dict[str, JsonValue]:
    """bbopt's fields; those that say nothing are left out."""
    request, result, elapsed = run.request, run.result, run.elapsed
    values: dict[str, JsonValue] = {
        "origin": request.origin.kind,
        "proposal": request.origin.proposal,
        "runlength": None if request.runlength == LARGEST_INT else request.runlength,
        "started-at": result.started_at,
        "cpu-s": result.cpu_s,
        "elapsed-s": None if elapsed is None else elapsed.wallclock_s,
        "own-cpu-s": None if elapsed is None else elapsed.own_cpu_s,
        "memory-bytes": result.memory_bytes,
        "reason": result.reason or None,
        "from": run.reused_from,
        "metrics": metrics_text(result.metrics) or None,
        "curve": curve_text(result.curve) or None,
        "run": result.run_id or None,
    }
    values |= {TEXT_PREFIX + name: text for name, text in request.texts}
    return {OWN_PREFIX + name: value for name, value in values.items() if value is not None}


def metrics_text(metrics: Mapping[str, float]) -> str:
    """Metrics as one text, a JSON object, for a nested one is what SMAC v2 can't skip; "" for none."""
    return json_text(metrics) if metrics else ""


def metrics_in(text: str) -> dict[str, float]:
    """The metrics in such a text; ValueError where it is none."""
    try:
        values = dict(json.loads(text or "{}"))
    except TypeError as error:
        raise ValueError(f"not an object: {text:.60}") from error
    return {name: number(value) for name, value in values.items()}


def curve_text(curve: Curve) -> str:
    """The points of a curve as one text: `1:0.5 2:0.25`."""
    return " ".join(f"{step}:{value!r}" for step, value in curve)


def curve_in(text: str) -> Curve:
    """The curve in such a text; ValueError where it is none."""
    points = [point.partition(":") for point in text.split()]
    return Curve((int(step) for step, _, _ in points), (float(value) for _, _, value in points))
