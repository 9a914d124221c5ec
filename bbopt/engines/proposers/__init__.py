"""Proposers come up with configurations; the model-based ones are in `smbo` and `smac3`."""

from bbopt.engines.proposers.designs import DesignProposer, SamplingName, grid, sampled
from bbopt.engines.proposers.initial_design import InitialDesign, StagedProposer
from bbopt.engines.proposers.portfolio import PortfolioProposer
from bbopt.engines.proposers.proposer import Ability, Proposal, Proposer
from bbopt.engines.proposers.random_search import RandomProposer, random_search

__all__ = [
    "Ability",
    "DesignProposer",
    "InitialDesign",
    "PortfolioProposer",
    "Proposal",
    "Proposer",
    "RandomProposer",
    "SamplingName",
    "StagedProposer",
    "grid",
    "random_search",
    "sampled",
]
