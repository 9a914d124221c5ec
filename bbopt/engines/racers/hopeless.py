"""Giving up runs that come to nothing, under any racer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bbopt.engines.engine import ALONE, Engine, Incumbent, Others
from bbopt.engines.problem import Problem
from bbopt.engines.racers.stopping import FinishedRuns, StoppingRule, is_audited
from bbopt.runs import Curve, Run, RunKey, RunRequest, RunResult
from bbopt.space import Configuration

__all__ = ["HopelessEngine"]


class HopelessEngine:
    """A racer whose runs are given up by a rule; an Engine.

    A run is compared with finished ones of the same instance and run length, and with what the incumbent came
    to there.  The racer is told that it has come to what is expected of it, which is never better than that.
    Neither the incumbent's runs are given up, nor what is made again, nor a share of the others.
    """

    def __init__(self, engine: Engine, problem: Problem, rule: StoppingRule) -> None:
        self._engine = engine
        self._objective = problem.objective
        self._seed = problem.seed
        self._rule = rule
        self._finished: defaultdict[tuple[str, int], FinishedRuns] = defaultdict(FinishedRuns)
        self._given_up: set[RunKey] = set()
        self._judged_at: dict[RunKey, int] = {}

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        """See Engine."""
        return self._engine.ask(others)

    def tell(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._judged_at.pop(request.key, None)
        self._engine.tell(request, self._noted(request, result))

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        """See Engine."""
        finished = self._comparable(request)
        part = finished.part(self._objective.course(curve))
        if part is None or part.step <= self._judged_at.get(request.key, 0) or self._is_spared(request):
            return None
        self._judged_at[request.key] = part.step
        return self._rule(finished, part, self._to_beat(request), self._shown)

    def decline(self, request: RunRequest) -> None:
        """See Engine."""
        self._engine.decline(request)

    def learn(self, request: RunRequest, result: RunResult) -> None:
        """See Engine."""
        self._engine.learn(request, self._noted(request, result))

    def suggest(self, configuration: Configuration) -> None:
        """See Engine."""
        self._engine.suggest(configuration)

    def confirm(self) -> RunRequest | None:
        """See Engine."""
        return self._engine.confirm()

    def may_return(self, configuration: Configuration) -> bool:
        """See Engine."""
        return self._engine.may_return(configuration)

    @property
    def incumbent(self) -> Incumbent | None:
        """See Engine."""
        return self._engine.incumbent

    @property
    def exhausted(self) -> str | None:
        """See Engine."""
        return self._engine.exhausted

    def _noted(self, request: RunRequest, result: RunResult) -> RunResult:
        """The result as the racer is told of it."""
        run = Run.valued(request, result, self._objective)
        if run.is_estimated:
            self._given_up.add(request.key)
            return replace(result, quality=self._expected(run))
        if run.is_complete and not run.is_failure:
            self._comparable(request).add(self._objective.course(result.curve), run.cost)
        return result

    def _comparable(self, request: RunRequest) -> FinishedRuns:
        return self._finished[request.instance.name, request.runlength]

    def _is_spared(self, request: RunRequest) -> bool:
        incumbent = self._engine.incumbent
        if incumbent is not None and incumbent.configuration == request.configuration:
            return True
        return request.key in self._given_up or is_audited(self._seed, request.origin.proposal)

    def _expected(self, run: Run) -> float:
        """What the run would have come to, by the median of the others, but worse than what is to beat."""
        finished = self._comparable(run.request)
        part = finished.part(self._objective.course(run.result.curve))
        expected = run.cost if part is None else finished.drops.expected(*part.last_two, part.level)
        to_beat = self._to_beat(run.request)
        if to_beat is None:
            return expected
        worse = to_beat + (finished.drops.step if len(finished) else 0.0)
        return max(expected, min(worse, run.cost) if run.cost > to_beat else worse)

    def _to_beat(self, request: RunRequest) -> float | None:
        """The incumbent's mean cost on the instance, or that of the very run where it is higher."""
        incumbent, pair = self._engine.incumbent, request.pair
        if incumbent is None:
            return None
        standing = incumbent.standing
        costs = {
            known: cost
            for known, cost in standing.costs.items()
            if known not in standing.failed
            and (known.instance, known.runlength) == (pair.instance, pair.runlength)
        }
        if not costs:
            return None
        mean = sum(costs.values()) / len(costs)
        return max(mean, costs.get(pair, mean))

    def _shown(self, cost: float) -> str:
        return f"{self._objective.shown(cost):.6g}"
