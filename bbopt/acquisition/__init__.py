"""Choosing the next points: acquisition functions and the batched local search; arrays only."""

from bbopt.acquisition.improvement import (
    AcquisitionFunction,
    log_expected_exponential_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    predicted_improvement,
)
from bbopt.acquisition.local_search import SearchSettings, SearchSpace, search
from bbopt.acquisition.names import AcquisitionName
from bbopt.acquisition.prior import prior_exponent

__all__ = [
    "AcquisitionFunction",
    "AcquisitionName",
    "SearchSettings",
    "SearchSpace",
    "log_expected_exponential_improvement",
    "log_expected_improvement",
    "lower_confidence_bound",
    "predicted_improvement",
    "prior_exponent",
    "search",
]
