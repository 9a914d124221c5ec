"""Every proposer there is, as contracts make it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import (
    DesignProposer,
    PortfolioProposer,
    Proposer,
    SamplingName,
    random_search,
    sampled,
)
from bbopt.engines.proposers.initial_design import StagedProposer
from bbopt.engines.proposers.smac3 import Smac3Proposer
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.proposers.tpe import tpe_search

N_IN_PORTFOLIO = 200


def smbo(problem: Problem) -> Proposer:
    return model_search(problem, ModelSettings())


def tpe(problem: Problem) -> Proposer:
    pytest.importorskip("optuna", reason="the extra tpe is not installed")
    return tpe_search(problem)


def portfolio(problem: Problem) -> Proposer:
    """So many configurations are given that it does not run out of them in a space that is not finite."""
    rows = problem.space.sample(N_IN_PORTFOLIO, np.random.default_rng(problem.seed))
    return PortfolioProposer((*problem.given, *problem.space.configurations(rows)))


def design(problem: Problem) -> Proposer:
    rows = sampled(problem.space, SamplingName.SOBOL, N_IN_PORTFOLIO, problem.seed)
    return DesignProposer(rows, "sobol")


def smac3(problem: Problem) -> Proposer:
    """As `smac3_search`, but that the trees of its models reserve no memory for a million leaves each, and
    are made one by one: both take many times what the search does, and change none of its proposals.
    """
    proposer = Smac3Proposer(problem)
    proposer._facade._model._rf_opts |= {"max_leaf_nodes": 1000, "n_jobs": 1}
    return StagedProposer(problem, proposer)


PROPOSERS: dict[str, Callable[[Problem], Proposer]] = {
    "random": random_search,
    "portfolio": portfolio,
    "design": design,
    "smbo": smbo,
    "tpe": tpe,
    "smac3": smac3,
}
