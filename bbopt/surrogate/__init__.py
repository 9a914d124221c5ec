"""Models of the response over the unit cube; arrays in, arrays out."""

from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.forest import Forest, ForestSettings
from bbopt.surrogate.gaussian_process import GaussianProcess, Hyperparameters
from bbopt.surrogate.imputation import CensoredResponses, ImputationSettings, fit_censored
from bbopt.surrogate.marginal import MarginalForest
from bbopt.surrogate.protocol import FloatArray, Surrogate
from bbopt.surrogate.responses import clipped, log_distance_to_best, pull_in_failures, yeo_johnson

__all__ = [
    "CensoredResponses",
    "FloatArray",
    "Forest",
    "ForestSettings",
    "GaussianProcess",
    "Hyperparameters",
    "ImputationSettings",
    "MarginalForest",
    "OneHot",
    "Surrogate",
    "clipped",
    "fit_censored",
    "log_distance_to_best",
    "pull_in_failures",
    "yeo_johnson",
]
