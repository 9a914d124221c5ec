"""No race: every configuration is run on all pairs, in the order in which they are proposed."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from bbopt.engines.engine import ALONE, Incumbent, Others
from bbopt.engines.pairs import PairSequence
from bbopt.engines.problem import Problem
from bbopt.engines.proposers.proposer import Proposer
from bbopt.runs import Curve, History, Origin, Pair, Run, RunRequest, RunResult, Texts
from bbopt.space import Configuration

__all__ = ["UnracedEngine"]

_ALL_RUN = "every configuration that was to be run has been run."


@dataclass(slots=True)
class _Row:
    """A proposal, and which of its runs are to be made or are being made."""

    configuration: Configuration
    origin: Origin
    due: list[Pair]
    texts: Texts = ()
    outstanding: set[Pair] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        return bool(self.due or self.outstanding)


class UnracedEngine:
    """Makes all runs of each proposal: on every instance with the seeds that the file names, or with one.

    `repeats`: a configuration that is proposed again is run again.  A proposal is known by its number, so
    that searches which share a design share its rows out.  An Engine.
    """

    def __init__(self, proposer: Proposer, problem: Problem, *, repeats: bool = False) -> None:
        self._proposer = proposer
        self._objective = problem.objective
        self._repeats = repeats
        pairs = PairSequence(
            problem.instances,
            problem.pair_seed,
            deterministic=problem.deterministic,
            in_order=True,
            runlength=problem.runlength,
        )
        self._instance = pairs.instance
        self._cutoff_s = problem.cutoff_s
        self._pairs = pairs.first(problem.instances.n_runs_of_each)
        self._history = History(failures_first=problem.objective.failures_first)
        self._rows: dict[int, _Row] = {}
        self._next = 0
        self._proposed: set[Configuration] = set()
        self._made_elsewhere: set[tuple[int, Configuration, Pair]] = set()
        self._best: Configuration | None = None
        self._exhausted: str | None = None

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._exhausted

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine: the best of those with the most runs that came to their end."""
        best = self._best
        return None if best is None else Incumbent(best, self._history.standing(best))

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        for row in self._rows.values():
            if request := self._request(row, others):
                return request
        while (new := self._propose(others)) is not None:
            if request := self._request(new, others):
                return request
        if not any(row.due for row in self._rows.values()):
            self._exhausted = _ALL_RUN
        return None

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        number, pair = request.origin.proposal, request.pair
        row = self._rows.get(number)
        if (
            row is None and number >= self._next
        ):  # replay: those before it were under way when the record ended
            while self._next < number and self._propose(ALONE) is not None:
                pass
            row = self._take_up(number, request.configuration, request.origin, request.texts)
        run = Run.valued(request, result, self._objective)
        self._history.add(run)
        self._proposer.observe(run)
        if row is not None:
            self._done(number, row, pair)
        self._compare(request.configuration)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """See Engine; no run is ended."""
        return None

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        row = self._rows[request.origin.proposal]
        row.outstanding.discard(request.pair)
        row.due.insert(0, request.pair)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine; the same proposal of others need not be run again."""
        self._proposer.observe(Run.valued(request, result, self._objective))
        number = request.origin.proposal
        self._made_elsewhere.add((number, request.configuration, request.pair))
        row = self._rows.get(number)
        if row is not None and row.configuration == request.configuration and request.pair in row.due:
            self._done(number, row, request.pair)

    def suggest(self, configuration: Configuration) -> None:
        """See Engine; here nothing is challenged, and what is run was chosen beforehand."""

    def confirm(self) -> RunRequest | None:
        """See Engine; all runs are runs in full."""
        return None

    def may_return(self, configuration: Configuration) -> bool:
        """See Engine."""
        return any(row.configuration == configuration for row in self._rows.values())

    def _propose(self, others: Others) -> _Row | None:
        pending = [row.configuration for row in self._rows.values()]
        taken: Container[Configuration] = () if self._repeats else self._proposed
        proposal = self._proposer.propose(self._next, taken, (*pending, *others.under_way))
        if proposal is None:
            return None
        origin = Origin(proposal.kind, self._next)
        return self._take_up(self._next, proposal.configuration, origin, proposal.texts)

    def _take_up(self, number: int, configuration: Configuration, origin: Origin, texts: Texts) -> _Row:
        due = [pair for pair in self._pairs if (number, configuration, pair) not in self._made_elsewhere]
        self._next = number + 1
        self._proposed.add(configuration)
        row = _Row(configuration, origin, due, texts)
        if due:
            self._rows[number] = row
        return row

    def _done(self, number: int, row: _Row, pair: Pair) -> None:
        """A run of the row is made, whoever made it."""
        row.outstanding.discard(pair)
        if pair in row.due:
            row.due.remove(pair)
        if not row.is_open:
            self._rows.pop(number, None)  # a row that others have made is never among them

    def _request(self, row: _Row, others: Others) -> RunRequest | None:
        for pair in row.due:
            if not others.is_running(row.configuration, pair):
                break
        else:
            return None
        row.due.remove(pair)
        row.outstanding.add(pair)
        return RunRequest(
            row.configuration,
            self._instance(pair),
            pair.seed,
            self._cutoff_s,
            pair.runlength,
            row.origin,
            row.texts,
        )

    def _compare(self, configuration: Configuration) -> None:
        if not self._history.n_complete(configuration):
            return
        if self._best is None:
            self._best = configuration
            return
        ours, theirs = (self._history.n_complete(one) for one in (configuration, self._best))
        is_better = self._history.standing(configuration) < self._history.standing(self._best)
        if ours > theirs or (ours == theirs and is_better):
            self._best = configuration
