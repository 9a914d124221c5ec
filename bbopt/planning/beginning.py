"""How a search begins: the initial incumbent, its first challengers, and on how many pairs they race."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.planning.setup import named_configuration
from bbopt.scenario import Scenario
from bbopt.seeding import stream
from bbopt.space import Configuration, Space

__all__ = ["Beginning", "beginning", "start_configurations"]

_SEVERAL_RUNS = 12
"""Of the initial incumbent, where initial challengers are given: one run chooses among them by chance."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The race before the search.

    incumbent_runs: pairs of the initial incumbent (of a cross-validation all folds),
    all of which these challengers run on in one batch if `at_once`, rather than on 1, 2, 4, ...  seconds:
    the last run of such a challenger begins before they have taken these.
    """

    incumbent_runs: int
    at_once: bool
    seconds: float


def beginning(scenario: Scenario) -> Beginning:
    """What the options ask for.

    `init-mode` other than CLASSIC races random configurations against the initial incumbent; the adaptive
    caps of racing do what SMAC v2's rounds of doubled cutoffs do.
    """
    racing, is_like_smac2 = scenario.racing, scenario.is_like_smac2
    runs = racing.initial_incumbent_runs
    if runs is None and scenario.folds is not None:
        runs = scenario.folds  # so that whoever wins has them all
    elif runs is None:
        has_choice = len(racing.starts) > 1 and not scenario.instances.is_black_box
        runs = _SEVERAL_RUNS if has_choice and not is_like_smac2 else 1
    at_once = racing.is_initial_race or not is_like_smac2
    return Beginning(runs, at_once, racing.seconds_for_starts)


def start_configurations(scenario: Scenario, space: Space) -> list[Configuration]:
    """The initial incumbent, then the initial challengers; InputErrors for any that can't be run."""
    found = []
    for i, start in enumerate(scenario.racing.starts):
        rng = stream(scenario.named_seeds.start, "start configuration", i)
        configuration = named_configuration(space, start.text, rng, start.source)
        if configuration.is_forbidden:
            raise InputError(
                f"the configuration of {start.name} is forbidden",
                place=start.place,
                got=configuration.call_text(),
            )
        found.append(configuration)
    return found
