"""Which proposer the options ask for, and whether it copes with what they ask of it."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from bbopt.engines.proposers import Ability, PortfolioProposer, RandomProposer
from bbopt.errors import InputError
from bbopt.scenario import RunObjective, Scenario

__all__ = ["ProposerChoice", "chosen_proposer", "refuse_beyond_abilities"]


class ProposerChoice(enum.Enum):
    """The values of `engine`, and what `exec-mode` = PSEL stands for."""

    SMBO = "smbo"
    RANDOM = "random"
    SMAC3 = "smac3"
    PORTFOLIO = "portfolio"

    @property
    def abilities(self) -> frozenset[Ability]:
        """What the proposer copes with."""
        match self:
            case ProposerChoice.SMBO:
                from bbopt.engines.proposers.smbo import ModelProposer

                return ModelProposer.abilities
            case ProposerChoice.SMAC3:
                from bbopt.engines.proposers.smac3 import Smac3Proposer

                return Smac3Proposer.abilities
            case ProposerChoice.RANDOM:
                return RandomProposer.abilities
            case ProposerChoice.PORTFOLIO:
                return PortfolioProposer.abilities


_OF_MODE = {
    "SMAC": (ProposerChoice.SMBO, ProposerChoice.SMAC3),
    "ROAR": (ProposerChoice.RANDOM,),
    "PSEL": (ProposerChoice.PORTFOLIO,),
}
"""The proposers that each `exec-mode` may mean; they are raced in any case."""


def chosen_proposer(scenario: Scenario) -> ProposerChoice:
    """What `engine` and `exec-mode` say together; InputError where both are given and do not agree."""
    engine, mode = scenario.said("engine"), scenario.said("exec-mode")
    chosen, of_mode = ProposerChoice(scenario.racing.engine), _OF_MODE[scenario.racing.exec_mode]
    if chosen in of_mode or not mode.is_given:
        return chosen
    if not engine.is_given:
        return of_mode[0]
    raise InputError(
        "engine and exec-mode name different proposers",
        place=engine.place,
        got=f"engine = {chosen.value}, and exec-mode = {mode.text} at {mode.place}",
        expected="one of the two, or a pair that agrees: SMAC with smbo or smac3, ROAR with random",
        remedy="leave one of them out",
    )


def refuse_beyond_abilities(scenario: Scenario) -> None:
    """InputError where the chosen proposer does not cope with what the scenario asks of it."""
    chosen = chosen_proposer(scenario)
    for ability, name in _asked(scenario):
        if ability not in chosen.abilities:
            engine = scenario.said("engine")
            others = [other.value for other in ProposerChoice if ability in other.abilities]
            raise InputError(
                f"the proposer {chosen.value} does not cope with {ability.value}",
                place=engine.place if engine.is_given else scenario.said("exec-mode").place,
                got=f"{name} = {scenario.said(name).text}",
                expected=f"another {name}, or a proposer that does: {', '.join(others)}",
            )


def _asked(scenario: Scenario) -> Iterator[tuple[Ability, str]]:
    """What the scenario asks of a proposer, with the option to blame."""
    if not scenario.deterministic:
        yield Ability.NOISE, "algo-deterministic"
    if not scenario.instances.is_black_box:
        yield Ability.INSTANCES, "instances"
    if scenario.run_objective is RunObjective.RUNTIME:
        yield Ability.RUNTIMES, "run-obj"
    if scenario.adaptive_capping:
        yield Ability.CAPPING, "adaptive-capping"
    if scenario.sharing.is_on:
        yield Ability.PEERS, "shared-model-mode"
