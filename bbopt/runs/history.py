"""The in-memory history: append-only, with what comparisons need at hand, so that nothing is rescanned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bbopt.runs.objective import Objective
from bbopt.runs.standing import Standing
from bbopt.runs.values import Pair, RunRequest, RunResult
from bbopt.space import Configuration

__all__ = ["History", "Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run: what was asked, what came out, what it costs.

    A censored run was ended before its cost was known: `cost` is a lower bound; of one that is estimated it
    is a guess.  A failure is worse than its `cost` may look beside that of a run that worked: compare by
    `Standing`.
    """

    request: RunRequest
    result: RunResult
    cost: float
    is_censored: bool = False
    is_failure: bool = False
    is_estimated: bool = False

    @classmethod
    def valued(cls, request: RunRequest, result: RunResult, objective: Objective) -> Run:
        """The run with what it is worth to `objective`."""
        return cls(
            request,
            result,
            objective.cost(request, result),
            objective.is_censored(request, result),
            objective.is_failure(result),
            objective.is_estimated(result),
        )

    @property
    def pair(self) -> Pair:
        """What the configuration was run on."""
        return self.request.pair

    @property
    def is_complete(self) -> bool:
        """Whether it came to an end that says what it costs."""
        return not (self.is_censored or self.is_estimated)


@dataclass(slots=True)
class _Tally:
    """The runs of one configuration: its id, its latest cost on each pair, its standing once asked for.

    `incomplete` holds the pairs whose cost is a bound or a guess, `failed` those whose latest run failed.
    """

    number: int
    costs: dict[Pair, float] = field(default_factory=dict)
    incomplete: dict[Pair, None] = field(default_factory=dict)
    failed: set[Pair] = field(default_factory=set)
    standing: Standing | None = None

    def add(self, run: Run) -> None:
        pair = run.pair
        if not run.is_complete and pair in self.costs:
            # What was known stays known; of two lower bounds the higher one says more.
            if pair in self.incomplete:
                self.costs[pair] = max(self.costs[pair], run.cost)
        else:
            self.costs[pair] = run.cost
            if run.is_complete:
                self.incomplete.pop(pair, None)
            else:
                self.incomplete[pair] = None
            if run.is_failure:
                self.failed.add(pair)
            else:
                self.failed.discard(pair)
        self.standing = None


class History:
    """All finished runs in order, and per configuration its costs.

    A configuration that is run again on the same pair keeps its latest cost there, unless the new run is
    incomplete.  `failures_first` is the objective's.  Not thread-safe: one owner adds, everybody else reads.
    """

    def __init__(self, *, failures_first: bool = True) -> None:
        self._failures_first = failures_first
        self._runs: list[Run] = []
        self._tallies: dict[Configuration, _Tally] = {}

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def runs(self) -> list[Run]:
        """Every run, oldest first; the list is the history's own and must not be changed."""
        return self._runs

    @property
    def configurations(self) -> list[Configuration]:
        """The configurations in order of their first run."""
        return list(self._tallies)

    @property
    def n_configurations(self) -> int:
        """How many different configurations have been run."""
        return len(self._tallies)

    def add(self, run: Run) -> None:
        """Append a finished run."""
        self._runs.append(run)
        tally = self._tallies.setdefault(run.request.configuration, _Tally(len(self._tallies) + 1))
        tally.add(run)

    def __contains__(self, configuration: Configuration) -> bool:
        return configuration in self._tallies

    def number(self, configuration: Configuration) -> int:
        """The configuration's id: 1 for the first one that was run; KeyError if it never was."""
        return self._tallies[configuration].number

    def n_pairs(self, configuration: Configuration) -> int:
        """On how many different pairs the configuration has been run."""
        tally = self._tallies.get(configuration)
        return len(tally.costs) if tally else 0

    def n_complete(self, configuration: Configuration) -> int:
        """On how many different pairs it is known what the configuration costs."""
        tally = self._tallies.get(configuration)
        return len(tally.costs) - len(tally.incomplete) if tally else 0

    def costs(self, configuration: Configuration) -> dict[Pair, float]:
        """The configuration's cost on each pair in order of execution; must not be changed."""
        tally = self._tallies.get(configuration)
        return tally.costs if tally else {}

    def incomplete_pairs(self, configuration: Configuration) -> list[Pair]:
        """The pairs on which only a bound of the configuration's cost is known, or a guess, in order."""
        tally = self._tallies.get(configuration)
        return list(tally.incomplete) if tally else []

    def cost(self, configuration: Configuration) -> float:
        """The configuration's mean cost over its pairs, see `mean_cost`; KeyError if it was never run."""
        return self.standing(configuration).mean

    def standing(self, configuration: Configuration, pairs: Iterable[Pair] | None = None) -> Standing:
        """How the configuration compares on `pairs`, by default all that it was run on.

        KeyError if it was never run, or not on one of the pairs.
        """
        tally = self._tallies[configuration]
        if pairs is not None:
            return Standing.on(pairs, tally.costs, tally.failed, self._failures_first)
        if tally.standing is None:
            tally.standing = Standing.on(tally.costs, tally.costs, tally.failed, self._failures_first)
        return tally.standing

    def top_pairs(self, configuration: Configuration) -> list[Pair]:
        """Those of the highest budget that it was run with: what lower ones say is not comparable."""
        pairs = self._tallies[configuration].costs
        highest = max(pair.runlength for pair in pairs)
        return [pair for pair in pairs if pair.runlength == highest]

    def rank(self, configuration: Configuration) -> tuple[bool, int, int, Standing]:
        """The least of these is who a search stands by: highest budget, most pairs that worked, the best.

        Whoever has never worked comes behind all others; a run that did not come to its end says less.
        """
        pairs, incomplete = self.top_pairs(configuration), self._tallies[configuration].incomplete
        standing = self.standing(configuration, pairs)
        has_failed, budget, _ = standing.precedence
        n_complete = sum(pair not in incomplete for pair in pairs)
        return has_failed, budget, len(standing.failed) - n_complete, standing
