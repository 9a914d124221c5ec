"""Whether the proposer that the options ask for copes with what they ask of it, and heeds what they say."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from bbopt.engines.proposers import Ability, DesignProposer, PortfolioProposer, RandomProposer
from bbopt.errors import InputError
from bbopt.options import option_table
from bbopt.scenario import ProposerName, RacerName, RunObjective, Scenario

__all__ = ["refuse_beyond_abilities"]

_OF_ONE = {
    "surrogate": ProposerName.SMBO,
    "prior": ProposerName.SMBO,
    "grid-levels": ProposerName.GRID,
    "design": ProposerName.CSV,
}
"""Settings that only one proposer has."""

_OF_EXTRAS = {ProposerName.TPE: "optuna"}
"""Packages that an extra of the proposer's name installs."""


def refuse_beyond_abilities(scenario: Scenario) -> None:
    """InputError where proposer or racer do not cope with what the scenario asks, or do not heed it."""
    if scenario.racer is not RacerName.RACING:
        _refuse_of_racing(scenario)
    if scenario.racer is RacerName.AUTO:
        _refuse_of_auto(scenario)
    _refuse_without_library(scenario)
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
    _refuse_of_another(scenario)


def _refuse_of_racing(scenario: Scenario) -> None:
    """Raise InputError for a setting that only racing has, where configurations compete otherwise or not."""
    for name, is_asked in (
        ("adaptive-capping", scenario.objective.adaptive_capping),
        ("challenger-pairs", scenario.racing.begins_with_cheap),
    ):
        said = scenario.said(name)
        if said.is_given and is_asked:
            raise InputError(
                f"{name} is for racer = racing",
                place=said.place,
                got=f"{name} = {said.text}, and racer = {scenario.racer.value}",
                remedy=f"leave {name} out, or set racer = racing",
            )


def _refuse_of_auto(scenario: Scenario) -> None:
    """Raise InputError for what has no course over budgets that could be followed."""
    said = scenario.said("racer")
    place = (said if said.is_given else scenario.said("budget-max")).place
    if scenario.run_objective is RunObjective.RUNTIME:
        raise InputError(
            "racer = auto compares qualities at several budgets, and here runtimes are minimised",
            place=place,
            got=f"run-obj = {scenario.said('run-obj').text}",
            expected="run-obj = QUALITY, or another racer",
            remedy="set racer = racing, which makes all runs in full",
        )
    if scenario.proposer.is_design:
        raise InputError(
            "racer = auto chooses configurations as it learns, and a design is fixed beforehand",
            place=place,
            got=f"engine = {scenario.proposer.value}",
            expected="another engine, or another racer",
            remedy="set racer = none, which makes all runs in full",
        )


def _refuse_without_library(scenario: Scenario) -> None:
    library = _OF_EXTRAS.get(scenario.proposer)
    if library is not None and importlib.util.find_spec(library) is None:
        name = scenario.proposer.value
        raise InputError(
            f"the proposer {name} needs the Python package {library}, which is not installed",
            place=scenario.said("engine").place,
            got=f"engine = {name}",
            expected=f"bbopt with its extra {name}, or another engine",
            remedy=f"pip install 'bbopt-smac[{name}]', in bbopt's folder: pip install '.[{name}]'",
        )


def _refuse_of_another(scenario: Scenario) -> None:
    """Raise InputError for a setting that only another proposer has."""
    for name, proposer in _OF_ONE.items():
        said = scenario.said(name)
        is_default = said.text == option_table()[name].default
        if said.is_given and not is_default and scenario.proposer is not proposer:
            raise InputError(
                f"{name} is for the proposer {proposer.value}",
                place=said.place,
                got=f"{name} = {said.text} for the proposer {scenario.proposer.value}",
                expected=f"engine = {proposer.value}, or no {name}",
                remedy="leave one of them out",
            )


def _asked(scenario: Scenario) -> Iterator[tuple[Ability, str]]:
    """What the scenario asks of a proposer, with the option to blame."""
    if not scenario.deterministic:
        yield Ability.NOISE, "algo-deterministic"
    if not scenario.instances.is_black_box:
        yield Ability.INSTANCES, "instances" if scenario.folds is None else "folds"
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
        case ProposerName.TPE:
            from bbopt.engines.proposers.tpe import TpeProposer

            return TpeProposer.abilities
        case ProposerName.SMAC3:
            from bbopt.engines.proposers.smac3 import Smac3Proposer

            return Smac3Proposer.abilities
        case ProposerName.RANDOM:
            return RandomProposer.abilities
        case ProposerName.PORTFOLIO:
            return PortfolioProposer.abilities
        case _:
            return DesignProposer.abilities
