"""Validation: how good configurations are on test instances, measured with runs of their own."""

from bbopt.validation.incumbents import at_time, choose_incumbents, time_of, too_early
from bbopt.validation.pairs import plan_pairs
from bbopt.validation.validator import ValidationObserver, Validator

__all__ = [
    "ValidationObserver",
    "Validator",
    "at_time",
    "choose_incumbents",
    "plan_pairs",
    "time_of",
    "too_early",
]
