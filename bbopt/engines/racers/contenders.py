"""Who races, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from bbopt.engines.racers.capping import CappingSettings
from bbopt.runs import Origin, Pair, Texts
from bbopt.space import Configuration

__all__ = ["Contender", "RacingSettings"]


@dataclass(frozen=True, slots=True)
class RacingSettings:
    """How configurations are raced.

    max_incumbent_runs, initial_incumbent_runs, initial_challenger_runs and max_norun_challenges are SMAC
    v2's options of these names.  `capping`: None for none; `in_order`: SMAC v2's
    `deterministic-instance-ordering`.

    growth: with (c, e) an incumbent of n pairs gets another one once there are c n^e configurations, and one
    before each challenger at most; (0, 1) is SMAC v2's rule, slower growth leaves more runs to challengers.
    given_at_once: an initial challenger runs on all pairs of the incumbent in one batch.
    cheap_first: a challenger begins on pairs that cost the incumbent little, rather than on any.
    leaves_unsolved: challengers that nobody gave race on the pairs that the incumbent has solved within the
    cutoff, where there are any; of runtimes only.
    """

    max_incumbent_runs: int = 2000
    initial_incumbent_runs: int = 1
    initial_challenger_runs: int = 1
    max_norun_challenges: int = 1000
    growth: tuple[float, float] = (4.0, 2.0)
    given_at_once: bool = False
    cheap_first: bool = False
    leaves_unsolved: bool = False
    capping: CappingSettings | None = None
    in_order: bool = False


@dataclass(slots=True)
class Contender:
    """A configuration under way: its proposal, how many pairs its next batch has, what it waits for.

    `first_pairs` are what the first incumbent begins with; until its first result they stand for its pairs.
    One that has lost stays as long as runs of it are outstanding; one that `was_given` races on all pairs.
    """

    configuration: Configuration
    origin: Origin
    predicted: float | None
    batch: int
    texts: Texts = ()
    due: list[Pair] = field(default_factory=list)
    outstanding: set[Pair] = field(default_factory=set)
    first_pairs: list[Pair] = field(default_factory=list)
    has_lost: bool = False
    was_given: bool = False
