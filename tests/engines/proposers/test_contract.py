"""The proposer's contract, on every proposer."""

from __future__ import annotations

import pytest

from bbopt.engines import Problem
from bbopt.engines.proposers import Proposer
from tests.contracts.proposer_contract import ProposerContract
from tests.engines.proposers.makers import PROPOSERS


class TestRandom(ProposerContract):
    def make(self, problem: Problem) -> Proposer:
        return PROPOSERS["random"](problem)


class TestPortfolio(ProposerContract):
    def make(self, problem: Problem) -> Proposer:
        return PROPOSERS["portfolio"](problem)


class TestSmbo(ProposerContract):
    def make(self, problem: Problem) -> Proposer:
        return PROPOSERS["smbo"](problem)


class TestTpe(ProposerContract):
    def make(self, problem: Problem) -> Proposer:
        return PROPOSERS["tpe"](problem)


@pytest.mark.slow
class TestSmac3(ProposerContract):
    n_proposals = 12  # it takes its time

    def make(self, problem: Problem) -> Proposer:
        return PROPOSERS["smac3"](problem)
