"""Other searches on the same problem: their runs feed the model, spare ours, and challenge our incumbent."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bbopt.engines import Engine
from bbopt.runs import (
    History,
    Objective,
    Pair,
    Run,
    RunKey,
    RunRequest,
    RunResult,
    RuntimeObjective,
)
from bbopt.space import Configuration
from bbopt.stores import Claims, Follower
from bbopt.tuning.answers import Answers

__all__ = ["Peers", "Reused"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reused:
    """A peer's result for the run that is due, and the cutoff that it had."""

    peer: int
    result: RunResult
    cutoff_s: float

    def tells_more_than(self, other: Reused) -> bool:
        """Whether this one is the better answer to what the configuration does on the pair."""
        return (self.is_answered, self.cutoff_s) > (other.is_answered, other.cutoff_s)

    @property
    def is_answered(self) -> bool:
        """Whether the run ended by itself, with an answer."""
        return self.result.status.is_solved


class Peers:
    """What is known of the others' runs; an Others."""

    def __init__(
        self,
        follower: Follower,
        claims: Claims,
        objective: Objective,
        *,
        deterministic: bool,
        reuses: bool = True,
        answers: Answers | None = None,
    ) -> None:
        """`answers` compares those of the others with ours."""
        self._follower = follower
        self._claims = claims
        self._objective = objective
        self._deterministic = deterministic
        self._reuses = reuses
        self._answers = answers
        self._results: dict[RunKey, Reused] = {}
        self._histories: dict[int, History] = {}
        self._best: dict[int, tuple[Configuration, int]] = {}
        self._changed: set[int] = set()
        self.n_runs: Counter[int] = Counter()

    @property
    def under_way(self) -> Sequence[Configuration]:
        """See Others."""
        return self._claims.others.configurations

    @property
    def are_busy(self) -> bool:
        """Whether any of them is making a run, so that waiting for it may be worthwhile."""
        return bool(self._claims.others)

    def is_running(self, configuration: Configuration, pair: Pair) -> bool:
        """See Others."""
        return self._claims.others.is_running(configuration, pair)

    def __contains__(self, configuration: object) -> bool:
        if configuration in self._claims.others:
            return True
        if not self._deterministic or not isinstance(configuration, Configuration):
            return False
        return any(configuration in history for history in self._histories.values())

    def hear(self, engine: Engine, is_over: Callable[[], bool] = lambda: False) -> None:
        """Take in what others have recorded, until `is_over`.

        Raises TargetAbortError when an answer contradicts an earlier one.
        """
        self._claims.refresh()
        self._hear_some(engine)
        while self._follower.is_behind and not is_over():
            self._hear_some(engine)

    def _hear_some(self, engine: Engine) -> None:
        new = self._follower.poll()
        for level, text in (*self._follower.take_news(), *self._claims.take_news()):
            _LOG.log(level, "%s", text)
        for foreign in new:
            request, result = foreign.run.request, foreign.run.result
            engine.learn(request, result)
            self._add(foreign.seed, request, result)
            if self._answers is not None:
                self._answers.note(request, result, foreign.seed)
        if new:
            self._suggest_better(engine)

    def reusable(self, request: RunRequest) -> Reused | None:
        """What a peer got for this run, where one has made it already.

        With the runtime objective the cutoff may be another one, when the result tells at least as much: an
        answer does in any case, and a timeout where the peer's run had more time.
        """
        found = self._results.get(request.key) if self._reuses else None
        if found is None or found.cutoff_s == request.cutoff_s:
            return found
        if not isinstance(self._objective, RuntimeObjective):
            return None
        return found if found.is_answered or found.cutoff_s > request.cutoff_s else None

    def claim(self, request: RunRequest) -> bool:
        """See Claims."""
        return self._claims.claim(request)

    def release(self, request: RunRequest) -> None:
        """See Claims."""
        self._claims.release(request)

    def _add(self, peer: int, request: RunRequest, result: RunResult) -> None:
        self.n_runs[peer] += 1
        run, new = Run.valued(request, result, self._objective), Reused(peer, result, request.cutoff_s)
        if not run.is_estimated:
            known = self._results.setdefault(request.key, new)
            if new.tells_more_than(known):
                self._results[request.key] = new
        history = self._histories.setdefault(peer, History(failures_first=self._objective.failures_first))
        history.add(run)
        if not run.is_estimated:
            self._note_best(peer, request.configuration, history)

    def _note_best(self, peer: int, configuration: Configuration, history: History) -> None:
        """A peer's incumbent is the best by rank; it is news again when it has reached a higher budget."""
        best, budget = self._best.get(peer, (configuration, 0))
        reached = history.top_pairs(configuration)[0].runlength
        if reached > budget if best == configuration else history.rank(configuration) < history.rank(best):
            self._best[peer] = configuration, reached
            self._changed.add(peer)

    def _suggest_better(self, engine: Engine) -> None:
        """Let the peers' incumbents that are new, and look better than ours, challenge it."""
        own = engine.incumbent
        for peer in sorted(self._changed):
            best, history = self._best[peer][0], self._histories[peer]
            standing = history.standing(best, history.top_pairs(best))
            if own is None or standing.precedence < own.standing.precedence:
                engine.suggest(best)
        self._changed.clear()
