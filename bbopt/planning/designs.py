"""The rows of the design of experiments that a scenario's options ask for."""

from __future__ import annotations

from bbopt.engines.proposers import SamplingName, grid, sampled
from bbopt.errors import InputError, InputErrors
from bbopt.scenario import ProposerName, Scenario
from bbopt.space import Configuration, Space
from bbopt.space.declarations import unknown_parameter

__all__ = ["design_rows"]


def design_rows(scenario: Scenario, space: Space, seed: int) -> list[Configuration]:
    """The configurations in their order; InputError where there can be no such design."""
    if scenario.proposer is ProposerName.GRID:
        return _grid(scenario, space)
    limits = scenario.limits
    if not limits.has_run_limit:
        raise InputError(
            f"a {scenario.proposer.value} design needs a number of configurations",
            place=scenario.said("engine").place,
            expected="runs = N",
            remedy="add --runs 60, say",
        )
    n = limits.runcount // scenario.instances.n_runs_of_each
    return sampled(space, SamplingName(scenario.proposer.value), n, seed)


def _grid(scenario: Scenario, space: Space) -> list[Configuration]:
    levels = scenario.grid_levels
    if unknown := sorted(set(levels.by_name) - set(space.names)):
        raise InputErrors(unknown_parameter(name, space.names).at(levels.place) for name in unknown)
    try:
        return grid(space, levels.by_name, levels.otherwise)
    except InputError as error:
        raise error.at(levels.place) from error
