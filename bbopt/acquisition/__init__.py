"""Choosing the next points: acquisition functions and the batched local search; arrays only."""

from bbopt.acquisition.improvement import (
    AcquisitionFunction,
    expected_improvement,
    log_expected_exponential_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    predicted_improvement,
)
from bbopt.acquisition.local_search import SearchSettings, SearchSpace, search
from bbopt.acquisition.rules import AcquisitionRule

__all__ = [
    "AcquisitionFunction",
    "AcquisitionRule",
    "SearchSettings",
    "SearchSpace",
    "expected_improvement",
    "log_expected_exponential_improvement",
    "log_expected_improvement",
    "lower_confidence_bound",
    "predicted_improvement",
    "search",
]
