"""How is searched: who proposes, how the race begins and goes, and how models are fitted."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bbopt.errors import InputError, Place
from bbopt.options import OptionValues

__all__ = [
    "GridLevels",
    "ModelOptions",
    "ProposerName",
    "RacerName",
    "RacingOptions",
    "StartText",
    "read_grid_levels",
    "read_model",
    "read_proposer",
    "read_racer",
    "read_racing",
]

_LEVELS = re.compile(r"\s*(?:(?P<name>[^\s=,]+)\s*=\s*)?(?:(?P<all>all)|(?P<count>[1-9]\d{0,8}))\s*")
_LEVELS_OF_OTHERS = 5
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


class ProposerName(enum.Enum):
    """Who proposes configurations: the values of `engine`, and what `exec-mode` = PSEL stands for."""

    SMBO = "smbo"
    RANDOM = "random"
    TPE = "tpe"
    SMAC3 = "smac3"
    PORTFOLIO = "portfolio"
    MONTE_CARLO = "monte-carlo"
    LATIN_HYPERCUBE = "lhs"
    SOBOL = "sobol"
    HALTON = "halton"
    GRID = "grid"
    CSV = "csv"

    @property
    def is_design(self) -> bool:
        """Whether all configurations are chosen before the first run."""
        return self in _DESIGNS


_DESIGNS = frozenset(
    {
        ProposerName.MONTE_CARLO,
        ProposerName.LATIN_HYPERCUBE,
        ProposerName.SOBOL,
        ProposerName.HALTON,
        ProposerName.GRID,
        ProposerName.CSV,
    }
)


class RacerName(enum.Enum):
    """How configurations compete: the values of `racer`."""

    RACING = "racing"
    NONE = "none"
    AUTO = "auto"
    HYPERBAND = "hyperband"
    SUCCESSIVE_HALVING = "successive-halving"
    ASHA = "asha"

    @property
    def has_rungs(self) -> bool:
        """Whether its budgets are those of a schedule, and the best of each rung go on to the next."""
        return self in _WITH_RUNGS

    @property
    def has_budgets(self) -> bool:
        """Whether it makes runs at several budgets."""
        return self is RacerName.AUTO or self.has_rungs


_WITH_RUNGS = frozenset({RacerName.HYPERBAND, RacerName.SUCCESSIVE_HALVING, RacerName.ASHA})


_OF_MODE = {
    "SMAC": (ProposerName.SMBO, ProposerName.TPE, ProposerName.SMAC3),
    "ROAR": (ProposerName.RANDOM,),
    "PSEL": (ProposerName.PORTFOLIO,),
}
"""The proposers that each `exec-mode` may mean."""


@dataclass(frozen=True, slots=True)
class StartText:
    """A configuration to begin with, as text; `source` says where it was given."""

    text: str
    name: str
    place: Place

    @property
    def source(self) -> str:
        """For people."""
        return f"{self.place}: {self.name}"


@dataclass(frozen=True, slots=True)
class GridLevels:
    """How many levels parameters have, by name, and all others; 0 stands for all values."""

    by_name: Mapping[str, int]
    otherwise: int
    place: Place


@dataclass(frozen=True, slots=True)
class RacingOptions:
    """SMAC v2's options of these names, and ours.

    starts: the initial incumbent, then the initial challengers, of which `init-mode` adds random ones.
    initial_incumbent_runs: None where it was
    not said.  is_initial_race: `init-mode` is not CLASSIC.  capping: the factor and the seconds by which
    caps are widened.  seconds_for_starts: the last run of an initial challenger begins before.
    """

    starts: tuple[StartText, ...]
    is_initial_race: bool
    seconds_for_starts: float
    initial_incumbent_runs: int | None
    initial_challenger_runs: int
    max_incumbent_runs: int
    max_norun_challenges: int
    begins_with_cheap: bool
    in_order: bool
    capping: tuple[float, float]
    always_runs_initial: bool


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """SMAC v2's options of these meanings, and ours; names of choices as they are written.

    log_responses: None where it was not said.  model_share: of the time, that the model may take.
    uses_prior: believes that the optimum is where the distributions are dense.
    """

    surrogate: str
    acquisition: str
    n_trees: int
    split_min: int
    ratio_features: float
    bootstraps: bool
    min_variance: float
    log_responses: bool | None
    n_components: int
    imputation_rounds: int
    censored_as_cutoff: bool
    censored_as_seen: bool
    n_random: int
    n_starts: int
    n_random_starts: int
    n_continuous: int
    model_share: float
    uses_prior: bool


def read_proposer(options: OptionValues) -> ProposerName:
    """What `engine` and `exec-mode` say together; InputError where both are given and do not agree."""
    engine, of_mode = ProposerName(options.choice("engine")), _OF_MODE[options.choice("exec-mode")]
    if engine in of_mode or not options.is_given("exec-mode"):
        return engine
    if not options.is_given("engine"):
        return of_mode[0]
    mode = options.choice("exec-mode")
    raise InputError(
        "engine and exec-mode name different proposers",
        place=options.place("engine"),
        got=f"engine = {engine.value}, and exec-mode = {mode} at {options.place('exec-mode')}",
        expected="one of the two, or a pair that agrees: SMAC with smbo, tpe or smac3, ROAR with random",
        remedy="leave one of them out",
    )


def read_racer(options: OptionValues, proposer: ProposerName) -> RacerName:
    """What `racer` says; a design is not raced unless it says so, and budgets are used if there are any."""
    if options.is_given("racer"):
        return RacerName(options.choice("racer"))
    if proposer.is_design:
        return RacerName.NONE
    return RacerName.AUTO if options.is_given("budget-max") else RacerName.RACING


def read_grid_levels(options: OptionValues) -> GridLevels:
    """What `grid-levels` says; InputError where it can't be read."""
    text, place = options.text("grid-levels"), options.place("grid-levels")
    by_name: dict[str, int] = {}
    otherwise = _LEVELS_OF_OTHERS
    for part in text.split(","):
        match = _LEVELS.fullmatch(part)
        if match is None or match["name"] in by_name:
            raise InputError(
                "grid-levels can't be read",
                place=place,
                got=text,
                expected="NAME=COUNT or NAME=all, separated by commas, each name once, and perhaps a count "
                "for all others: lr=5, layers=all, 3",
            )
        n = 0 if match["all"] else int(match["count"])
        if match["name"] is None:
            otherwise = n
        else:
            by_name[match["name"]] = n
    return GridLevels(by_name, otherwise, place)


def read_racing(options: OptionValues) -> RacingOptions:
    """What the options say."""
    race = _RACES.get(options.choice("init-mode"))
    seconds, runs = options.number(_SECONDS), options.integer("initial-incumbent-runs")
    given_runs = runs if options.is_given("initial-incumbent-runs") else None
    n_random, drawn = 0, StartText("RANDOM", "init-mode", options.place("init-mode"))
    if race is not None:
        of_challengers, of_runs, of_seconds = race
        n_random = options.integer(of_challengers)
        given_runs = max(runs, options.integer(of_runs))
        seconds = options.optional_number(of_seconds) or seconds
    return RacingOptions(
        starts=(*_starts(options), *[drawn] * n_random),
        is_initial_race=race is not None,
        seconds_for_starts=seconds,
        initial_incumbent_runs=given_runs,
        initial_challenger_runs=options.integer("initial-challenger-runs"),
        max_incumbent_runs=options.integer("max-incumbent-runs"),
        max_norun_challenges=options.integer("max-norun-challenge-limit"),
        begins_with_cheap=options.choice("challenger-pairs") == "cheap",
        in_order=options.flag("deterministic-instance-ordering"),
        capping=(options.number("ac-mult-slack"), options.number("ac-add-slack")),
        always_runs_initial=options.flag("always-run-initial-config"),
    )


def _starts(options: OptionValues) -> tuple[StartText, ...]:
    names: dict[str, tuple[str, ...]] = {"initial-incumbent": (options.text("initial-incumbent"),)}
    names["initial-challengers"] = options.texts("initial-challengers")
    return tuple(
        StartText(text, name, options.place(name)) for name, texts in names.items() for text in texts
    )


def read_model(options: OptionValues) -> ModelOptions:
    """What the options say."""
    return ModelOptions(
        surrogate=options.choice("surrogate"),
        acquisition=options.choice("acq-func"),
        n_trees=options.integer("rf-num-trees"),
        split_min=options.integer("rf-split-min"),
        ratio_features=options.number("rf-ratio-features"),
        bootstraps=not options.flag("rf-full-tree-bootstrap"),
        min_variance=options.number("rf-min-variance"),
        log_responses=options.flag("rf-log-model") if options.is_given("rf-log-model") else None,
        n_components=options.integer("num-pca"),
        imputation_rounds=options.integer("imputation-iterations"),
        censored_as_cutoff=options.flag("mask-censored-data-as-kappa-max"),
        censored_as_seen=options.flag("treat-censored-data-as-uncensored"),
        n_random=max(1, options.integer("num-ei-random")),
        n_starts=options.integer("num-challengers"),
        n_random_starts=options.integer("num-ls-random"),
        n_continuous=options.integer("continous-neighbours"),
        model_share=1.0 - options.number("intensification-percentage"),
        uses_prior=options.flag("prior"),
    )
