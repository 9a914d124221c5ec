"""Sequential model-based optimization: proposals from a model, raced against the incumbent."""

from bbopt.engines.smbo.engine import smbo
from bbopt.engines.smbo.modelling import SurrogateRule
from bbopt.engines.smbo.proposer import ModelProposer
from bbopt.engines.smbo.settings import CensoredRule, ModelSettings

__all__ = ["CensoredRule", "ModelProposer", "ModelSettings", "SurrogateRule", "smbo"]
