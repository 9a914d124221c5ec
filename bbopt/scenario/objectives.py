"""The options that say what is minimised, and the defaults that depend on one another."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.options import DEFAULT, OptionValues

__all__ = ["ObjectiveSettings", "RunObjective", "read_objective"]


class RunObjective(enum.Enum):
    """What is minimised (`run-obj`)."""

    RUNTIME = "RUNTIME"
    QUALITY = "QUALITY"


@dataclass(frozen=True, slots=True)
class ObjectiveSettings:
    """What is minimised, and how failures count.

    intra_objective: MEAN, MEAN10 or MEAN1000, the factor with which runs that reach the cutoff count.
    adaptive_capping: whether a run ends as soon as its configuration can't win (RUNTIME only).
    crashed_quality: the quality of a crash, None where it is left as reported; unsat_is_failure: whether
    UNSAT runs have failed (both QUALITY only).
    """

    run_objective: RunObjective
    intra_objective: str
    adaptive_capping: bool
    crashed_quality: float | None
    unsat_is_failure: bool


def read_objective(values: OptionValues) -> ObjectiveSettings:
    """What the options say together.

    Raises InputError for a runtime objective without a cutoff, for adaptive capping of qualities, and for
    what bbopt does not minimise.
    """
    run_objective = RunObjective(values.choice("run-obj"))
    is_runtime = run_objective is RunObjective.RUNTIME
    is_known = not (values.is_faulty("run-obj") or values.is_faulty("algo-cutoff-time"))
    if is_runtime and is_known and values.number("algo-cutoff-time") >= LARGEST_DOUBLE:
        raise _no_cutoff(values)
    capping = values.flag("adaptive-capping") if values.is_given("adaptive-capping") else is_runtime
    if capping and not is_runtime:
        raise _capped_quality(values)
    intra = "MEAN10" if is_runtime else "MEAN"
    if values.is_given("intra-obj"):
        intra = values.choice("intra-obj")
    if values.choice("inter-obj") != "MEAN":
        raise _other_than_mean(values)
    crashed = None
    if values.flag("transform-crashed-quality"):
        crashed = values.number("transform-crashed-quality-value")
    unsat_is_failure = not is_runtime and values.flag("unsat-is-failure")
    return ObjectiveSettings(run_objective, intra, capping, crashed, unsat_is_failure)


def _no_cutoff(values: OptionValues) -> InputError:
    given = values.is_given("algo-cutoff-time")
    return InputError(
        "the runtime objective needs a cutoff",
        place=_place(values, "algo-cutoff-time" if given else "run-obj"),
        got=f"cutoff-time = {values.as_text('algo-cutoff-time')}"
        if given
        else "run-obj = RUNTIME and no cutoff-time",
        expected="the seconds that one run may take",
        remedy="set cutoff-time = 5, say; or run-obj = QUALITY, when the target reports what to minimise",
    )


def _capped_quality(values: OptionValues) -> InputError:
    return InputError(
        "adaptive capping is for the runtime objective",
        place=_place(values, "adaptive-capping"),
        got="adaptive-capping = true with run-obj = QUALITY",
        expected="adaptive-capping = false, or run-obj = RUNTIME",
        remedy="leave out adaptive-capping",
    )


def _other_than_mean(values: OptionValues) -> InputError:
    return InputError(
        "the cost of a configuration is the mean over instances",
        place=values.place("inter-obj"),
        got=f"inter-obj = {values.as_text('inter-obj')}",
        expected="inter-obj = MEAN",
        remedy="leave it out; overall-obj = MEAN10 counts runs without an answer ten times",
    )


def _place(values: OptionValues, name: str) -> Place | None:
    place = values.place(name)
    return None if place == DEFAULT else place
