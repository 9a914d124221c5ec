"""Whether the proposer that the options ask for copes with what they ask of it, and heeds what they say."""

from __future__ import annotations

from collections.abc import Iterator

from bbopt.engines.proposers import Ability, DesignProposer, PortfolioProposer, RandomProposer
from bbopt.errors import InputError
from bbopt.scenario import ProposerName, RacerName, RunObjective, Scenario

__all__ = ["refuse_beyond_abilities"]


def refuse_beyond_abilities(scenario: Scenario) -> None:
    """InputError where proposer or racer do not cope with what the scenario asks of them."""
    capping = scenario.said("adaptive-capping")
    if capping.is_given and scenario.objective.adaptive_capping and scenario.racer is RacerName.NONE:
        raise InputError(
            "adaptive capping ends the runs of those that lose a race, and there is none",
            place=capping.place,
            got="adaptive-capping = true, and no race",
            remedy="leave adaptive-capping out, or set racer = racing",
        )
    chosen, engine = scenario.proposer, scenario.said("engine")
    for ability, name in _asked(scenario):
        if ability not in _abilities(chosen):
            others = [other.value for other in ProposerName if ability in _abilities(other)]
            raise InputError(
                f"the proposer {chosen.value} does not cope with {ability.value}",
                place=engine.place if engine.is_given else scenario.said("exec-mode").place,
                got=f"{name} = {scenario.said(name).text}",
                expected=f"another {name}, or a proposer that does: {', '.join(others)}",
                remedy=f"change {name}, or the engine",
            )
    surrogate = scenario.said("surrogate")
    if surrogate.is_given and scenario.model.surrogate != "auto" and chosen is not ProposerName.SMBO:
        raise InputError(
            f"the proposer {chosen.value} has no model of that kind",
            place=surrogate.place,
            got=f"surrogate = {surrogate.text}",
            expected=f"engine = {ProposerName.SMBO.value}, or no surrogate",
            remedy="leave one of them out",
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
    for name in ("initial-incumbent", "initial-challengers", "warmstart"):
        if scenario.said(name).is_given:
            yield Ability.GIVEN, name
    if scenario.sharing.is_on:
        yield Ability.PEERS, "shared-model-mode"


def _abilities(proposer: ProposerName) -> frozenset[Ability]:
    match proposer:
        case ProposerName.SMBO:
            from bbopt.engines.proposers.smbo import ModelProposer

            return ModelProposer.abilities
        case ProposerName.SMAC3:
            from bbopt.engines.proposers.smac3 import Smac3Proposer

            return Smac3Proposer.abilities
        case ProposerName.RANDOM:
            return RandomProposer.abilities
        case ProposerName.PORTFOLIO:
            return PortfolioProposer.abilities
        case _:
            return DesignProposer.abilities
