"""Sequential model-based optimization: proposals from a random forest, raced against the incumbent."""

from bbopt.engines.smbo.engine import smbo
from bbopt.engines.smbo.proposer import ModelProposer, ModelSettings

__all__ = ["ModelProposer", "ModelSettings", "smbo"]
