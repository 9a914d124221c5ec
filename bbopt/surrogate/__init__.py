"""Models of the response over the unit cube; arrays in, arrays out."""

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.forest import Forest, ForestSettings
from bbopt.surrogate.protocol import FloatArray, Surrogate
from bbopt.surrogate.responses import log_distance_to_best, pull_in_failures

__all__ = [
    "FloatArray",
    "Forest",
    "ForestSettings",
    "OneHot",
    "Surrogate",
    "log_distance_to_best",
    "pull_in_failures",
]
