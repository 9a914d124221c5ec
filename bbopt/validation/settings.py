"""The options of a validation."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.scenario import OptionValues
from bbopt.validation.incumbents import IncumbentChoice, IncumbentRule
from bbopt.validation.pairs import PairRule

__all__ = ["ValidationSettings"]

_AUTOMATIC = -1.0


@dataclass(frozen=True, slots=True)
class ValidationSettings:
    """How a validation is made.

    n_parallel: how many runs at a time; None when it was not said.
    suffix: what the names of the files end with, after the trajectory's name.
    """

    pairs: PairRule
    incumbents: IncumbentRule
    n_parallel: int | None
    suffix: str
    headers: bool

    @classmethod
    def from_options(cls, options: OptionValues) -> ValidationSettings:
        """What the options say; InputError for what can't be done."""
        by_wallclock = options.flag("validate-by-wallclock-time")
        return cls(
            _pair_rule(options),
            _incumbent_rule(options, by_wallclock),
            options.optional_integer("validation-cores"),
            ("walltime" if by_wallclock else "tunertime") + _own_suffix(options),
            options.flag("validation-headers"),
        )


def _pair_rule(options: OptionValues) -> PairRule:
    return PairRule(
        n_runs=options.integer("num-validation-runs"),
        rounds_up=options.choice("validation-rounding-mode") == "UP",
        n_instances=options.integer("num-test-instances"),
        n_seeds=options.integer("num-seeds-per-test-instance"),
        seed=options.integer("validation-seed"),
    )


def _incumbent_rule(options: OptionValues, by_wallclock: bool) -> IncumbentRule:
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
    return IncumbentRule(
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
            remedy="the folder is chosen with --output-dir and --rungroup",
        )
    return f"-{text}" if text else ""
