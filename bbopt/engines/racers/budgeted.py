"""An engine with runs at several budgets, but for who gets which: see `halving.py` and `asha.py`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from bbopt.engines.engine import ALONE, Incumbent, Others
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Proposer
from bbopt.engines.racers.level_proposers import LevelProposers
from bbopt.engines.racers.rungs import Entrant, PairsAtLengths
from bbopt.java_numbers import format_double
from bbopt.runs import (
    KNOWN_KIND,
    NO_BUDGET,
    Curve,
    History,
    Origin,
    Pair,
    Run,
    RunKey,
    RunRequest,
    RunResult,
    Standing,
)
from bbopt.space import Configuration

__all__ = ["BudgetedEngine"]

_PEER, _CONFIRMATION = "peer", "confirmation"
_BESIDE = frozenset({_PEER, _CONFIRMATION})
"""The kinds of runs that are made beside all rungs."""


class _Either:
    """What is in one of two containers."""

    def __init__(self, one: set[Configuration], other: Others) -> None:
        self._one, self._other = one, other

    def __contains__(self, item: object) -> bool:
        return item in self._one or item in self._other


class BudgetedEngine(ABC):
    """An Engine: asks, tells, and the incumbent, who is the best at the highest budget that any has reached.

    `levels` has the level of each run length in the schedule; runs of others, from searches with another one,
    teach the model at most.  `make_proposer` is called for each level (see LevelProposers).
    """

    def __init__(
        self, make_proposer: Callable[[], Proposer], problem: Problem, levels: Mapping[int, int]
    ) -> None:
        self._objective = problem.objective
        self._cutoff_s = problem.cutoff_s
        self._n_runs = problem.budget
        self._levels = levels
        self._top = max(levels.values())
        distinct = sorted(set(levels.values()))
        self._proposers = LevelProposers(make_proposer, problem.space.n_params, distinct)
        self._pairs = PairsAtLengths(problem)
        first = problem.objective.failures_first
        self._own, self._known = History(failures_first=first), History(failures_first=first)
        self._proposed: set[Configuration] = set()
        self._origins: dict[Configuration, Entrant] = {}
        self._outstanding: dict[RunKey, None] = {}
        self._beside: dict[Configuration, tuple[Entrant, list[Pair]]] = {}
        self._best: Configuration | None = None
        self._has_no_more = False
        """Whether every possible configuration is among those proposed."""
        self._exhausted: str | None = None

    # ------------------------------------------------------------------ what kinds of it decide

    @abstractmethod
    def _next(self, others: Others) -> RunRequest | None:
        """The next run in any rung; None for none now, or for good, if `_exhausted` is set."""

    @abstractmethod
    def _enter(self, request: RunRequest, *, is_own: bool) -> None:
        """Take the configuration of a finished run into the rung that it was made in, if there is one."""

    @abstractmethod
    def _may_rise(self, configuration: Configuration) -> bool:
        """Whether it lacks runs where it is, or may be promoted."""

    # ------------------------------------------------------------------ Engine

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine; nobody who has failed stands before anybody who has worked."""
        best = self._best
        if best is None or self._is_given_up(best):
            return None
        return Incumbent(best, self._own.standing(best, self._latest_pairs(best)))

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        for entrant, pairs in list(self._beside.values()):
            if request := self._request(entrant, pairs, self._own, others):
                return request
        if self._is_last_chance:
            return None if self._outstanding else self.confirm()
        return self._next(others)

    def confirm(self) -> RunRequest | None:
        """See Engine."""
        if self._best is None or not self._lacks_confirmation(self._best):
            return None
        known = self._origins[self._best]
        entrant = known._replace(origin=Origin(_CONFIRMATION, known.origin.proposal))
        return self._request(entrant, self._pairs.at(self._top), self._own, ALONE)

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._outstanding.pop(request.key, None)
        run = Run.valued(request, result, self._objective)
        self._own.add(run)
        self._note(run, is_own=True)
        self._compare(request.configuration)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine; that of another search counts in its rung, an earlier one's teaches the model only."""
        if request.origin.kind == KNOWN_KIND:
            self._observe(Run.valued(request, result, self._objective))
            return
        self._note(Run.valued(request, result, self._objective), is_own=False)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """See Engine; no run is ended."""
        return None

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        self._outstanding.pop(request.key, None)

    def suggest(self, configuration: Configuration) -> None:
        """See Engine: it is run at the highest budget that is known of it, or else in full."""
        known = self._origins.get(configuration)
        entrant = known or Entrant(configuration, Origin(_PEER, 0))
        pairs = self._latest_pairs_in(self._known, configuration) or self._pairs.at(self._top)
        origin = Origin(_PEER, entrant.origin.proposal)
        self._beside[configuration] = entrant._replace(origin=origin), pairs

    def may_return(self, configuration: Configuration) -> bool:
        """See Engine; the incumbent may be confirmed."""
        if any(configuration == outstanding for outstanding, _ in self._outstanding):
            return True
        if configuration in self._beside or self._may_rise(configuration):
            return True
        return configuration == self._best and self._lacks_confirmation(configuration)

    # ------------------------------------------------------------------ for kinds of it

    def _request(
        self, entrant: Entrant, pairs: Iterable[Pair], history: History, others: Others
    ) -> RunRequest | None:
        """The first run that `history` lacks, and that nobody is making."""
        configuration, origin, texts = entrant
        costs = history.costs(configuration)
        for pair in pairs:
            key = (configuration, pair)
            if pair in costs or key in self._outstanding or others.is_running(configuration, pair):
                continue
            self._outstanding[key] = None
            self._proposed.add(configuration)
            self._origins.setdefault(configuration, entrant)
            instance, cutoff_s = self._pairs.instance(pair), self._cutoff_s
            return RunRequest(configuration, instance, pair.seed, cutoff_s, pair.runlength, origin, texts)
        return None

    def _propose(self, number: int, others: Others) -> Entrant | None:
        """The proposal of that number; None where all that is left are others' runs, or nothing."""
        pending = dict.fromkeys((*(one for one, _ in self._outstanding), *others.under_way))
        proposal = self._proposers.propose(number, _Either(self._proposed, others), tuple(pending))
        if proposal is None:
            self._has_no_more = self._has_no_more or not others.under_way
            return None
        self._proposed.add(proposal.configuration)
        entrant = Entrant(proposal.configuration, Origin(proposal.kind, number), proposal.texts)
        self._origins[proposal.configuration] = entrant
        return entrant

    def _end_used_up(self) -> None:
        """Every possible configuration has been run as far as it comes."""
        n = format_double(len(self._proposed))
        self._exhausted = f"every possible configuration ({n}) has been run."

    # ------------------------------------------------------------------ what is known

    def _note(self, run: Run, *, is_own: bool) -> None:
        request = run.request
        self._known.add(run)
        self._observe(run)
        self._proposed.add(request.configuration)
        self._origins.setdefault(
            request.configuration, Entrant(request.configuration, request.origin, request.texts)
        )
        if request.origin.kind not in _BESIDE:
            self._enter(request, is_own=is_own)
        entry = self._beside.get(request.configuration)
        if entry is not None and all(pair in self._own.costs(request.configuration) for pair in entry[1]):
            del self._beside[request.configuration]

    def _observe(self, run: Run) -> None:
        if run.request.runlength != NO_BUDGET:  # else nobody knows how long it was trained
            self._proposers.observe(run)

    def _latest_pairs(self, configuration: Configuration) -> list[Pair]:
        return self._latest_pairs_in(self._own, configuration)

    def _latest_pairs_in(self, history: History, configuration: Configuration) -> list[Pair]:
        """Those of the highest run length at which it has all runs; of the highest, where it lacks some."""
        by_length: dict[int, list[Pair]] = {}
        for pair in history.costs(configuration):
            if pair.runlength in self._levels:
                by_length.setdefault(pair.runlength, []).append(pair)
        whole = [length for length, pairs in by_length.items() if len(pairs) >= len(self._pairs)]
        return by_length[max(whole or by_length)] if by_length else []

    def _level(self, configuration: Configuration) -> int:
        """The level at which it has all runs of ours; 0 where it has none."""
        pairs = self._latest_pairs(configuration)
        return self._levels[pairs[0].runlength] if len(pairs) >= len(self._pairs) else 0

    def _lacks_confirmation(self, configuration: Configuration) -> bool:
        """Whether it has worked, but was not run in full yet."""
        standing = self._own.standing(configuration, self._latest_pairs(configuration))
        has_worked = standing.has_worked and not self._is_given_up(configuration)
        return has_worked and self._level(configuration) < self._top

    def _is_given_up(self, configuration: Configuration) -> bool:
        """Whether a run at its highest budget did not come to its end, so that nobody knows what it costs."""
        incomplete = self._own.incomplete_pairs(configuration)
        return bool(incomplete) and any(pair in incomplete for pair in self._latest_pairs(configuration))

    def _rank(self, configuration: Configuration) -> tuple[bool, bool, int, int, Standing]:
        """The least of these is the incumbent."""
        pairs = self._latest_pairs(configuration)
        standing = self._own.standing(configuration, pairs)
        is_given_up, level = self._is_given_up(configuration), self._level(configuration)
        return not standing.has_worked, is_given_up, -level, -len(pairs), standing

    def _compare(self, configuration: Configuration) -> None:
        """After a run: another incumbent, or the same."""
        if not self._latest_pairs(configuration):
            return
        if configuration == self._best:  # it may have lost by what it did at a higher budget
            self._best = min(filter(self._latest_pairs, self._own.configurations), key=self._rank)
        elif self._best is None or self._rank(configuration) < self._rank(self._best):
            self._best = configuration

    @property
    def _is_last_chance(self) -> bool:
        """Whether the runs that are left are needed to run the incumbent in full."""
        if self._n_runs is None or self._best is None or not self._lacks_confirmation(self._best):
            return False
        return len(self._own) + len(self._outstanding) >= self._n_runs - len(self._pairs)
