"""What is validated, and on what."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.options import OptionValues

__all__ = ["IncumbentChoice", "IncumbentTimes", "PairNumbers", "ValidationSettings", "read_validation"]

_AUTOMATIC = -1.0


@dataclass(frozen=True, slots=True)
class PairNumbers:
    """How many pairs of an instance and a seed there are.

    n_runs: the number asked for; `rounds_up` makes it the same for each instance (or takes all the seeds that
        the instance file names).
    n_instances: at most so many instances, the first of the list.
    n_seeds: at most so many seeds of one instance.
    seed: from which the target's seeds are drawn; any integer.
    """

    n_runs: int
    rounds_up: bool = True
    n_instances: int = 2147483647
    n_seeds: int = 1000
    seed: int = 0


class IncumbentChoice(enum.Enum):
    """Which incumbents."""

    LAST = "last"
    OVER_TIME = "over time"
    """Those at times that shrink by a factor from the end to the beginning."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class IncumbentTimes:
    """Which incumbents, at which times.

    by_wallclock: times are by the clock on the wall; else tuner time.
    earliest_s, latest_s: the times in question; `latest_s` None means the end of the trajectory, and a number
        may lie beyond that end.
    factor: between the times of OVER_TIME, more than 1.
    least_wallclock_s, least_tuner_time_s: a trajectory that ended before is not validated.
    """

    choice: IncumbentChoice = IncumbentChoice.LAST
    by_wallclock: bool = True
    earliest_s: float = 0.0
    latest_s: float | None = None
    factor: float = 2.0
    least_wallclock_s: float = 0.0
    least_tuner_time_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.factor > 1:
            raise ValueError(f"factor must be more than 1, got {self.factor}")


@dataclass(frozen=True, slots=True)
class ValidationSettings:
    """How a validation is made.

    n_parallel: how many runs at a time; None when it was not said.
    suffix: what the names of the files end with, after the trajectory's name.
    is_wanted: whether a search's incumbents are validated when it is over.
    """

    pairs: PairNumbers
    incumbents: IncumbentTimes
    n_parallel: int | None
    suffix: str
    headers: bool
    is_wanted: bool = True


def read_validation(options: OptionValues) -> ValidationSettings:
    """What the options say; InputError for what can't be done."""
    by_wallclock = options.flag("validate-by-wallclock-time")
    return ValidationSettings(
        _pair_numbers(options),
        _incumbent_times(options, by_wallclock),
        options.optional_integer("validation-cores"),
        ("walltime" if by_wallclock else "tunertime") + _own_suffix(options),
        options.flag("validation-headers"),
        options.flag("validation") and options.integer("num-validation-runs") > 0,
    )


def _pair_numbers(options: OptionValues) -> PairNumbers:
    return PairNumbers(
        n_runs=options.integer("num-validation-runs"),
        rounds_up=options.choice("validation-rounding-mode") == "UP",
        n_instances=options.integer("num-test-instances"),
        n_seeds=options.integer("num-seeds-per-test-instance"),
        seed=options.integer("validation-seed"),
    )


def _incumbent_times(options: OptionValues, by_wallclock: bool) -> IncumbentTimes:
    choice = IncumbentChoice.LAST
    if options.flag("validate-all"):
        choice = IncumbentChoice.ALL
    elif not options.flag("validate-only-last-incumbent"):
        choice = IncumbentChoice.OVER_TIME
    latest_s = _latest_s(options)
    factor = options.number("mult-factor")
    if factor <= 1:
        raise InputError(
            "mult-factor does not lead from the last time to earlier ones",
            place=options.place("mult-factor"),
            got=f"{factor:g}",
            expected="a number greater than 1",
        )
    return IncumbentTimes(
        choice=choice,
        by_wallclock=by_wallclock,
        earliest_s=options.number("min-timestamp"),
        latest_s=latest_s,
        factor=factor,
        least_wallclock_s=options.number("validate-only-if-walltime-reached"),
        least_tuner_time_s=options.number("validate-only-if-tunertime-reached"),
    )


def _latest_s(options: OptionValues) -> float | None:
    if not options.is_given("max-timestamp"):
        return None
    latest_s = options.number("max-timestamp")
    return None if latest_s == _AUTOMATIC else latest_s


def _own_suffix(options: OptionValues) -> str:
    text = (options.optional_text("output-file-suffix") or "").strip()
    if os.sep in text or "\0" in text:
        raise InputError(
            "the suffix of the validation files is part of their names",
            place=options.place("output-file-suffix"),
            got=repr(text),
            expected=f"a text without {os.sep}",
            remedy="the files are beside the trajectory; with --use-scenario-outdir true in output-dir",
        )
    return f"-{text}" if text else ""
