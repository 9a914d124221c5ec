"""Racing: who runs next, when a challenger is dropped, and when it becomes the incumbent.

The algorithm of SMAC v2 (Hutter et al., 2011, Sequential model-based optimization for general algorithm
configuration, procedure 'Intensify').

A pair is an instance and a seed; a black box has one instance, "no_instance", so that a deterministic
challenger is one run, and another one is raced over seeds.  The incumbent gets more pairs as configurations
are tried (`RacingSettings.growth`; SMAC v2: one before each new challenger); the challenger runs on 1, 2, 4,
... of the incumbent's pairs that it lacks, and is dropped after a batch when its standing on the common pairs
(`Standing`: the mean cost, and failures) is worse; with all the incumbent's pairs and no worse, it takes
over.  With adaptive capping a challenger's runs end when it is known to lose the batch; runs that were capped
are made again in full before it takes over.

A pair that the incumbent has not solved within the cutoff takes every challenger the whole of it, and most of
them learn nothing there.  With `RacingSettings.leaves_unsolved` challengers race on the other pairs, and who
takes over runs on it later, as the incumbent: after instances that it has not seen, and the later the more
often it was tried in vain.  (Hard runs are deferred, as in Kleinberg, Leyton-Brown and Lucier, 2017,
Efficiency through procrastination: approximately optimal algorithm configuration with runtime guarantees.)
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable

from bbopt.engines.engine import ALONE, Incumbent, Others
from bbopt.engines.pairs import PairSequence, cheap_first
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.initial_design import GIVEN_KINDS
from bbopt.engines.proposers.proposer import Proposal, Proposer
from bbopt.engines.racers.attempts import Attempts
from bbopt.engines.racers.contenders import Contender, RacingSettings
from bbopt.engines.racers.judging import Judge
from bbopt.java_numbers import format_double
from bbopt.runs import Curve, History, Origin, Pair, Run, RunRequest, RunResult
from bbopt.seeding import stream
from bbopt.space import Configuration

__all__ = ["RacingEngine", "RacingSettings"]


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
        self._deterministic = problem.deterministic
        self._settings = settings
        self._seed = problem.seed
        self._pairs = PairSequence(
            problem.instances,
            problem.pair_seed,
            deterministic=problem.deterministic,
            in_order=settings.in_order,
            runlength=problem.runlength,
        )
        self._others = ALONE
        self._suggested: deque[Configuration] = deque()
        self._history = History(failures_first=problem.objective.failures_first)
        self._judge = Judge(
            self._history, settings.capping, problem.cutoff_s, leaves_unsolved=settings.leaves_unsolved
        )
        self._attempts = Attempts(problem.cutoff_s)
        self._next_proposal = 0
        self._incumbent: Contender | None = None
        self._challengers: dict[Configuration, Contender] = {}
        self._exhausted: str | None = None
        self._incumbent_refreshed = False
        self._first_runs = min(settings.initial_incumbent_runs, self._pairs.n_pairs)
        self._taken = _Taken(self._is_taken)
        self._judged: set[Configuration] = set()
        """Challengers that needed no run in this `ask`: proposed again, they would be judged the same."""

    def _is_taken(self, configuration: Configuration) -> bool:
        """Whether proposing it is idle: it is under way, was judged, or a deterministic target has run it."""
        if self._incumbent is not None and configuration == self._incumbent.configuration:
            return True
        if any(configuration in known for known in (self._judged, self._challengers, self._others)):
            return True
        return self._deterministic and configuration in self._history

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine; while its runs all fail, whoever of the challengers has worked stands for it."""
        if self._incumbent is None or self._incumbent.configuration not in self._history:
            return None
        best = self._incumbent
        if not self._has_worked(best):
            rising = (c for c in self._challengers.values() if self._has_worked(c))
            best = min(rising, key=lambda one: self._history.rank(one.configuration), default=best)
        if not self._history.n_complete(best.configuration):
            return None
        return Incumbent(best.configuration, self._history.standing(best.configuration), best.predicted)

    def _has_worked(self, contender: Contender) -> bool:
        configuration = contender.configuration
        if not self._history.n_complete(configuration):
            return False
        return self._history.standing(configuration).has_worked

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        self._others = others
        if self._incumbent is None or self._begins_elsewhere(self._incumbent):
            return self._ask_first()
        for contender in (self._incumbent, *self._challengers.values()):
            if request := self._request(contender):
                return request
        self._schedule_incumbent_run()
        return self._request(self._incumbent) or self._ask_new_challenger()

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        run = Run.valued(request, result, self._objective)
        contender = self._contender(request)
        self._history.add(run)
        self._attempts.add(run)
        self._proposer.observe(run)
        contender.outstanding.discard(run.pair)
        if run.pair in contender.due:
            contender.due.remove(run.pair)
        assert self._incumbent is not None
        if request.configuration != self._incumbent.configuration:
            self._settle(contender)
            return
        if run.pair in self._history.incomplete_pairs(request.configuration):
            contender.due.append(run.pair)  # to be made again in full
        n_pairs = self._history.n_pairs(request.configuration)
        self._incumbent_refreshed = n_pairs > self._first_runs
        if n_pairs == 1:  # whoever was faster than the first incumbent has waited for this
            for challenger in list(self._challengers.values()):
                self._settle(challenger)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """See Engine; no run is ended."""
        return None

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        contender = self._contender(request)
        contender.outstanding.discard(request.pair)
        if not contender.has_lost:
            contender.due.insert(0, request.pair)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._proposer.observe(Run.valued(request, result, self._objective))

    def suggest(self, configuration: Configuration) -> None:
        """See Engine."""
        self._suggested.append(configuration)

    def confirm(self) -> RunRequest | None:
        """See Engine; all runs are runs in full."""
        return None

    def may_return(self, configuration: Configuration) -> bool:
        """See Engine."""
        is_incumbent = self._incumbent is not None and configuration == self._incumbent.configuration
        return is_incumbent or configuration in self._challengers or configuration in self._suggested

    def _contender(self, request: RunRequest) -> Contender:
        """Who the run belongs to; one that nobody asked for takes its configuration up (replay)."""
        configuration = request.configuration
        self._next_proposal = max(self._next_proposal, request.origin.proposal + 1)
        if self._incumbent is None:
            self._crown_first(_proposal_of(request), request.origin)
        assert self._incumbent is not None
        if configuration == self._incumbent.configuration:
            return self._incumbent
        if configuration not in self._challengers:
            self._take_up(_proposal_of(request), request.origin)
        # A challenger that was judged at once (it has run all the pairs before) is not under way any more.
        if configuration == self._incumbent.configuration:
            return self._incumbent
        return self._challengers.get(configuration) or Contender(configuration, request.origin, None, 1)

    # ------------------------------------------------------------------ asking

    def _begins_elsewhere(self, incumbent: Contender) -> bool:
        """Whether all that is known or done of the initial incumbent are others' runs."""
        if incumbent.outstanding or incumbent.configuration in self._history or self._challengers:
            return False
        return self._available(incumbent) is None

    def _ask_first(self) -> RunRequest | None:
        """The initial incumbent, whoever else has run it: what they found may be taken for it.

        Where others are running it at this moment, another configuration begins.
        """
        first_proposal = self._next_proposal
        for taken in ((), self._taken):
            self._incumbent = None
            proposal = self._proposer.propose(self._next_proposal, taken, ())
            if proposal is None:
                break
            incumbent = self._crown_first(proposal, self._number(proposal))
            if request := self._request(incumbent):
                return request
        self._incumbent, self._next_proposal = None, first_proposal
        return None

    def _crown_first(self, proposal: Proposal, origin: Origin) -> Contender:
        pairs = self._pairs.first(self._first_runs)
        self._incumbent = incumbent = Contender(
            proposal.configuration, origin, proposal.predicted, 0, proposal.texts
        )
        incumbent.due, incumbent.first_pairs = list(pairs), pairs
        return incumbent

    def _ask_new_challenger(self) -> RunRequest | None:
        assert self._incumbent is not None
        first_proposal = self._next_proposal
        self._judged.clear()
        for _ in range(self._settings.max_norun_challenges):
            taken_up = self._propose()
            if taken_up is None:
                if self._judged and self._compares_further(first_proposal):
                    return self._request(self._incumbent)
                if not self._challengers and not self._others.under_way:
                    n_configurations = format_double(self._history.n_configurations)
                    self._exhausted = f"every possible configuration ({n_configurations}) has been run."
                return None
            challenger = self._take_up(*taken_up)
            if request := self._request(challenger):
                return request
            self._judged.add(challenger.configuration)
            if challenger.has_lost or challenger.due:  # what is due is being made by others
                continue
            if self._compares_further(first_proposal):
                return self._request(self._incumbent)
        self._exhausted = (
            "too many challenges have been attempted without a successful run "
            f"({self._settings.max_norun_challenges}) has been reached."
        )
        return None

    def _compares_further(self, first_proposal: int) -> bool:
        """Whether another run of the incumbent is due, because whoever was proposed needed none."""
        assert self._incumbent is not None
        self._schedule_incumbent_run(is_known_best=True)
        if not self._incumbent.due:
            return False
        # The record will not tell of the challengers that needed no run: they may be proposed again.
        self._next_proposal = first_proposal
        return True

    def _propose(self) -> tuple[Proposal, Origin] | None:
        proposal = self._suggestion()
        if proposal is None:
            running = (*self._under_way(), *self._others.under_way)
            pending = [configuration for configuration in running if configuration not in self._history]
            proposal = self._proposer.propose(self._next_proposal, self._taken, pending)
        return None if proposal is None else (proposal, self._number(proposal))

    def _number(self, proposal: Proposal) -> Origin:
        origin = Origin(proposal.kind, self._next_proposal)
        self._next_proposal += 1
        return origin

    def _suggestion(self) -> Proposal | None:
        """The next suggested configuration that is not in the race, nor known to a deterministic target."""
        while self._suggested:
            configuration = self._suggested.popleft()
            is_incumbent = self._incumbent is not None and configuration == self._incumbent.configuration
            is_known = self._deterministic and configuration in self._history
            if not (is_incumbent or is_known or configuration in self._challengers):
                return Proposal(configuration, "peer")
        return None

    def _under_way(self) -> list[Configuration]:
        first = [self._incumbent] if self._incumbent else []
        return [c.configuration for c in (*first, *self._challengers.values()) if c.outstanding]

    def _take_up(self, proposal: Proposal, origin: Origin) -> Contender:
        is_whole = self._settings.given_at_once and proposal.kind in GIVEN_KINDS
        batch = self._pairs.n_pairs if is_whole else self._settings.initial_challenger_runs
        challenger = Contender(
            proposal.configuration, origin, proposal.predicted, batch, proposal.texts, was_given=is_whole
        )
        self._challengers[proposal.configuration] = challenger
        self._incumbent_refreshed = False
        self._give_batch(challenger)
        self._settle(challenger)  # what was found earlier may be all that is needed
        return challenger

    def _available(self, contender: Contender) -> Pair | None:
        """The first pair that is due and that nobody else is running."""
        is_running, configuration = self._others.is_running, contender.configuration
        return next((pair for pair in contender.due if not is_running(configuration, pair)), None)

    def _request(self, contender: Contender) -> RunRequest | None:
        """The contender's next run; None when none is due, or others are making all that are."""
        pair = self._available(contender)
        if pair is None:
            return None
        assert self._incumbent is not None
        cutoff_s = self._judge.cutoff_s(contender, self._incumbent, pair)
        contender.due.remove(pair)
        contender.outstanding.add(pair)
        return RunRequest(
            contender.configuration,
            self._pairs.instance(pair),
            pair.seed,
            cutoff_s,
            pair.runlength,
            contender.origin,
            contender.texts,
        )

    # ------------------------------------------------------------------ racing

    def _settle(self, challenger: Contender) -> None:
        """After a run: drop the challenger, make it the incumbent, or give it the next batch."""
        assert self._incumbent is not None
        if challenger.configuration not in self._challengers:
            return
        if self._judge.is_beaten(challenger, self._incumbent):
            challenger.has_lost, challenger.due = True, []
        if challenger.due or challenger.outstanding:
            return
        theirs = self._history.costs(self._incumbent.configuration)
        if not theirs:
            return
        if challenger.has_lost or self._judge.is_worse(challenger, self._incumbent):
            del self._challengers[challenger.configuration]
        elif not self._give_batch(challenger):
            challenger.due = self._judge.incomplete_pairs(
                challenger, self._incumbent
            )  # to be made again in full
            if not challenger.due:
                del self._challengers[challenger.configuration]
                self._incumbent = challenger

    def _give_batch(self, challenger: Contender) -> bool:
        """Some of the pairs that it lacks, twice as many each time; False when it lacks none."""
        assert self._incumbent is not None
        own = self._history.costs(challenger.configuration)
        theirs = self._history.costs(self._incumbent.configuration)
        lacking = self._judge.lacking(challenger, self._incumbent)
        rng = stream(self._seed, "batch", challenger.origin.proposal, len(own))
        if self._settings.cheap_first and theirs:
            order = cheap_first([theirs[pair] for pair in lacking], rng)
        else:
            order = rng.permutation(len(lacking)).tolist()
        challenger.due = [lacking[place] for place in order[: challenger.batch]]
        challenger.batch *= 2
        return bool(lacking)

    def _schedule_incumbent_run(self, *, is_known_best: bool = False) -> None:
        """Before a new challenger: one more pair for the incumbent, unless it has all it may have.

        `is_known_best`: the last challenger needed no run, for all is known of it: only more pairs help, also
        while one is under way, here or elsewhere.
        """
        assert self._incumbent is not None
        incumbent = self._incumbent
        if self._incumbent_refreshed and not is_known_best:
            return
        n_pairs = self._history.n_pairs(incumbent.configuration)
        n_under_way = len(incumbent.outstanding) + len(incumbent.due)
        n_most = min(self._settings.max_incumbent_runs, self._pairs.n_pairs)
        if (
            (is_known_best or not n_under_way)
            and self._available(incumbent) is None
            and 0 < n_pairs <= n_pairs + n_under_way < n_most
            and (is_known_best or self._is_worth_a_pair(n_pairs))
        ):
            incumbent.due += self._next_pair(incumbent)

    def _next_pair(self, incumbent: Contender) -> list[Pair]:
        """The next pair for the incumbent; none when there is no other."""
        known = {*self._history.costs(incumbent.configuration), *incumbent.outstanding, *incumbent.due}
        in_vain = self._attempts.in_vain if self._settings.leaves_unsolved else None
        pair = self._pairs.next_for(known, Counter(pair.instance for pair in known), in_vain)
        return [] if pair is None else [pair]

    def _is_worth_a_pair(self, n_pairs: int) -> bool:
        factor, exponent = self._settings.growth
        return self._history.n_configurations >= factor * math.pow(n_pairs, exponent)


def _proposal_of(request: RunRequest) -> Proposal:
    return Proposal(request.configuration, request.origin.kind, texts=request.texts)
