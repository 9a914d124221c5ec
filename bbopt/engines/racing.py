"""Racing: who runs next, when a challenger is dropped, and when it becomes the incumbent.

The algorithm of SMAC v2 (Hutter et al., 2011, Sequential model-based optimization for general algorithm
configuration, procedure 'Intensify').

A pair is an instance and a seed; a black box has one instance, "no_instance", so that a deterministic
challenger is one run, and another one is raced over seeds.  The incumbent gets one more pair before each new
challenger; the challenger runs on 1, 2, 4, ... of the incumbent's pairs that it lacks, and is dropped after
a batch when its mean cost over the common pairs is worse; with all the incumbent's pairs and no worse, it
takes over.  With adaptive capping a challenger's runs end when it is known to lose the batch; runs that
were capped are made again in full before it takes over.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bbopt.engines.capping import CappingSettings, Comparison
from bbopt.engines.finalists import finalists
from bbopt.engines.pairs import PairSequence
from bbopt.engines.problem import Problem
from bbopt.engines.proposing import SPACE_USED_UP, Proposal, Proposer
from bbopt.engines.protocol import Incumbent
from bbopt.runs import History, Origin, Pair, Run, RunRequest, RunResult, mean_cost
from bbopt.seeding import stream
from bbopt.space import Configuration

__all__ = ["RacingEngine", "RacingSettings"]

_FEWEST_DOMINATED = 2  # pairs; one alone says too little


@dataclass(frozen=True, slots=True)
class RacingSettings:
    """How configurations are raced.

    max_incumbent_runs, initial_incumbent_runs, initial_challenger_runs and max_norun_challenges are SMAC
    v2's options of these names; cutoff_s and runlength are passed on with every run.  `capping`: None for
    none; `in_order`: SMAC v2's `deterministic-instance-ordering`.

    growth: with (c, e) an incumbent of n pairs gets another one once there are c n^e configurations, and one
    before each challenger at most; (0, 1) is SMAC v2's rule, slower growth leaves more runs to challengers.
    dominance: a challenger is dropped in the middle of a batch when its mean exceeds so many times the
    incumbent's on the same pairs, two at least; None for never.  final_share: where no more than this share
    of the budget is left, the best `n_finalists` of those that lost challenge the incumbent once more.
    """

    deterministic: bool
    cutoff_s: float
    runlength: int
    max_incumbent_runs: int = 2000
    initial_incumbent_runs: int = 1
    initial_challenger_runs: int = 1
    max_norun_challenges: int = 1000
    growth: tuple[float, float] = (4.0, 2.0)
    dominance: float | None = None
    final_share: float = 0.0
    n_finalists: int = 5
    capping: CappingSettings | None = None
    in_order: bool = False


@dataclass(slots=True)
class _Challenger:
    """A configuration under way: its proposal, how many pairs its next batch has, what it waits for.

    `first_pairs` are what the first incumbent begins with; until its first result they stand for its pairs.
    One that has lost stays as long as runs of it are outstanding.
    """

    configuration: Configuration
    origin: Origin
    predicted: float | None
    batch: int
    due: list[Pair] = field(default_factory=list)
    outstanding: set[Pair] = field(default_factory=set)
    first_pairs: list[Pair] = field(default_factory=list)
    has_lost: bool = False


class _Taken:
    """A container of configurations that asks a predicate."""

    def __init__(self, predicate: Callable[[Configuration], bool]) -> None:
        self._predicate = predicate

    def __contains__(self, configuration: object) -> bool:
        return isinstance(configuration, Configuration) and self._predicate(configuration)


class RacingEngine:
    """Races what a proposer comes up with; an Engine."""

    def __init__(self, proposer: Proposer, problem: Problem, settings: RacingSettings) -> None:
        self._proposer = proposer
        self._objective = problem.objective
        self._settings = settings
        self._seed = problem.seed
        self._pairs = PairSequence(
            problem.instances,
            problem.pair_seed,
            deterministic=settings.deterministic,
            in_order=settings.in_order,
        )
        self._reserved = problem.reserved
        self._elsewhere = problem.elsewhere
        self._share_left = problem.share_left
        self._finalists: deque[Configuration] | None = None
        self._suggested: deque[Configuration] = deque()
        self._history = History()
        self._next_proposal = 0
        self._incumbent: _Challenger | None = None
        self._challengers: dict[Configuration, _Challenger] = {}
        self._exhausted: str | None = None
        self._incumbent_refreshed = False
        self._first_runs = min(settings.initial_incumbent_runs, self._pairs.n_pairs)
        self._taken = _Taken(self._is_taken)

    def _is_taken(self, configuration: Configuration) -> bool:
        """Whether proposing it would be idle: it is under way, or a deterministic target has run it."""
        if self._incumbent is not None and configuration == self._incumbent.configuration:
            return True
        if configuration in self._challengers or configuration in self._reserved:
            return True
        return self._settings.deterministic and configuration in self._history

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine."""
        if self._incumbent is None or self._incumbent.configuration not in self._history:
            return None
        configuration = self._incumbent.configuration
        return Incumbent(
            configuration,
            self._history.cost(configuration),
            self._history.n_pairs(configuration),
            self._incumbent.predicted,
        )

    def ask(self) -> RunRequest | None:
        """See Engine."""
        if self._incumbent is None:
            return self._ask_first()
        for contender in (self._incumbent, *self._challengers.values()):
            if contender.due:
                return self._request(contender)
        self._schedule_incumbent_run()
        if self._incumbent.due:
            return self._request(self._incumbent)
        return self._ask_new_challenger()

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        run = Run.valued(request, result, self._objective)
        contender = self._contender(request)
        self._history.add(run)
        self._proposer.observe(run)
        contender.outstanding.discard(run.pair)
        if run.pair in contender.due:
            contender.due.remove(run.pair)
        assert self._incumbent is not None
        if request.configuration != self._incumbent.configuration:
            self._judge(contender)
            return
        n_pairs = self._history.n_pairs(request.configuration)
        self._incumbent_refreshed = n_pairs > self._first_runs
        if n_pairs == 1:  # whoever was faster than the first incumbent has waited for this
            for challenger in list(self._challengers.values()):
                self._judge(challenger)

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        if self._incumbent is not None and request.configuration == self._incumbent.configuration:
            if request.configuration not in self._history:
                self._incumbent = None  # another configuration begins
            else:
                self._incumbent.outstanding.discard((request.instance.name, request.seed))
        self._challengers.pop(request.configuration, None)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._proposer.observe(Run.valued(request, result, self._objective))

    def suggest(self, configuration: Configuration) -> None:
        """See Engine."""
        self._suggested.append(configuration)

    def _contender(self, request: RunRequest) -> _Challenger:
        """Who the run belongs to; one that nobody asked for takes its configuration up (replay)."""
        configuration = request.configuration
        self._next_proposal = max(self._next_proposal, request.origin.proposal + 1)
        if self._incumbent is None:
            self._crown_first(Proposal(configuration, request.origin.kind), request.origin)
        assert self._incumbent is not None
        if configuration == self._incumbent.configuration:
            return self._incumbent
        if configuration not in self._challengers:
            self._take_up(Proposal(configuration, request.origin.kind), request.origin)
        # A challenger that was judged at once (it has run all the pairs before) is not under way any more.
        if configuration == self._incumbent.configuration:
            return self._incumbent
        return self._challengers.get(configuration) or _Challenger(configuration, request.origin, None, 1)

    # ------------------------------------------------------------------ asking

    def _ask_first(self) -> RunRequest | None:
        """The initial incumbent, whoever else has run it: what they found may be taken for it."""
        proposal = self._proposer.propose(self._next_proposal, (), ())
        if proposal is None:
            return None
        self._crown_first(proposal, self._number(proposal))
        return self.ask()

    def _crown_first(self, proposal: Proposal, origin: Origin) -> None:
        pairs = self._pairs.first(self._first_runs)
        self._incumbent = _Challenger(proposal.configuration, origin, proposal.predicted, 0)
        self._incumbent.due, self._incumbent.first_pairs = list(pairs), pairs

    def _ask_new_challenger(self) -> RunRequest | None:
        first_proposal = self._next_proposal
        for _ in range(self._settings.max_norun_challenges):
            taken_up = self._propose()
            if taken_up is None:
                return None
            challenger = self._take_up(*taken_up)
            if challenger.due:
                return self._request(challenger)
            if challenger.has_lost:
                continue
            self._schedule_incumbent_run(is_known_best=True)
            assert self._incumbent is not None
            if self._incumbent.due:
                # The record will not tell of the challengers that needed no run: they may be proposed again.
                self._next_proposal = first_proposal
                return self._request(self._incumbent)
        self._exhausted = (
            f"{self._settings.max_norun_challenges} challengers in a row needed no run "
            "(max-norun-challenge-limit)."
        )
        return None

    def _propose(self) -> tuple[Proposal, Origin] | None:
        proposal = self._suggestion() or self._finalist()
        if proposal is None:
            running = (*self._under_way(), *self._elsewhere())
            pending = [configuration for configuration in running if configuration not in self._history]
            proposal = self._proposer.propose(self._next_proposal, self._taken, pending)
        if proposal is None:
            if not self._challengers:
                self._exhausted = SPACE_USED_UP
            return None
        return proposal, self._number(proposal)

    def _number(self, proposal: Proposal) -> Origin:
        origin = Origin(proposal.kind, self._next_proposal)
        self._next_proposal += 1
        return origin

    def _suggestion(self) -> Proposal | None:
        """The next suggested configuration that is not in the race, nor known to a deterministic target."""
        while self._suggested:
            configuration = self._suggested.popleft()
            is_incumbent = self._incumbent is not None and configuration == self._incumbent.configuration
            is_known = self._settings.deterministic and configuration in self._history
            if not (is_incumbent or is_known or configuration in self._challengers):
                return Proposal(configuration, "peer")
        return None

    def _finalist(self) -> Proposal | None:
        """At the end of the budget the next of those that lost narrowly; None before and after."""
        share = self._settings.final_share
        if not share or self._incumbent is None or self._share_left() >= share:
            return None
        if self._finalists is None:
            best = finalists(self._history, self._incumbent.configuration, self._settings.n_finalists)
            self._finalists = deque(best)
        while self._finalists:
            configuration = self._finalists.popleft()
            if configuration != self._incumbent.configuration and configuration not in self._challengers:
                return Proposal(configuration, "finalist")
        return None

    def _under_way(self) -> list[Configuration]:
        first = [self._incumbent] if self._incumbent else []
        return [c.configuration for c in (*first, *self._challengers.values()) if c.outstanding]

    def _take_up(self, proposal: Proposal, origin: Origin) -> _Challenger:
        challenger = _Challenger(
            proposal.configuration, origin, proposal.predicted, self._settings.initial_challenger_runs
        )
        self._challengers[proposal.configuration] = challenger
        self._incumbent_refreshed = False
        self._give_batch(challenger)
        self._judge(challenger)  # what was found earlier may be all that is needed
        return challenger

    def _request(self, contender: _Challenger) -> RunRequest:
        pair = contender.due[0]
        cutoff_s = self._cutoff_s(contender, pair)
        del contender.due[0]
        contender.outstanding.add(pair)
        return RunRequest(
            contender.configuration,
            self._pairs.instance(pair),
            pair[1],
            cutoff_s,
            self._settings.runlength,
            contender.origin,
        )

    def _cutoff_s(self, contender: _Challenger, pair: Pair) -> float:
        """How long the run may take: less than the scenario says where a challenger would lose by it."""
        capping, full_s = self._settings.capping, self._settings.cutoff_s
        comparison = self._comparison(contender) if capping else None
        if capping is None or comparison is None or pair in self._history.costs(contender.configuration):
            return full_s
        return min(capping.widened(max(comparison.longest_s(pair), 0.0)), full_s)

    def _comparison(self, contender: _Challenger) -> Comparison | None:
        """A challenger's standing on the pairs up to the end of its batch; None for the incumbent."""
        assert self._incumbent is not None
        theirs = self._history.costs(self._incumbent.configuration)
        if contender.configuration == self._incumbent.configuration or not theirs:
            return None
        own = self._history.costs(contender.configuration)
        batch = {*contender.due, *contender.outstanding}
        compared = [pair for pair in theirs if pair in own or pair in batch]
        return Comparison(compared, theirs, own) if compared else None

    # ------------------------------------------------------------------ racing

    def _judge(self, challenger: _Challenger) -> None:
        """After a run: drop the challenger, make it the incumbent, or give it the next batch."""
        assert self._incumbent is not None
        if challenger.configuration not in self._challengers:
            return
        if self._is_beaten(challenger):
            challenger.has_lost, challenger.due = True, []
        if challenger.due or challenger.outstanding:
            return
        theirs = self._history.costs(self._incumbent.configuration)
        if not theirs:
            return
        if challenger.has_lost or self._is_worse(challenger):
            del self._challengers[challenger.configuration]
        elif not self._give_batch(challenger) and not self._give_capped_again(challenger):
            del self._challengers[challenger.configuration]
            self._take_over(challenger)

    def _is_beaten(self, challenger: _Challenger) -> bool:
        """Whether it needs no further run of its batch: it can't win any more, or will hardly do so."""
        comparison = self._comparison(challenger) if self._settings.capping else None
        if comparison is not None and comparison.is_lost:
            return True
        assert self._incumbent is not None
        theirs = self._history.costs(self._incumbent.configuration)
        own = self._history.costs(challenger.configuration)
        common = [pair for pair in own if pair in theirs]
        bound = self._settings.dominance
        if bound is None or len(common) < _FEWEST_DOMINATED:
            return False
        return mean_cost(own, common) > bound * mean_cost(theirs, common)

    def _is_worse(self, challenger: _Challenger) -> bool:
        assert self._incumbent is not None
        theirs = self._history.costs(self._incumbent.configuration)
        own = self._history.costs(challenger.configuration)
        common = [pair for pair in theirs if pair in own]
        return bool(common) and mean_cost(own, common) > mean_cost(theirs, common)

    def _give_capped_again(self, challenger: _Challenger) -> bool:
        """The pairs on which it was stopped too early to know its cost; False when there are none."""
        assert self._incumbent is not None
        theirs = self._history.costs(self._incumbent.configuration)
        capped = self._history.censored_pairs(challenger.configuration)
        challenger.due = [pair for pair in capped if pair in theirs]
        return bool(challenger.due)

    def _give_batch(self, challenger: _Challenger) -> bool:
        """Some of the incumbent's pairs that it lacks, twice as many each time; False when it lacks none."""
        assert self._incumbent is not None
        own = self._history.costs(challenger.configuration)
        pairs = list(self._history.costs(self._incumbent.configuration)) or self._incumbent.first_pairs
        lacking = [pair for pair in pairs if pair not in own]
        order = stream(self._seed, "batch", challenger.origin.proposal, len(own)).permutation(len(lacking))
        challenger.due = [lacking[i] for i in order[: challenger.batch]]
        challenger.batch *= 2
        return bool(lacking)

    def _take_over(self, challenger: _Challenger) -> None:
        self._incumbent = challenger
        challenger.due = []

    def _schedule_incumbent_run(self, *, is_known_best: bool = False) -> None:
        """Before a new challenger: one more pair for the incumbent, unless it has all it may have.

        `is_known_best`: the last challenger needed no run, for all is known of it: only more pairs help, also
        while one is under way.
        """
        assert self._incumbent is not None
        incumbent = self._incumbent
        if self._incumbent_refreshed and not is_known_best:
            return
        n_pairs = self._history.n_pairs(incumbent.configuration)
        n_given = n_pairs + len(incumbent.outstanding)
        if (
            not incumbent.due
            and (is_known_best or not incumbent.outstanding)
            and 0 < n_pairs <= n_given < min(self._settings.max_incumbent_runs, self._pairs.n_pairs)
            and (is_known_best or self._is_worth_a_pair(n_pairs))
        ):
            incumbent.due = self._next_pair(incumbent)

    def _next_pair(self, incumbent: _Challenger) -> list[Pair]:
        """The next pair for the incumbent; none when there is no other."""
        known = {*self._history.costs(incumbent.configuration), *incumbent.outstanding}
        pair = self._pairs.next_for(known, Counter(name for name, _ in known))
        return [] if pair is None else [pair]

    def _is_worth_a_pair(self, n_pairs: int) -> bool:
        factor, exponent = self._settings.growth
        return self._history.n_configurations >= factor * math.pow(n_pairs, exponent)
