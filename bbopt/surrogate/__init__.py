"""Models of the response over the unit cube; arrays in, arrays out."""

from bbopt.surrogate.additive import AdditiveEffects, Observations, fit_additive
from bbopt.surrogate.encoding import OneHot
from bbopt.surrogate.forest import Forest, ForestSettings
from bbopt.surrogate.gaussian_process import (
    DETERMINISTIC,
    NOISY,
    GaussianProcess,
    Hyperparameters,
    Prior,
)
from bbopt.surrogate.imputation import CensoredResponses, ImputationSettings, fit_censored
from bbopt.surrogate.instance_forest import InstanceForest
from bbopt.surrogate.level_chain import LevelChain, last_levels
from bbopt.surrogate.marginal import MarginalForest
from bbopt.surrogate.responses import clipped, log_distance_to_best, pull_in_failures, yeo_johnson
from bbopt.surrogate.surrogate import FloatArray, Surrogate

__all__ = [
    "DETERMINISTIC",
    "NOISY",
    "AdditiveEffects",
    "CensoredResponses",
    "FloatArray",
    "Forest",
    "ForestSettings",
    "GaussianProcess",
    "Hyperparameters",
    "ImputationSettings",
    "InstanceForest",
    "LevelChain",
    "MarginalForest",
    "Observations",
    "OneHot",
    "Prior",
    "Surrogate",
    "clipped",
    "fit_additive",
    "fit_censored",
    "last_levels",
    "log_distance_to_best",
    "pull_in_failures",
    "yeo_johnson",
]
