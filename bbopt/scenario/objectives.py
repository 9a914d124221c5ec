"""The options that say what is minimised, and the defaults that depend on one another."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.options import DEFAULT, OptionValues

__all__ = [
    "ObjectiveSettings",
    "RunObjective",
    "counts_unsat_as_failure",
    "read_objective",
    "read_run_objective",
]


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


def read_run_objective(values: OptionValues) -> RunObjective:
    """What is minimised: qualities where a metric is named, if nothing else is said."""
    if values.optional_text("metric") is not None and not values.is_given("run-obj"):
        return RunObjective.QUALITY
    return RunObjective(values.choice("run-obj"))


def counts_unsat_as_failure(values: OptionValues) -> bool:
    """Whether UNSAT stands for settings that won't do: runs beyond a metric-limit are UNSAT, too."""
    return values.flag("unsat-is-failure") or values.is_given("metric-limit")


def read_objective(values: OptionValues) -> ObjectiveSettings:
    """What the options say together.

    Raises InputError for a runtime objective without a cutoff, for what only the other objective has, and
    for what bbopt does not minimise.
    """
    run_objective = read_run_objective(values)
    is_runtime = run_objective is RunObjective.RUNTIME
    is_known = not (values.is_faulty("run-obj") or values.is_faulty("algo-cutoff-time"))
    if is_runtime and is_known and values.number("algo-cutoff-time") >= LARGEST_DOUBLE:
        raise _no_cutoff(values)
    capping = values.flag("adaptive-capping") if values.is_given("adaptive-capping") else is_runtime
    _refuse_without_effect(values, run_objective)
    intra = "MEAN10" if is_runtime else "MEAN"
    if values.is_given("intra-obj"):
        intra = values.choice("intra-obj")
    if values.choice("inter-obj") != "MEAN":
        raise _other_than_mean(values)
    crashed = None
    if values.flag("transform-crashed-quality"):
        crashed = values.number("transform-crashed-quality-value")
    return ObjectiveSettings(run_objective, intra, capping, crashed, counts_unsat_as_failure(values))


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


def _refuse_without_effect(values: OptionValues, run_objective: RunObjective) -> None:
    """Raise InputError for a setting that means something to the other objective only."""
    capping = values.is_given("adaptive-capping") and values.flag("adaptive-capping")
    for name, is_asked, objective in (
        ("adaptive-capping", capping, RunObjective.RUNTIME),
        ("challenger-pairs", values.choice("challenger-pairs") == "cheap", RunObjective.RUNTIME),
        ("unsat-is-failure", values.flag("unsat-is-failure"), RunObjective.QUALITY),
        ("metric", values.is_given("metric"), RunObjective.QUALITY),
        ("maximize", values.flag("maximize"), RunObjective.QUALITY),
        ("metric-limit", values.is_given("metric-limit"), RunObjective.QUALITY),
    ):
        if is_asked and objective is not run_objective:
            raise InputError(
                f"{name} is for the {objective.value.lower()} objective",
                place=_place(values, name),
                got=f"{name} = {values.as_text(name)} with run-obj = {run_objective.value}",
                expected=f"run-obj = {objective.value}, or no {name}",
                remedy=f"leave out {name}",
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
