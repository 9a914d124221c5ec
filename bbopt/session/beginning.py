"""How a search begins: the initial incumbent, its first challengers, and on how many pairs they race."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.errors import InputError
from bbopt.scenario import Scenario
from bbopt.seeding import stream
from bbopt.session.wiring import named_configuration
from bbopt.space import Configuration, Space

__all__ = ["Beginning", "beginning", "start_configurations"]

_SEVERAL_RUNS = 12
"""Of the initial incumbent, where initial challengers are given: one run chooses among them by chance."""

_SECONDS = "initial-challengers-intensification-time"
_RACES = {
    "ITERATIVE_CAPPING": (
        "doubling-capping-challengers",
        "doubling-capping-runs-per-challenger",
        _SECONDS,
    ),
    "UNBIASED_TABLE": (
        "unbiased-capping-challengers",
        "unbiased-capping-runs-per-challenger",
        "unbiased-capping-cpulimit",
    ),
}
"""SMAC v2's initial races: the options with the number of challengers, of their runs, and of seconds."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The race before the search.

    n_random: random challengers after those that are named.  incumbent_runs: pairs of the initial incumbent,
    all of which these challengers run on in one batch if `at_once`, rather than on 1, 2, 4, ...  seconds:
    the last run of such a challenger begins before they have taken these.
    """

    n_random: int
    incumbent_runs: int
    at_once: bool
    seconds: float


def beginning(scenario: Scenario) -> Beginning:
    """What the options ask for.

    `init-mode` other than CLASSIC races random configurations against the initial incumbent; the adaptive
    caps of racing do what SMAC v2's rounds of doubled cutoffs do.
    """
    options = scenario.options
    seconds = options.number(_SECONDS)
    runs = options.integer("initial-incumbent-runs")
    if race := _RACES.get(options.choice("init-mode")):
        of_challengers, of_runs, of_seconds = race
        return Beginning(
            options.integer(of_challengers),
            max(runs, options.integer(of_runs)),
            at_once=True,
            seconds=options.optional_number(of_seconds) or seconds,
        )
    has_choice = bool(options.texts("initial-challengers")) and not scenario.instances.is_black_box
    if has_choice and not scenario.is_like_smac2 and not options.is_given("initial-incumbent-runs"):
        runs = _SEVERAL_RUNS
    return Beginning(0, runs, at_once=not scenario.is_like_smac2, seconds=seconds)


def start_configurations(scenario: Scenario, space: Space) -> list[Configuration]:
    """The initial incumbent, then the initial challengers; InputErrors for any that can't be run."""
    options, n_random = scenario.options, beginning(scenario).n_random
    given = [("initial-incumbent", options.text("initial-incumbent"))]
    given += [("initial-challengers", text) for text in options.texts("initial-challengers")]
    given += [("init-mode", "RANDOM")] * n_random
    found = []
    for i, (name, text) in enumerate(given):
        rng = stream(scenario.named_seeds.start, "start configuration", i)
        configuration = named_configuration(space, text, rng, f"{options.place(name)}: {name}")
        if configuration.is_forbidden:
            raise InputError(
                f"the configuration of {name} is forbidden",
                place=options.place(name),
                got=configuration.call_text(),
            )
        found.append(configuration)
    return found
