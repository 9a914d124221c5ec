"""Validation: how good configurations are on test instances, measured with runs of their own."""

from bbopt.validation.incumbents import IncumbentChoice, IncumbentRule, choose_incumbents, too_early
from bbopt.validation.pairs import PairRule, plan_pairs
from bbopt.validation.settings import ValidationSettings
from bbopt.validation.validator import ValidationObserver, Validator

__all__ = [
    "IncumbentChoice",
    "IncumbentRule",
    "PairRule",
    "ValidationObserver",
    "ValidationSettings",
    "Validator",
    "choose_incumbents",
    "plan_pairs",
    "too_early",
]
