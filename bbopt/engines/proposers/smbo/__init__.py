"""Sequential model-based optimization: proposals from a model of the runs so far."""

from bbopt.engines.proposers.smbo.model_proposer import ModelProposer
from bbopt.engines.proposers.smbo.model_search import model_search
from bbopt.engines.proposers.smbo.model_settings import CensoredRuns, ModelChoice, ModelSettings

__all__ = ["CensoredRuns", "ModelChoice", "ModelProposer", "ModelSettings", "model_search"]
